"""Who a frame comes from and whom it is about: a frame's bytes as the raw record that is stored."""

from __future__ import annotations

import re
from functools import lru_cache
from uuid import uuid4

from engine.canonical.key import message_key, subject
from engine.canonical.raw import Raw
from engine.facilities.facility import Facility, Registry
from engine.facilities.identifier import choose_identifier
from engine.hl7.header import Header, read_field

OTHER = "other"
"""The message type in the record's header where MSH-9 does not look like one."""

_TYPE = re.compile(rb"[A-Z][A-Z0-9]{2}(\^[A-Z][A-Z0-9]{2})?")


class Intake:
    """Names the facility, the patient's keyed hash and the message key of each frame; holds no patient data."""

    def __init__(self, registry: Registry, secret: bytes, listener: str) -> None:
        self._registry = registry
        self._secret = secret
        self._listener = listener
        self._facility = lru_cache(maxsize=32_768)(self._find_facility)

    def identity(self, facility: str, header: Header | None) -> bytes:
        """What names a message for its sender: the facility, MSH-3, MSH-4 and MSH-10; CR can stand in none of them."""
        fields = (header.field(3), header.field(4), header.control_id) if header else ()
        return b"\r".join((facility.encode(), *fields))

    def raw(self, payload: bytes, header: Header | None, received_us: int) -> Raw:
        """The frame as a raw record; without a header it is its sender's, unregistered, and about nobody."""
        application, sender, control_id = (
            (header.field(3), header.field(4), header.control_id) if header else (b"", b"", b"")
        )
        facility = self._facility(sender, header.delimiters.component_byte if header else b"^")
        return Raw(
            id=uuid4().hex,
            payload=payload,
            facility=facility.code,
            subject=subject(self._secret, facility.code, _identifier(payload, header, facility) if header else b""),
            message_key=message_key(facility.code, application, sender, control_id, payload),
            message_type=type_name(header.code, header.event) if header else OTHER,
            received_us=received_us,
            listener=self._listener,
        )

    def _find_facility(self, sender: bytes, component: bytes) -> Facility:
        claimed = _text(sender.partition(component)[0]).strip()
        known = self._registry.by_sender(claimed) if claimed else None
        return known or self._registry.by_code(f"unregistered-{subject(self._secret, 'unregistered', sender)[:8]}")


@lru_cache(maxsize=4096)
def type_name(code: bytes, event: bytes) -> str:
    """MSH-9 as `ADT^A01` or `ACK`, whatever the sender's separators are; `other` for what is no such text."""
    name = code + b"^" + event if event else code
    return name.decode("ascii") if _TYPE.fullmatch(name) else OTHER


def _identifier(payload: bytes, header: Header, facility: Facility) -> bytes:
    """The bytes of PID-3 that name the patient, b"" for a message about nobody."""
    found = read_field(payload, header, b"PID", 3)
    if not found:
        return b""
    component = header.delimiters.component
    repetitions = [part.split(component) for part in _text(found).split(header.delimiters.repetition)]
    return choose_identifier(repetitions, facility.identifier_types, facility.authorities).encode(*_BYTES)


_BYTES = ("utf-8", "surrogateescape")
"""The charset is not known yet; this way any bytes become text and the same bytes again."""


def _text(found: bytes) -> str:
    return found.decode(*_BYTES)
