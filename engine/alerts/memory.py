"""What the rules keep on the bus where the runner carries them: the last state of each rule and key, compacted."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from engine.alerts.course import Place
from engine.alerts.frame import Kept
from engine.alerts.standing import HEADERS
from engine.bus.record import Record

TOPIC = "alert_state"


def encode(place: Place, kept: Kept) -> Record:
    """The state of a rule and key; an empty value where there is none any more."""
    value = b"" if kept.is_empty else orjson.dumps(kept._asdict(), option=orjson.OPT_SORT_KEYS)
    return Record(TOPIC, "/".join(place).encode(), value, HEADERS)


def read_kept(records: Iterable[Record]) -> dict[Place, Kept]:
    """The last state of each rule and key; raises ValueError for a record that holds none, as nothing may be lost."""
    found: dict[Place, Kept] = {}
    for record in records:
        rule, _, key = record.key.decode().partition("/")
        if record.value:
            found[rule, key] = Kept(**orjson.loads(record.value))
        else:
            found.pop((rule, key), None)
    return found
