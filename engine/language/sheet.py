"""CSV as integrators write it, read as the list of maps that YAML would have: the first row names the keys.

UTF-8, commas, quotes as in RFC 4180 without line breaks inside; blank rows and blank cells are left out; every cell is
text, so that `0123` stays one; a cell of a key in `lists` holds several texts with semicolons between. Refused with a
fault: keys that stand twice or are none, rows of another length, files over 16 MiB.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from engine.language.document import NO_KEYS, Node
from engine.language.fault import Fault, Faults, Mark, nearest
from engine.language.files import read_content
from engine.language.garbage import uncollected

MOST_BYTES = 16 << 20
MOST_LINES = 100_000
MOST_COMMAS = 10_000
MOST_FAULTS = 100
"""After so many the rest of a file is not looked at."""
SEPARATOR = ";"
"""Between the texts of one cell."""
_SPECIAL = re.compile('["\\r\\0]')
"""Where a line has none of these it is cells and commas alone."""


@uncollected()
def read_sheet(path: Path, keys: Collection[str], lists: Collection[str]) -> Node:
    """Read one CSV file as a list of maps; raises Faults that name every place where it is not what it may be."""
    name, whole = str(path), Mark(str(path))
    content = read_content(path, MOST_BYTES)
    if len(content) > MOST_BYTES:
        raise Faults([Fault(whole, "E002", "", f"larger than {MOST_BYTES} bytes", "split it into several files")])
    if content.count(b"\n") > MOST_LINES:
        raise Faults([Fault(whole, "E008", "", f"more than {MOST_LINES} lines", "split it into several files")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Faults([Fault(Mark(name, line, 1), "E003", "", "is not UTF-8", "save the file as UTF-8")]) from None
    return _Sheet(name, keys, lists).read(text)


class _Sheet:
    """Reads the rows of one file, gathering faults."""

    def __init__(self, name: str, keys: Collection[str], lists: Collection[str]) -> None:
        self._name = name
        self._known = keys
        self._lists = lists
        self._faults: list[Fault] = []

    def read(self, text: str) -> Node:
        rows = list(self._rows(text))
        keys = self._header(*rows[0]) if rows else []
        entries = [self._row(line, cells, keys) for line, cells in rows[1:] if len(self._faults) < MOST_FAULTS]
        if self._faults:
            raise Faults(self._faults)
        return Node(entries, Mark(self._name, 1, 1), NO_KEYS)

    def _rows(self, text: str) -> Iterator[tuple[int, list[tuple[Mark, str]]]]:
        for line, source in enumerate(_lines(text), 1):
            if len(self._faults) >= MOST_FAULTS:
                return
            if cells := self._cells(line, source):
                yield line, cells

    def _cells(self, line: int, source: str) -> list[tuple[Mark, str]]:
        """The cells of a line with their places; none for a blank line."""
        if source.count(",") > MOST_COMMAS:
            what = f"more than {MOST_COMMAS} commas in a line"
            self._faults.append(Fault(Mark(self._name, line, 1), "E008", "", what, "give each row a line of its own"))
            return []
        try:
            cells = _split(source)
        except csv.Error:
            hint = 'close the quotes, and double those inside: "a ""b"" c"'
            self._faults.append(Fault(Mark(self._name, line, 1), "E012", "", "is no row of CSV", hint))
            return []
        if not any(map(str.strip, cells)):
            return []
        name = self._name
        return [(Mark(name, line, column), cell) for column, cell in zip(_columns(source, cells), cells, strict=True)]

    def _header(self, line: int, cells: Sequence[tuple[Mark, str]]) -> list[tuple[str, Mark]]:
        found: list[tuple[str, Mark]] = []
        for mark, cell in cells:
            key = cell.strip()
            if key not in self._known:
                hint = "put commas between the cells" if SEPARATOR in key else nearest(key, self._known)
                self._faults.append(
                    Fault(mark, "E013", "", "no such key", hint or f"known are {', '.join(self._known)}")
                )
            elif key in dict(found):
                self._faults.append(Fault(mark, "E014", "", f"the key {key!r} stands here again", "keep one of them"))
            found.append((key, mark))
        return found

    def _row(self, line: int, cells: Sequence[tuple[Mark, str]], keys: Sequence[tuple[str, Mark]]) -> Node:
        if len(cells) != len(keys):
            what = f"the row has {len(cells)} cells, the header {len(keys)}"
            hint = "leave a cell empty rather than out, and quote one that holds a comma"
            self._faults.append(Fault(Mark(self._name, line, 1), "E015", "", what, hint))
            return Node({}, Mark(self._name, line, 1), NO_KEYS)
        values: dict[str, Node] = {}
        places: dict[str, Mark] = {}
        for (key, _), (mark, cell) in zip(keys, cells, strict=True):
            if text := cell.strip():
                values[key] = self._list(mark, text) if key in self._lists else Node(text, mark, NO_KEYS)
                places[key] = mark
        return Node(values, Mark(self._name, line, 1), places)

    def _list(self, mark: Mark, text: str) -> Node:
        return Node([Node(one.strip(), mark, NO_KEYS) for one in text.split(SEPARATOR) if one.strip()], mark, NO_KEYS)


def _split(source: str) -> list[str]:
    """The cells of a line; raises csv.Error for what is none."""
    return next(csv.reader([source], strict=True), []) if _SPECIAL.search(source) else source.split(",")


def _lines(text: str) -> Iterator[str]:
    """Lines as spreadsheets end them; other characters that Python ends lines at may stand in a name."""
    return (line.removesuffix("\r") for line in text.split("\n"))


def _columns(source: str, cells: Sequence[str]) -> list[int]:
    at, found = 1, []
    for cell in cells:
        found.append(at)
        quoted = source.startswith('"', at - 1)
        at += len(cell) + (cell.count('"') + 2 if quoted else 0) + 1
    return found
