"""Segments: the append-only files of a spool, and what stands in their names.

A segment has no head. Its number, its marker and the version of its format stand in its name, where no flipped bit of
the file reaches them: `00000007-9f86d081884c7d65.spool1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import urandom
from pathlib import Path
from stat import S_ISREG

from engine.bus.spool.frame import MARKER_BYTES

VERSION = 1
"""The format that is written; a new one is read beside it for at least one release (see `READABLE`)."""

READABLE = frozenset({1})

_NAME = re.compile(r"([0-9]{8,})-([0-9a-f]{16})\.spool([0-9]+)")


@dataclass(slots=True)
class Segment:
    """A segment; `end` is where its durable part ends."""

    path: Path
    number: int
    marker: bytes
    end: int

    @classmethod
    def new(cls, folder: Path, number: int) -> Segment:
        """A segment that is not there yet."""
        marker = urandom(MARKER_BYTES)
        return cls(folder / f"{number:08d}-{marker.hex()}.spool{VERSION}", number, marker, 0)


def find_segments(folder: Path) -> tuple[list[Segment], list[Path]]:
    """The segments in a folder, oldest first, and those that this version of the engine cannot read."""
    segments, foreign = [], []
    for path in folder.iterdir():
        found = _NAME.fullmatch(path.name)
        if found and int(found[3]) in READABLE and S_ISREG(path.lstat().st_mode):
            segments.append(Segment(path, int(found[1]), bytes.fromhex(found[2]), path.lstat().st_size))
        elif found:
            foreign.append(path)
    return sorted(segments, key=lambda one: (one.number, one.path.name)), foreign
