"""Messages out of files, for sending: their bytes as they are, one after another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.language.plain import plain

SUFFIXES = frozenset({".hl7", ".txt", ".mllp"})
"""What counts as a file of messages in a folder; a file that is named itself may have any suffix."""

_BLANK = b" \t\r\n"
_START = b"\x0b"
_END = b"\x1c\r"
_MSH = re.compile(rb"(?:\A|(?<=[\r\n]))MSH(?=[^A-Za-z0-9\s])")
_BATCH = (b"FHS", b"BHS")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send: the file it comes from, its number in there from 1, and its bytes."""

    path: Path
    number: int
    payload: bytes

    def __str__(self) -> str:
        return plain(f"{self.path}:{self.number}")


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files that the paths mean, folders with all below them, in order of name; OSError if a path is not there."""
    return [file for path in paths for file in _files_of(path)]


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        path.stat()
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def read_messages(path: Path) -> Iterator[Outgoing]:
    """The messages of one file, in order; a file with nothing but blanks holds none."""
    for number, payload in enumerate(split_messages(path.read_bytes()), start=1):
        yield Outgoing(path, number, payload)


def split_messages(content: bytes) -> list[bytes]:
    """The messages of a file's content: each frame of it if it is framed, else each part that begins with an MSH line.

    A batch (FHS or BHS first) stays whole. What is not split is not changed, blanks around it included.
    """
    beginning = content.lstrip(_BLANK)
    if beginning.startswith(_START):
        return _split_frames(content)
    if not beginning:
        return []
    if beginning.startswith(_BATCH):
        return [content]
    starts = [found.start() for found in _MSH.finditer(content)][1:]
    return [content[start:stop] for start, stop in zip([0, *starts], [*starts, len(content)], strict=True)]


def _split_frames(content: bytes) -> list[bytes]:
    """What stands between the marks of MLLP; a last frame without an end goes up to the end of the file."""
    return [frame.partition(_END)[0] for frame in content.split(_START)[1:]]
