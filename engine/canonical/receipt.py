"""Receipts: what became of one raw record, so that every one can be accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from engine.bus.record import Position, Record
from engine.canonical.resource import Origin

TOPIC = "receipts"


class Outcome(StrEnum):
    """How the transformer ended with a raw record."""

    MAPPED = "mapped"
    """It made the events that the receipt counts."""
    DEAD = "dead"
    """It went to the dead letters."""
    IGNORED = "ignored"
    """It asks for nothing, as an acknowledgment does."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The word of the transformer on one raw record: `events` counts what it made, `reason` is a dead letter's code."""

    origin: Origin
    message_type: str
    outcome: Outcome
    events: int = 0
    reason: str = ""


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
    }
    return Record(TOPIC, origin.subject.encode(), orjson.dumps(body), {"content-type": b"application/json"})


def decode(record: Record) -> Receipt:
    """The receipt that a record holds; raises ValueError or KeyError when it holds none."""
    body = orjson.loads(record.value)
    if not isinstance(body, dict):
        raise ValueError("the receipt is no JSON object - see engine/canonical/receipt.py")
    origin = Origin(
        raw=Position.parse(_text(body, "raw")),
        facility=_text(body, "facility"),
        subject=_text(body, "subject"),
        message_key=_text(body, "messageKey"),
        version=_text(body, "version"),
        received_us=_number(body, "received"),
        mapping=_text(body, "mapping"),
        generation=_number(body, "generation"),
    )
    outcome = Outcome(_text(body, "outcome"))
    return Receipt(origin, _text(body, "messageType"), outcome, _number(body, "events"), _text(body, "reason"))


def _text(body: dict[str, Any], name: str) -> str:
    if not isinstance(body[name], str):
        raise ValueError(f"the receipt's `{name}` is no text - see engine/canonical/receipt.py")
    return str(body[name])


def _number(body: dict[str, Any], name: str) -> int:
    if not isinstance(body[name], int):
        raise ValueError(f"the receipt's `{name}` is no number - see engine/canonical/receipt.py")
    return int(body[name])
