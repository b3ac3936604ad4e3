"""Right sides: where the value of an element comes from.

    SOURCE = TERM (("|" TERM)* | ("&" TERM)*) ["via" TABLE] ["else" TEXT]
    TERM   = PATH ["as" TYPE] | PIECE ("+" PIECE)+ ["as" TYPE]
    PIECE  = PATH | '"' TEXT '"'

`|` takes the first that is present, `&` gathers all. A type stands for the terms before it that have none of their own.
`+` puts a text together, of paths that are all there and of texts as they stand; a type of the language may read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from engine.language.fault import Mark, Text
from engine.language.path import FieldPath
from engine.language.scan import PathReader, Scanner

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}([.-][A-Za-z][A-Za-z0-9_]{0,63}){0,4}\Z")
MOST_TERMS = 64


@dataclass(frozen=True, slots=True)
class Term:
    """One path, and the type it is read as; None leaves it text."""

    path: FieldPath
    """Of a text that is put together, the first path of it."""
    type: str | None = None
    mark: Mark = field(default=Mark(""), compare=False)
    """Where its path stands."""
    type_mark: Mark = field(default=Mark(""), compare=False)
    """Where its type stands, else its path."""
    pieces: tuple[FieldPath | str, ...] = ()
    """What a text is put together of."""

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """Every path that it reads."""
        return tuple(one for one in self.pieces if isinstance(one, FieldPath)) or (self.path,)

    @property
    def is_built_in(self) -> bool:
        """Whether the type is one of the language's own, which are written in lower case."""
        return self.type is not None and self.type[0].islower()


@dataclass(frozen=True, slots=True)
class Source:
    """A right side: its terms, whether they are gathered or the first counts, the table, the default."""

    terms: tuple[Term, ...]
    gathers: bool = False
    table: str | None = None
    default: str | None = None
    text: str = ""
    table_mark: Mark = field(default=Mark(""), compare=False)
    default_mark: Mark = field(default=Mark(""), compare=False)


def parse_source(text: Text, read: PathReader, example: str) -> Source:
    """Read a right side; raises Faults that point into it."""
    scanner = Scanner(text)
    terms = [_term(scanner, read, example)]
    sign = ""
    while found := scanner.accept("|", "&"):
        if sign and found != sign:
            hint = "use one of them, or two entries in a list"
            raise scanner.fault("M206", "mixes | and &", hint, scanner.last.offset)
        sign = found
        if len(terms) == MOST_TERMS:
            raise scanner.fault("M201", f"has more than {MOST_TERMS} terms", "split it up", 0)
        terms.append(_term(scanner, read, example))
    table, table_mark = _name(scanner, "a table's name") if scanner.accept("via") else (None, terms[0].mark)
    default_mark = scanner.ahead() if scanner.accept("else") else None
    default = _default(scanner) if default_mark else None
    scanner.end()
    return Source(_spread(terms), sign == "&", table, default, text.text, table_mark, default_mark or table_mark)


def _term(scanner: Scanner, read: PathReader, example: str) -> Term:
    start = scanner.ahead()
    pieces = _pieces(scanner, read, example)
    paths = [piece for piece in pieces if isinstance(piece, FieldPath)]
    if not paths:
        raise scanner.fault("M204", "a text stands alone", f"put a path beside it, such as {example}", 0)
    together = tuple(pieces) if len(pieces) > 1 else ()
    kind, type_mark = _name(scanner, "a type") if scanner.accept("as") else (None, start)
    if together and kind and not kind[0].islower():
        what = f"{kind!r} is not a type that reads a text put together"
        raise scanner.fault("M207", what, "write one of the language's own, such as later", scanner.last.offset)
    return Term(paths[0], kind, start, type_mark, together)


def _pieces(scanner: Scanner, read: PathReader, example: str) -> list[FieldPath | str]:
    pieces = [_piece(scanner, read, example)]
    while scanner.accept("+"):
        pieces.append(_piece(scanner, read, example))
    return pieces


def _piece(scanner: Scanner, read: PathReader, example: str) -> FieldPath | str:
    quoted = scanner.accept_quoted()
    if quoted is not None:
        return quoted
    path = scanner.path(read, example)
    return path if isinstance(path, FieldPath) else FieldPath("")


def _name(scanner: Scanner, what: str) -> tuple[str | None, Mark]:
    word = scanner.take(what)
    if word.quoted or not _NAME.match(word.text):
        raise scanner.fault("M207", f"{word.text!r} is not {what}", "write a name such as CX.Identifier", word.offset)
    return word.text, scanner.mark(word)


def _default(scanner: Scanner) -> str:
    text = scanner.rest()
    if not text:
        scanner.take("a text")
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _spread(terms: list[Term]) -> tuple[Term, ...]:
    spread: list[Term] = []
    kind = None
    for term in reversed(terms):
        kind = term.type or kind
        spread.append(term if term.type or term.pieces else replace(term, type=kind))
    return tuple(reversed(spread))
