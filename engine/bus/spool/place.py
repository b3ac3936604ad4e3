"""How far a spool is forwarded: kept in a small file, so that a restart repeats little.

The file is not synced: after a power failure it may be older, which repeats some records, or hold anything at all,
which its checksum tells. A segment is named by number and marker, so that no old file can speak of a new segment.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32


class Place(NamedTuple):
    """A place between two frames; `record` is the number of the record that follows."""

    segment: int
    marker: bytes
    offset: int
    record: int


def write_place(place: Place) -> bytes:
    """The place as one line of text."""
    line = f"{place.segment} {place.marker.hex()} {place.offset} {place.record}".encode()
    return b"%s %08x\n" % (line, crc32(line))


def read_place(content: bytes) -> Place | None:
    """The place that a line tells; None for anything else."""
    line, _, checksum = content.strip().rpartition(b" ")
    if checksum != b"%08x" % crc32(line):
        return None
    segment, marker, offset, record = line.split(b" ")
    return Place(int(segment), bytes.fromhex(marker.decode()), int(offset), int(record))
