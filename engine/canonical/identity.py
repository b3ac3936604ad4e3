"""Identities: the id of a resource is a UUIDv5 of what its sender calls it."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("5f1a3c0e-6f0b-5c60-9a4e-2f1d7c3b8e55")
"""Fixed for ever: changing it renames every resource of every warehouse."""

SEPARATOR = "\x1f"

MOST = 1 << 16
"""Ids remembered."""

_begun = sha1(NAMESPACE.bytes, usedforsecurity=False).copy
"""Gives the hash of the namespace, to be gone on with: beginning one anew takes longer."""
_LOW, _MID, _HIGH, _CLOCK, _NODE = slice(8), slice(8, 12), slice(13, 16), slice(17, 20), slice(20, 32)
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def identify(resource_type: str, facility: str, names: tuple[str, ...]) -> str:
    """The id of the resource that `facility` (a registry code, never raw MSH-4 text) calls by these names, in order."""
    return id_of(SEPARATOR.join((resource_type, facility, *names)))


def id_of(called: str) -> str:
    """The id that names joined by SEPARATOR come to, those of `identify` in its order."""
    # RFC 9562, 5.5, written out: uuid.uuid5 takes thrice as long
    hashed = _begun()
    hashed.update(called.encode())
    digits = hashed.hexdigest()
    variant = _VARIANT[digits[16]]
    return f"{digits[_LOW]}-{digits[_MID]}-5{digits[_HIGH]}-{variant}{digits[_CLOCK]}-{digits[_NODE]}"


class Ids(dict[str, str]):
    """Ids by what they come from. Which were asked for last is not kept: of so many that costs more than it saves."""

    def __missing__(self, called: str) -> str:
        if len(self) >= MOST:
            self.clear()
        identity = self[called] = id_of(called)
        return identity


remembered_id_of = Ids().__getitem__
"""As `id_of`, and remembered: every message of a visit names the same patient and the same visit."""
