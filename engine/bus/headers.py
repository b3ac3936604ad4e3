"""Headers as one block of bytes, as the embedded bus stores them.

A block is: length of the names (u32), the names (each u16 length + UTF-8), one u32 length a value, the values.
Records of one kind carry the same names, so packing and reading a list of names is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate, pairwise
from struct import Struct

from engine.bus.record import NO_HEADERS

_LENGTH = Struct("<I")


def pack(headers: Mapping[str, bytes]) -> bytes:
    """The headers as a block; no headers are an empty block."""
    if not headers:
        return b""
    values = list(headers.values())
    return b"".join((_pack_names(tuple(headers)), _lengths(len(values)).pack(*map(len, values)), *values))


def unpack(block: bytes) -> Mapping[str, bytes]:
    """The headers of a block that `pack` made, in their order."""
    if not block:
        return NO_HEADERS
    (end,) = _LENGTH.unpack_from(block)
    names = _unpack_names(block[_LENGTH.size : end])
    lengths = _lengths(len(names))
    bounds = accumulate(lengths.unpack_from(block, end), initial=end + lengths.size)
    return {name: block[start:stop] for name, (start, stop) in zip(names, pairwise(bounds), strict=True)}


@lru_cache(maxsize=1024)
def _lengths(count: int) -> Struct:
    return Struct(f"<{count}I")


@lru_cache(maxsize=1024)
def _pack_names(names: tuple[str, ...]) -> bytes:
    encoded = [name.encode() for name in names]
    packed = b"".join(len(name).to_bytes(2, "little") + name for name in encoded)
    return _LENGTH.pack(_LENGTH.size + len(packed)) + packed


@lru_cache(maxsize=1024)
def _unpack_names(packed: bytes) -> tuple[str, ...]:
    names, at = [], 0
    while at < len(packed):
        start = at + 2
        at = start + int.from_bytes(packed[at:start], "little")
        names.append(packed[start:at].decode())
    return tuple(names)
