"""What is shown of a record: where it stands, when it came, from whom, what it is, how large; not what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Record
from engine.canonical import audit
from engine.language.plain import plain

KEY_SHOWN = 12
"""Characters of a key, which is a keyed hash where the record is about a patient."""
_HEADERS = (("facility", "facility"), ("type", "type"), ("mapping", "ce_mapping"))
_BODY = (("facility", "facility"), ("type", "messageType"), ("mapping", "mapping"))
"""What the bodies of the engine's own records, such as receipts, say of themselves; nothing else is read of a body."""
_EVENT = "fhir."


class Row(NamedTuple):
    """One record as it is shown."""

    position: str
    time: str
    key: str
    facility: str
    type: str
    mapping: str
    size: int
    reason: str = ""

    def text(self) -> str:
        """The row as a line, its columns one under the other."""
        head = f"{self.time}  {self.position:<24} {self.key:<{KEY_SHOWN}}  {self.facility:<14} {self.type:<24}"
        return plain(f"{head} {self.size:>9,} B  {self.mapping} {self.reason}".rstrip())

    def matches(self, facility: str | None, type_: str | None) -> bool:
        """Whether it is of that facility, and of that type, event or resource: `ADT`, `ADT^A01`, `Patient`."""
        own = self.type.removeprefix(_EVENT)
        return (facility is None or facility == self.facility) and (
            type_ is None or type_ in (own, self.type) or own.startswith(f"{type_}^")
        )


def describe(record: Record) -> Row:
    """The row of a record of any topic."""
    known = {name: record.text(header) for name, header in _HEADERS}
    if "ce_type" in record.headers:
        known |= {"facility": record.text("ce_source").removeprefix("/facility/"), "type": record.text("ce_type")}
    elif record.topic == audit.TOPIC:
        known |= _of_audit(record)
    elif not known["facility"]:
        known |= _of_body(record)
    return Row(
        position=str(record.position),
        time=datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds")[:-6],
        key=record.key[:KEY_SHOWN].decode("ascii", "replace"),
        size=len(record.value),
        reason=record.text("dead_reason"),
        **known,
    )


def _of_audit(record: Record) -> dict[str, str]:
    try:
        told = audit.describe(record)
    except ValueError:
        return {}
    return {"facility": told["facility"], "type": told["event"]}


def _of_body(record: Record) -> dict[str, str]:
    try:
        body: Any = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(body, dict) or "resourceType" in body:
        return {}
    return {name: str(body[key]) for name, key in _BODY if key in body}
