"""Keyed hashes: what stands in keys, subjects and logs in place of a patient's identifier."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b, sha256
from struct import Struct

SECRET_BYTES = 32

PSEUDONYM_DIGITS = 32
_REMEMBERED = 1 << 16

_LENGTHS = Struct(">5I")
"""Go before the parts of a message key, so that no two lists of parts make the same bytes."""


def subject(secret: bytes, facility: str, identifier: bytes) -> str:
    """The keyed hash of a facility's patient, or of the facility alone when `identifier` is empty: 32 hex digits."""
    hashed = blake2b(key=secret, digest_size=16)
    for part in (facility.encode(), identifier):
        hashed.update(len(part).to_bytes(4, "big") + part)
    return hashed.hexdigest()


def message_key(facility: str, application: bytes, sender: bytes, control_id: bytes, payload: bytes) -> str:
    """What two copies of one message share: the SHA-256 in hex of facility, MSH-3, MSH-4, MSH-10 and all its bytes."""
    parts = (facility.encode(), application, sender, control_id, payload)
    return sha256(_LENGTHS.pack(*map(len, parts)) + b"".join(parts)).hexdigest()


def pseudonyms(secret: bytes) -> Callable[[str], str]:
    """What makes pseudonyms: a keyed hash (HMAC-SHA-256) of a value, 32 hex digits, under a key made of the secret.

    They are no subjects, though both are made of one secret: who knows the one does not know the other.
    """
    key = _pseudonym_key(secret)

    @lru_cache(_REMEMBERED)
    def pseudonym(value: str) -> str:
        return hmac.digest(key, value.encode(), "sha256").hex()[:PSEUDONYM_DIGITS]

    return pseudonym


def pseudonym_key_name(secret: bytes) -> str:
    """What tells whether two pseudonyms are of one key, and nothing of the key: 16 hex digits."""
    return blake2b(b"name", key=_pseudonym_key(secret), digest_size=8).hexdigest()


def _pseudonym_key(secret: bytes) -> bytes:
    return blake2b(b"pseudonyms", key=secret).digest()
