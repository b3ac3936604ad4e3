"""The words of a path, each with the offset it stands at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from engine.language.fault import Fault, Faults, Text

LONGEST = 4096
"""Characters of one path."""
MOST = 400
"""Words of one path, each of which may lie a level deeper than the last."""

_WORD = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<moment>@(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?
        |\d{4}(?:-\d{2}(?:-\d{2})?)?(?:T(?:\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?)?)?))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<quoted>'(?:[^'\\]|\\.)*')
    |(?P<ticked>`(?:[^`\\]|\\.)+`)
    |(?P<variable>%(?:[A-Za-z_]\w*|'(?:[^'\\]|\\.)+'|`(?:[^`\\]|\\.)+`))
    |(?P<this>\$this\b)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>!=|<=|>=|[=<>+\-*/.,()\[\]{}])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


class Word(NamedTuple):
    """One word: its kind (`name`, `sign`, `quoted`, …, `end`), its text without quotes, and its offset."""

    kind: str
    text: str
    offset: int


def words(source: Text) -> list[Word]:
    """The words of a path, `end` last; raises Faults at the first character that has no meaning."""
    if len(source.text) > LONGEST:
        what = f"is longer than {LONGEST} characters"
        raise Faults([Fault(source.at(0), "V201", "", what, "split the path with a nested select")])
    found = list(islice(_words(source), MOST + 1))
    if len(found) > MOST:
        what = f"has more than {MOST} words"
        raise Faults([Fault(source.at(found[MOST].offset), "V201", "", what, "split the path with a nested select")])
    return [*found, Word("end", "", len(source.text))]


def _words(source: Text) -> Iterator[Word]:
    for match in _WORD.finditer(source.text):
        kind = match.lastgroup or "other"
        if kind == "other":
            what = f"{match[0]!r} has no meaning in a path"
            raise Faults([Fault(source.at(match.start()), "V202", "", what, "remove it, or quote it with '")])
        if kind != "blank":
            yield _word(kind, match[0], match.start())


def _word(kind: str, text: str, offset: int) -> Word:
    if kind == "ticked":
        return Word("name", _unescaped(text[1:-1]), offset)
    if kind == "quoted":
        return Word(kind, _unescaped(text[1:-1]), offset)
    if kind == "moment":
        return Word(kind, text[1:], offset)
    if kind == "variable":
        return Word(kind, _unescaped(text[2:-1]) if text[1] in "'`" else text[1:], offset)
    return Word(kind, text, offset)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    name = match[1]
    return chr(int(name[1:], 16)) if len(name) > 1 else _ESCAPES.get(name, name)
