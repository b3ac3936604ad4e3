"""Records of topics between cases and outbreaks: where a case counts, and what was counted in the years before.

Both have the envelope of events, so that rules read them as they read all else, and are keyed by disease and place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from engine.alerts.event import Event
from engine.alerts.surveillance.history import History
from engine.alerts.surveillance.moves import Case, Known, Move, case_of
from engine.bus.record import Record
from engine.canonical.envelope import own_headers
from engine.canonical.version import version

MOVES = "case_moves"
BASELINES = "baselines"
PLACES = "places"
"""What is remembered of each case, where no table of Kafka holds it."""
MOVE_TYPE, BASELINE_TYPE = "CaseMove", "Baseline"


def read_case(event: Event) -> Case:
    """The case that an event of a topic of cases tells of."""
    told = {"subject": event.subject, "facility": event.facility, "event": event.id}
    return case_of(event.body, case=event.resource, stamp=event.stamp, received_us=event.received_us, **told)


def encode_move(move: Move, source: Record) -> Record:
    """A move as a record, with the envelope of the case that made it, whose id its own begins with."""
    headers = {
        **source.headers,
        "ce_id": f"{move.event}/{move.key}".encode(),
        "ce_type": MOVE_TYPE.encode(),
    }
    body = {
        "resourceType": MOVE_TYPE,
        "disease": move.disease,
        "place": move.place,
        "counts": move.day is not None,
        "day": move.day.isoformat() if move.day else "",
        "confirmed": move.confirmed,
    }
    return Record(MOVES, move.key.encode(), orjson.dumps(body), headers)


def read_move(event: Event) -> Move:
    """The move that an event tells of; raises ValueError or KeyError where it tells of none."""
    body = event.body
    disease, place = str(body["disease"]), str(body["place"])
    day = date.fromisoformat(body["day"]) if body.get("counts", True) else None
    diagnosis = event.id.removesuffix(f"/{disease}/{place}")  # what an alert is looked up by
    told = (event.subject, event.facility, diagnosis, bool(body.get("confirmed")))
    return Move(disease, place, event.resource, event.stamp, day, *told)


def encode_known(case: str, known: Known) -> Record:
    """What is remembered of a case, as the last word on it."""
    return Record(PLACES, case.encode(), orjson.dumps(known.plain()), {"content-type": b"application/json"})


def encode_baseline(disease: str, place: str, history: History, now_us: int) -> Record:
    """What was counted in the years before, as the last word on a disease and a place."""
    key = f"{disease}/{place}"
    headers = own_headers(BASELINES, BASELINE_TYPE, key, "", version(None, 0, now_us, ""), now_us)
    body = {"resourceType": BASELINE_TYPE, "disease": disease, "place": place, **history_plain(history)}
    return Record(BASELINES, key.encode(), orjson.dumps(body), headers)


def history_plain(history: History) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "weeks": _plain(history.weeks),
        "months": _plain(history.months),
        "epidemic_years": sorted(history.epidemic_years),
    }


def history_of(plain: Mapping[str, Any]) -> History:
    """What `history_plain` wrote."""
    weeks, months = _years(plain.get("weeks", {})), _years(plain.get("months", {}))
    return History(weeks, months, frozenset(map(int, plain.get("epidemic_years", ()))))


def _plain(years: Mapping[int, Mapping[int, int]]) -> dict[str, dict[str, int]]:
    return {str(year): {str(number): count for number, count in found.items()} for year, found in years.items()}


def _years(plain: Mapping[str, Mapping[str, int]]) -> dict[int, dict[int, int]]:
    return {int(year): {int(number): int(count) for number, count in found.items()} for year, found in plain.items()}
