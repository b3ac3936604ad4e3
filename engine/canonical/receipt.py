"""Receipts: what became of one raw record, so that every one can be accounted for."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

import orjson

from engine.bus.record import Position, Record
from engine.canonical.resource import Origin

TOPIC = "receipts"

Value = TypeVar("Value", str, int, bool)


class Outcome(StrEnum):
    """How the transformer ended with a raw record."""

    MAPPED = "mapped"
    """It made the events that the receipt counts."""
    DEAD = "dead"
    """It went to the dead letters."""
    IGNORED = "ignored"
    """It asks for nothing, as an acknowledgment does."""


class Receipt(NamedTuple):
    """The word of the transformer on one raw record.

    `events` counts what it made; `reason` and `where` are a dead letter's. `owed`: the sender asked for an application
    acknowledgment of such an outcome (MSH-16), and this is the first time that the message is looked at.
    """

    origin: Origin
    message_type: str
    outcome: Outcome
    events: int = 0
    reason: str = ""
    where: str = ""
    owed: bool = False


def encode(receipt: Receipt) -> Record:
    """The receipt as a record of `receipts`, keyed as its raw record is."""
    origin = receipt.origin
    body = {
        "raw": str(origin.raw),
        "facility": origin.facility,
        "subject": origin.subject,
        "messageKey": origin.message_key,
        "version": origin.version,
        "received": origin.received_us,
        "mapping": origin.mapping,
        "generation": origin.generation,
        "messageType": receipt.message_type,
        "outcome": receipt.outcome,
        "events": receipt.events,
        "reason": receipt.reason,
        "where": receipt.where,
        "owed": receipt.owed,
    }
    return Record(TOPIC, origin.subject.encode(), orjson.dumps(body), {"content-type": b"application/json"})


def decode(record: Record) -> Receipt:
    """The receipt that a record holds; raises ValueError or KeyError when it holds none."""
    body = orjson.loads(record.value)
    origin = Origin(
        raw=Position.parse(_read(str, body, "raw")),
        facility=_read(str, body, "facility"),
        subject=_read(str, body, "subject"),
        message_key=_read(str, body, "messageKey"),
        version=_read(str, body, "version"),
        received_us=_read(int, body, "received"),
        mapping=_read(str, body, "mapping"),
        generation=_read(int, body, "generation"),
    )
    outcome = Outcome(_read(str, body, "outcome"))
    return Receipt(
        origin,
        _read(str, body, "messageType"),
        outcome,
        _read(int, body, "events"),
        _read(str, body, "reason"),
        _read(str, body, "where"),
        _read(bool, body, "owed"),
    )


def _read(kind: type[Value], body: Any, name: str) -> Value:
    value = body[name] if isinstance(body, dict) else None
    if isinstance(value, kind):
        return value
    raise ValueError(f"the receipt's `{name}` is no {kind.__name__} - see engine/canonical/receipt.py")
