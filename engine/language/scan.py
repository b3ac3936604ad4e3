"""The words of an expression with the columns they stand in, shared by right sides and conditions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from engine.language.document import LONGEST, Node
from engine.language.fault import Fault, Faults, Mark, Text
from engine.language.path import Path

_WORD = re.compile(
    r"""(?P<blank>\s+)|(?P<quoted>"[^"]*"|'[^']*')|(?P<sign>!=|<=|>=|[|&()=<>])|(?P<word>[^\s|&()=<>!"']+)|(?P<other>\S)"""
)

PathReader = Callable[[str], Path | None]


class Word(NamedTuple):
    """A word, a sign or a quoted text (`quoted`, without its quotes), and the column offset it starts at."""

    text: str
    offset: int
    quoted: bool = False


class Scanner:
    """Reads one expression word by word; every fault it raises points at the word."""

    def __init__(self, source: Text) -> None:
        self.text = text = source.text
        self._source = source
        if len(text) > LONGEST:
            raise self.fault("M201", f"is longer than {LONGEST} characters", "split it up", 0)
        self._words = [self._word(match) for match in _WORD.finditer(text) if match.lastgroup != "blank"]
        self._next = 0

    def peek(self) -> str:
        """The next sign or unquoted word, or "" at the end and before a quoted text."""
        word = self._words[self._next] if self._next < len(self._words) else None
        return word.text if word and not word.quoted else ""

    def take(self, expected: str) -> Word:
        """The next word, whatever it is; at the end a fault that says what was expected."""
        if self._next == len(self._words):
            raise self.fault("M202", f"ends where {expected} should follow", "complete it", len(self.text))
        self._next += 1
        return self._words[self._next - 1]

    def accept(self, *texts: str) -> str:
        """The next word when it is one of `texts`, else "" and nothing is taken."""
        if self.peek() not in texts or not self.peek():
            return ""
        return self.take("").text

    def accept_quoted(self) -> str | None:
        """The next word when it is a quoted text, else None and nothing is taken."""
        word = self._words[self._next] if self._next < len(self._words) else None
        return self.take("").text if word and word.quoted else None

    @property
    def last(self) -> Word:
        """The word that was taken last."""
        return self._words[self._next - 1]

    def ahead(self) -> Mark:
        """The place of the next word, or of the end."""
        return self._source.at(self._words[self._next].offset if self._next < len(self._words) else len(self.text))

    def rest(self) -> str:
        """All that follows, taken as one text."""
        start = self._words[self._next].offset if self._next < len(self._words) else len(self.text)
        self._next = len(self._words)
        return self.text[start:].strip()

    def end(self) -> None:
        """Fault unless everything was taken."""
        if self._next < len(self._words):
            word = self._words[self._next]
            raise self.fault(
                "M203", f"{word.text!r} does not belong here", "see docs/reference/mapping.md", word.offset
            )

    def path(self, read: PathReader, example: str) -> Path:
        """The next word as a path."""
        return self.placed_path(read, example)[0]

    def placed_path(self, read: PathReader, example: str) -> tuple[Path, Mark]:
        """The next word as a path, and the place where it stands."""
        word = self.take("a path")
        path = None if word.quoted else read(word.text)
        if path is None:
            raise self.fault("M204", f"{word.text!r} is no path", f"write one such as {example}", word.offset)
        return path, self.mark(word)

    def mark(self, word: Word) -> Mark:
        """The place where a word stands."""
        return self._source.at(word.offset)

    def fault(self, code: str, what: str, hint: str, offset: int) -> Faults:
        """The fault at an offset of the text."""
        return Faults([Fault(self._source.at(offset), code, "", what, hint)])

    def _word(self, match: re.Match[str]) -> Word:
        kind = match.lastgroup or "other"
        if kind == "other":
            raise self.fault("M205", f"{match['other']!r} has no meaning here", "remove or quote it", match.start(kind))
        text = match[kind]
        return Word(text[1:-1], match.start(kind), True) if kind == "quoted" else Word(text, match.start(kind))


def text_of(node: Node) -> Text:
    """A scalar as the text of an expression, with the places of its parts; raises Faults for what is none."""
    value = node.value
    if isinstance(value, dict | list) or value is None:
        raise Faults([Fault(node.mark, "M104", "", "is no text", "write one expression in quotes")])
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else f"{value}"
    return Text(text, node.mark._replace(column=node.mark.column + node.inset), node.breaks)
