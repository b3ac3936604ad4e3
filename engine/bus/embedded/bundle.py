"""Records of one partition that became durable together, as the one row that they share in a topic's file.

A bundle is: for each record the lengths of key, headers and value (u32 each), then for each key, headers, value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice, pairwise
from struct import Struct

MOST_RECORDS = 64
MOST_BYTES = 256 * 1024
"""Where a bundle ends, so that who reads one record of it does not read much besides; a larger record is alone."""

Parts = tuple[bytes, bytes, bytes]
"""Key, packed headers and value of a record."""


def pack(records: Sequence[Parts]) -> bytes:
    """The records as one bundle."""
    parts = list(chain.from_iterable(records))
    return b"".join((_lengths(len(parts)).pack(*map(len, parts)), *parts))


def unpack(content: bytes, count: int, start: int) -> Iterator[Parts]:
    """The records of a bundle of `count`, from the one of number `start` on."""
    lengths = _lengths(count * 3)
    bounds = pairwise(accumulate(lengths.unpack_from(content), initial=lengths.size))
    parts = (content[first:stop] for first, stop in islice(bounds, start * 3, None))
    return zip(parts, parts, parts, strict=True)


def divide(records: Sequence[Parts], most: int = MOST_RECORDS) -> Iterator[Sequence[Parts]]:
    """The records in their order, in groups of up to `most` that a bundle has room for."""
    first = size = 0
    for number, (key, headers, value) in enumerate(records):
        added = len(key) + len(headers) + len(value)
        if number > first and (number - first == most or size + added > MOST_BYTES):
            yield records[first:number]
            first, size = number, 0
        size += added
    if records:
        yield records[first:]


@lru_cache(maxsize=MOST_RECORDS)
def _lengths(count: int) -> Struct:
    return Struct(f"<{count}I")
