"""A raw record: one accepted message, its bytes as they came."""

from __future__ import annotations

from typing import NamedTuple

from engine.bus.record import Record

TOPIC = "hl7.raw"


class Raw(NamedTuple):
    """A message as the listener accepted it; `subject` is the keyed hash that keys it and all that is made from it."""

    id: str
    payload: bytes
    facility: str
    subject: str
    message_key: str
    message_type: str
    received_us: int
    listener: str


def encode(raw: Raw) -> Record:
    """The raw message as a record of `hl7.raw`."""
    headers = {
        "id": raw.id.encode(),
        "facility": raw.facility.encode(),
        "messagekey": raw.message_key.encode(),
        "type": raw.message_type.encode(),
        "received": str(raw.received_us).encode(),
        "listener": raw.listener.encode(),
    }
    return Record(TOPIC, raw.subject.encode(), raw.payload, headers)


def decode(record: Record) -> Raw:
    """The raw message that a record holds; raises ValueError when its headers do not say what they must."""
    header = record.headers.get
    return Raw(
        id=header("id", b"").decode(),
        payload=record.value,
        facility=header("facility", b"").decode(),
        subject=record.key.decode(),
        message_key=header("messagekey", b"").decode(),
        message_type=header("type", b"").decode(),
        received_us=int(header("received", b"")),
        listener=header("listener", b"").decode(),
    )
