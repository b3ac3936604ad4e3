"""Made-up cases as records, with what they must come to: corrected, cancelled, moved, repeated, late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from engine.alerts.event import read_event
from engine.alerts.surveillance.records import read_case
from engine.alerts.surveillance.weeks import day_of
from engine.bus.record import Position, Record
from engine.canonical import case
from engine.canonical.envelope import encode
from engine.canonical.resource import Origin, Resource
from engine.canonical.version import version
from tests.alerts.feed import FACILITIES

NOW_US = round(datetime(2026, 11, 26, 5, tzinfo=UTC).timestamp()) * 1_000_000
TODAY = day_of(NOW_US)
COMMUNES = tuple(str(one) for one in range(26740, 26760))
DISEASES = {"dengue": ("A97",), "hand-foot-mouth": ("B08.4",)}


def told(number: int, word: int, code: str = "A97.1", place: str = "27301", ago: int = 0, action: str = "") -> Record:
    """Word number `word` on case `number`, whose person is its own."""
    subject, at_us = f"{number:032x}", NOW_US + word
    stamp = version(at_us, None, at_us, f"{number:016x}")
    origin = Origin(Position("hl7.raw", 0, word), facility_of(number), subject, "0" * 64, stamp, at_us, "m", 1)
    body: dict[str, Any] = {
        "code": {"coding": [{"system": case.ICD10, "code": code}]},
        "onsetDateTime": (TODAY - timedelta(days=ago)).isoformat(),
    }
    if action == "D":
        body["verificationStatus"] = {"coding": [{"code": "entered-in-error"}]}
    event = encode(Resource("Condition", f"case-{number}", body, origin, 0), case.TOPIC)
    headers = {**event.headers, "ce_type": case.TYPE.encode()}
    return Record(case.TOPIC, event.key, orjson.dumps(case.body_of(body, place)), headers)


def facility_of(number: int) -> str:
    """Who tells of a case: one facility of the city after the other."""
    return str(79001 + number % FACILITIES)


def words(seed: int, cases: int, most: int, places: Sequence[str] = COMMUNES) -> Iterator[Record]:
    """Records of so many cases, mixed: of each case in order, one in five told twice."""
    rng, count = Random(seed), 0
    open_cases = list(range(cases))
    while count < most:
        number = rng.choice(open_cases)
        code = rng.choice(("A97.0", "A97.9", "B08.4", "J18.9"))
        record = told(number, count, code, rng.choice(places), rng.randrange(20), rng.choice(("", "", "", "D")))
        for _ in range(1 + (rng.random() < 0.2)):
            yield record
            count += 1


def reference(records: Iterable[Record]) -> dict[str, Counter[Any]]:
    """Persons by disease, commune and day, from the last word on each case: counted without any of the folds."""
    newest: dict[str, Any] = {}
    for one in (read_case(read_event(record)) for record in records):
        if one.id not in newest or newest[one.id].stamp < one.stamp:
            newest[one.id] = one
    found: dict[str, Counter[Any]] = {}
    for one in newest.values():
        for disease, begins in DISEASES.items():
            if one.stands and one.codes[0].startswith(begins):
                found.setdefault(f"{disease}/{one.place}", Counter())[one.day] += 1
    return found
