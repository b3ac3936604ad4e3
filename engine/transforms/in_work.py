"""Which raw record is being converted, kept where it outlives the process: what ends the process twice is given up.

A message that takes all memory, or that a library in C dies of, would end each transformer that reads it, for ever.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from engine.bus.record import Position

MOST_ENDS = 2
"""So many ends of the process in the middle of one record are no accident."""
_KEPT = struct.Struct("<iqIiq")
"""Partition and offset of the record in work; how often the process ended at the suspect; the suspect's place."""
_NOTHING = -1, -1


class Kept(NamedTuple):
    """What the last process left: where it was, and the record that an earlier one ended at, how often."""

    partition: int
    offset: int
    ends: int
    suspect_partition: int
    suspect_offset: int


class InWork:
    """Knows the record in work; `place` is writable memory of SIZE bytes, all zero at first, that outlives the process.

    A suspect is forgotten when the process ends in the middle of another record.
    """

    SIZE = _KEPT.size + 1

    def __init__(self, place: memoryview | bytearray) -> None:
        self._place = place
        kept = Kept(*_KEPT.unpack_from(place, 1)) if place[0] else Kept(*_NOTHING, 0, *_NOTHING)
        self._ends, self._suspect = _suspect(kept)
        self._write(*_NOTHING)
        place[0] = 1

    def ends(self, position: Position) -> int:
        """How often the process ended in the middle of this record, as far as is known."""
        return self._ends if (position.partition, position.offset) == self._suspect else 0

    def enter(self, position: Position) -> None:
        """This record is in work from now on."""
        self._write(position.partition, position.offset)

    def leave(self) -> None:
        """No record is in work."""
        self._write(*_NOTHING)

    def _write(self, partition: int, offset: int) -> None:
        _KEPT.pack_into(self._place, 1, partition, offset, self._ends, *self._suspect)


def _suspect(kept: Kept) -> tuple[int, tuple[int, int]]:
    """The ends and the place of the suspect, now that the process that left this is gone."""
    was, suspect = (kept.partition, kept.offset), (kept.suspect_partition, kept.suspect_offset)
    if was == _NOTHING:
        return kept.ends, suspect
    return (kept.ends + 1, suspect) if was == suspect else (1, was)


@contextmanager
def in_work(path: Path) -> Iterator[InWork]:
    """What is in work, kept in a small file; a file that is cut short counts as none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.truncate(InWork.SIZE)
        with mmap.mmap(file.fileno(), InWork.SIZE) as kept, memoryview(kept) as place:
            yield InWork(place)
