"""Chains of records: each tells the hash of all before it, so that an edit, a gap or another order is found.

A writer numbers its records from 0. The hash of a record is SHA-256 over the hash before it and the record's body, and
the first hash before it is the one of the writer's name. A body names writer and number itself, as the resource's id.
A record may stand there twice, as when the bus is not sure that it has it: that is no fault.
"""

from __future__ import annotations

from hashlib import sha256

import orjson

from engine.bus.record import Record
from engine.canonical.audit import TOPIC, SecurityEvent, encode

CONTENT_TYPE = b"application/fhir+json"


class Chain:
    """One writer's chain as it grows; a writer is one process, and its name is never used again."""

    def __init__(self, writer: str) -> None:
        self._writer = writer
        self._number = 0
        self._digest = _first(writer)

    def seal(self, event: SecurityEvent) -> Record:
        """The next record; the first one must tell that the recording started."""
        body = encode(event, f"{self._writer}-{self._number}")
        self._digest = _next(self._digest, body)
        headers = {
            "writer": self._writer.encode(),
            "number": str(self._number).encode(),
            "chain": self._digest.hex().encode(),
            "content-type": CONTENT_TYPE,
        }
        self._number += 1
        return Record(TOPIC, self._writer.encode(), body, headers)


class Verification:
    """Checks the records of all writers in the order in which the bus has them."""

    def __init__(self) -> None:
        self._chains: dict[str, list[bytes]] = {}
        self.records = 0

    @property
    def writers(self) -> int:
        """Whose chains were seen."""
        return len(self._chains)

    def check(self, record: Record) -> str:
        """What is wrong with the record or just before it; empty when nothing is."""
        self.records += 1
        writer, number = record.text("writer"), record.text("number")
        if not writer or not (number.isascii() and number.isdigit()) or _identity(record.value) != f"{writer}-{number}":
            return "its headers are not those that it was written with"
        digests = self._chains.setdefault(writer, [])
        at = int(number)
        if at > len(digests):
            return f"{at - len(digests)} records are missing before it, or stand elsewhere"
        digest = _next(digests[at - 1] if at else _first(writer), record.value)
        if digest.hex().encode() != record.headers.get("chain") or (at < len(digests) and digest != digests[at]):
            return "its content is not what was written, or what stands before it is not"
        if at == len(digests):
            digests.append(digest)
        return ""


def _first(writer: str) -> bytes:
    return sha256(writer.encode()).digest()


def _next(before: bytes, body: bytes) -> bytes:
    return sha256(before + body).digest()


def _identity(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    return str(found.get("id", "")) if isinstance(found, dict) else ""
