"""Receipts: what became of one raw record, so that every one can be accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    origin = Origin(
        raw=Position.parse(body["raw"]),
        facility=body["facility"],
        subject=body["subject"],
        message_key=body["messageKey"],
        version=body["version"],
        received_us=body["received"],
        mapping=body["mapping"],
        generation=body["generation"],
    )
    return Receipt(origin, body["messageType"], Outcome(body["outcome"]), body["events"], body["reason"])
