"""Faults: what is wrong in a file that people write, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from engine.language.plain import plain


class Mark(NamedTuple):
    """A place in a file; lines and columns count from 1, a line of 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the places of its parts: `breaks` are the offsets at which lines of the file begin anew."""

    text: str
    mark: Mark
    breaks: tuple[tuple[int, Mark], ...] = ()

    def at(self, offset: int) -> Mark:
        """The place of an offset."""
        start, mark = next((one for one in reversed(self.breaks) if one[0] <= offset), (0, self.mark))
        return Mark(mark.file, mark.line, mark.column + offset - start)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: a stable code, the place, what is wrong there and what to do next."""

    mark: Mark
    code: str
    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        where = f"{self.where}: " if self.where else ""
        return plain(f"{self.mark}: {where}{self.what}{hint} [{self.code}]")


class Faults(Exception):
    """All the faults of a set of files at once, in the order of files and lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint that names the nearest right name, or "" when none is near."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def show(faults: Sequence[Fault]) -> str:
    """The faults as a person reads them: each with its source line and a caret under the column."""
    return "\n".join(_show_one(fault) for fault in faults)


def _show_one(fault: Fault) -> str:
    source = _source_line(fault.mark)
    if source is None:
        return str(fault)
    indent = "".join("\t" if character == "\t" else " " for character in source[: fault.mark.column - 1])
    return f"{fault}\n    {source}\n    {indent}^"


def _source_line(mark: Mark) -> str | None:
    if not mark.line:
        return None
    try:
        lines = Path(mark.file).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return lines[mark.line - 1] if mark.line <= len(lines) else None
