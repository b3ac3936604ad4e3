"""Who a frame comes from and whom it is about: a frame's bytes as the raw record that is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from os import urandom

from engine.canonical.key import message_key, subject
from engine.canonical.raw import Raw
from engine.facilities.facility import Facility, Registry
from engine.facilities.identifier import choose_identifier
from engine.hl7.delimiters import STANDARD
from engine.hl7.header import Header, read_field

OTHER = "other"
"""The message type in the record's header where MSH-9 does not look like one."""

RECENT = 32_768
"""Senders, and patients, whose codes and hashes are remembered: messages about one come close together."""

_TYPE = re.compile(rb"[A-Z][A-Z0-9]{2}(\^[A-Z][A-Z0-9]{2})?")

_ABSENT = [b""] * 11

_VERSION = bytes(byte & 0x0F | 0x40 for byte in range(256))
_VARIANT = bytes(byte & 0x3F | 0x80 for byte in range(256))
"""What a byte of a UUID becomes that holds its version or its variant."""

_BYTES = ("utf-8", "surrogateescape")
"""The charset is not known yet; this way any bytes become text and the same bytes again."""


class Intake:
    """Names the facility, the patient's keyed hash and the message key of each frame."""

    def __init__(self, registry: Registry, secret: bytes, listener: str) -> None:
        self._registry = registry
        self._secret = secret
        self._listener = listener
        self._ids = _draw_ids()
        self._facility = lru_cache(RECENT)(self._find_facility)
        self._subject = lru_cache(RECENT)(self._find_subject)

    def draw_id(self) -> str:
        """A random id for what is no record, such as the answer to a batch."""
        return next(self._ids)

    def raw(self, payload: bytes, header: Header | None, received_us: int) -> Raw:
        """The frame as a raw record; without a header it is an unregistered sender's, and about nobody."""
        if header is None:
            sent, delimiters, identifiers = _ABSENT, STANDARD, b""
        else:
            sent = header.fields if len(header.fields) > 10 else header.fields + _ABSENT
            delimiters = header.delimiters
            identifiers = read_field(payload, header, b"PID", 3)
        facility = self._facility(sent[4], delimiters.component_byte).code
        return Raw(  # by position, in the order of its fields: by name costs a message half a microsecond
            next(self._ids),
            payload,
            facility,
            self._subject(facility, identifiers, delimiters.repetition, delimiters.component),
            message_key(facility, sent[3], sent[4], sent[10], payload),
            type_name(sent[9], delimiters.component_byte),
            received_us,
            self._listener,
        )

    def _find_facility(self, sender: bytes, component: bytes) -> Facility:
        claimed = _text(sender.partition(component)[0]).strip()
        known = self._registry.by_sender(claimed) if claimed else None
        return known or self._registry.by_code(f"unregistered-{subject(self._secret, 'unregistered', sender)[:8]}")

    def _find_subject(self, code: str, identifiers: bytes, repetition: str, component: str) -> str:
        facility = self._registry.by_code(code)
        numbers = [one.split(component) for one in _text(identifiers).split(repetition)]
        identifier = choose_identifier(numbers, facility.identifier_types, facility.authorities)
        return subject(self._secret, code, identifier.encode(*_BYTES))


def identity(facility: str, header: Header | None) -> bytes:
    """What names a message for its sender: the facility, MSH-3, MSH-4 and MSH-10; CR can stand in none of them."""
    fields = header.fields[3:5] + header.fields[10:11] if header else []
    return b"\r".join((facility.encode(), *fields))


def _draw_ids() -> Iterator[str]:
    """Random UUIDs (RFC 9562, version 4) in hex, many made at once."""
    while True:
        drawn = bytearray(urandom(16 * 256))
        drawn[6::16] = drawn[6::16].translate(_VERSION)
        drawn[8::16] = drawn[8::16].translate(_VARIANT)
        digits = drawn.hex()
        for start in range(0, len(digits), 32):
            yield digits[start : start + 32]


@lru_cache(maxsize=4096)
def type_name(message_type: bytes, component: bytes) -> str:
    """MSH-9 as `ADT^A01` or `ACK`, whatever the sender's separator is; `other` for what is no such text."""
    code, event, *_ = (*message_type.split(component), b"")
    name = code + b"^" + event if event else code
    return name.decode("ascii") if _TYPE.fullmatch(name) else OTHER


def _text(found: bytes) -> str:
    return found.decode(*_BYTES)
