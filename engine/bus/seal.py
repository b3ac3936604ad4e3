"""Seals: record values encrypted with AES-256-GCM, so that no disk holds them in clear, and the keys for it.

A sealed value is: `ENS1`, the length of the key's id (u8), the id, four bytes that tell the key from another of the
same id, the nonce (96 random bits), the ciphertext and its tag. Topic and key of the record, and what stands before the
nonce, are authenticated with it: a value that was moved to another key or topic does not open. The header `sealed`
tells a sealed value from one of before sealing began, which a sender may have made to look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from os import urandom
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.bus.bus import BusError
from engine.bus.record import Record
from engine.language.fault import Fault, Faults, Mark

HEADER = "sealed"
MAGIC = b"ENS1"
KEY_BYTES = 32

_CHECK_BYTES = 4
_NONCE_BYTES = 12
_SHREDDED = "shredded"
_LINE = re.compile(r"([A-Za-z0-9._-]{1,64})\s*:\s*[\"']?([0-9A-Fa-f]{64}|shredded)[\"']?\s*(?:#.*)?")
_EMPTY = re.compile(r"\s*(?:#.*)?")


class SealFault(BusError):
    """A record was sealed with a key that is not here; it does not pass until somebody says what became of the key."""


class Unopened(StrEnum):
    """Why a record is passed over."""

    SHREDDED = "shredded"
    """Its key was destroyed, as the key file says."""
    DAMAGED = "damaged"
    """It is not what was sealed, or stands where it was not sealed for."""


class SealKey(NamedTuple):
    """One key; `head` is how a value sealed with it begins."""

    head: bytes
    cipher: AESGCM


class SealKeys:
    """The keys by id; the first one seals. `shredded` are the ids whose keys were destroyed."""

    def __init__(self, keys: Iterable[tuple[str, bytes]], shredded: Iterable[str] = ()) -> None:
        self._keys = {name.encode(): SealKey(_head(name, key), AESGCM(key)) for name, key in keys}
        self._first = next(iter(self._keys.values()))
        self._shredded = frozenset(name.encode() for name in shredded)

    def seal(self, record: Record) -> Record:
        """The record with its value sealed; an empty value stays empty, as it deletes a key from a compacted topic."""
        if not record.value:
            return record
        head, cipher = self._first
        nonce = urandom(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, record.value, _bound(head, record))
        return _with(record, b"".join((head, nonce, sealed)), {**record.headers, HEADER: b"1"})

    def open(self, record: Record) -> Record | Unopened:
        """The record with its value in clear, or why it has to be passed over; one that was never sealed as it is.

        Raises SealFault when the key is not here, or is another one.
        """
        value = record.value
        if HEADER not in record.headers:
            return record
        if len(value) <= len(MAGIC) or not value.startswith(MAGIC):
            return Unopened.DAMAGED
        id_end = len(MAGIC) + 1 + value[len(MAGIC)]
        name = value[len(MAGIC) + 1 : id_end]
        if name in self._shredded:
            return Unopened.SHREDDED
        head = value[: id_end + _CHECK_BYTES]
        if len(value) < len(head) + _NONCE_BYTES or not name:
            return Unopened.DAMAGED
        return self._open(record, head, self._key(name, head, record))

    def _open(self, record: Record, head: bytes, cipher: AESGCM) -> Record | Unopened:
        start = len(head) + _NONCE_BYTES
        try:
            opened = cipher.decrypt(record.value[len(head) : start], record.value[start:], _bound(head, record))
        except InvalidTag:
            return Unopened.DAMAGED
        return _with(record, opened, {name: value for name, value in record.headers.items() if name != HEADER})

    def _key(self, name: bytes, head: bytes, record: Record) -> AESGCM:
        key = self._keys.get(name)
        if key is not None and key.head == head:
            return key.cipher
        what = "was sealed with a key that is not in bus.seal_keys" if key is None else "was sealed with another key"
        shown = name.decode("ascii", "replace")
        hint = f"put the key back, or write `{shown}: shredded` if it was destroyed"
        raise SealFault(f"{record.position} {what} (id {shown}) - {hint}")


def read_seal_keys(path: Path) -> SealKeys:
    """The keys of a file; raises Faults, which show nothing of it, when it does not hold any."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _fault(path, 1, "cannot be read") from None
    keys: list[tuple[str, bytes]] = []
    shredded: list[str] = []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line.strip())
        if found is None and not _EMPTY.fullmatch(line):
            raise _fault(path, number, "is no `id: 64 hex digits` and no `id: shredded`")
        if found is None:
            continue
        if found[1] in {*shredded, *(name for name, _ in keys)}:
            raise _fault(path, number, "names an id a second time")
        if found[2] == _SHREDDED:
            shredded.append(found[1])
        else:
            keys.append((found[1], bytes.fromhex(found[2])))
    if not keys:
        raise _fault(path, 1, "holds no key to seal with")
    return SealKeys(keys, shredded)


def _fault(path: Path, line: int, what: str) -> Faults:
    hint = "make a key with `openssl rand -hex 32` and write `2026-01: …`"
    return Faults([Fault(Mark(str(path), line, 1), "C016", "bus.seal_keys", what, hint)])


def _head(name: str, key: bytes) -> bytes:
    return (
        MAGIC + bytes([len(name)]) + name.encode("ascii") + sha256(b"engine seal check" + key).digest()[:_CHECK_BYTES]
    )


def _bound(head: bytes, record: Record) -> bytes:
    topic = record.topic.encode()
    return b"".join((head, len(topic).to_bytes(4, "big"), topic, record.key))


def _with(record: Record, value: bytes, headers: Mapping[str, bytes]) -> Record:
    return Record(record.topic, record.key, value, headers, record.partition, record.offset, record.timestamp)
