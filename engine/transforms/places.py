"""Places looked up in a table by what an address says, however a sender writes it.

A table of places has two kinds of keys: an official code of five digits, and two names with a comma between, of a place
and of what it lies in (`Phường 4, Quận 5`). A text matches by such a code, else by two names that stand next to each
other. Case, blanks, on which vowel the mark of a tone is put, and the words for kinds of places, long or short, make no
difference; a text without any accents is matched without those of the keys. A name that two places share gives nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from engine.transforms.mapping import Table

LONGEST = 1000
"""Characters of the longest text that is looked at."""

_SEPARATOR = re.compile(r"[,;^&|\n]| [-\u2013] ")
_KIND = re.compile(
    r"(?<![a-z0-9])(?:(thi tran|thi xa|thanh pho|dac khu|phuong|quan|huyen|tinh|xa)(?![a-z])"
    r"|(tt|tx|tp|dk|[pqfhxt])(?=\.|\s?[0-9])|(tp)(?=\s?[a-z]))[. ]*"
)
_NUMBERED = {"phuong": "p", "p": "p", "f": "p", "quan": "q", "q": "q"}
"""What is put before the number of a place that has no name."""
_CODE = re.compile(r"[0-9]{5}\Z")
_OTHER = re.compile(r"[^a-z0-9]+")
_D = "d\u0335"
"""What `đ` is decomposed to, which Unicode does not."""
_COUNTY = slice(7, 8)
"""Where an XAD has the district behind .1: it lies between what .3 and .4 name."""

MOST = 4096
"""Parts of addresses remembered, but for the first ones, and as many of what stands behind these."""


class Name(NamedTuple):
    """A name in small letters of ASCII without blanks, and the accents that it had, in their order."""

    bare: str
    accents: str = ""

    @property
    def exact(self) -> str:
        """The name with its accents, on whichever letters they stood."""
        return self.bare + self.accents


class Place(NamedTuple):
    """What a text says of where something is: official codes, and names from the smaller to the larger."""

    codes: tuple[str, ...]
    names: tuple[Name, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which an index may have it, the best first."""
        spelled = [bare + accents for bare, accents in self.names]
        end = "" if "".join([name.accents for name in self.names]) else ","
        return (*self.codes, *[f"{inner},{outer}{end}" for inner, outer in pairwise(spelled)])

    @property
    def pairs(self) -> Iterator[tuple[Name, Name]]:
        """Each name with the one behind it."""
        yield from pairwise(self.names)

    @property
    def indexed(self) -> Iterator[str]:
        """The keys under which texts find it that say no more of it, with accents and without."""
        yield from self.codes
        for inner, outer in self.pairs:
            yield from {f"{inner.exact},{outer.exact}", f"{inner.exact},{outer.bare}", _bare(inner, outer)}


class Letters(NamedTuple):
    """A text in small letters without accents, and the accents of each of these; nothing where there are none."""

    bare: str
    accents: tuple[str, ...]

    def part(self, start: int, end: int) -> Letters:
        """The letters between two places."""
        return Letters(self.bare[start:end], self.accents[start:end])


def fold(text: str) -> Letters:
    """A text as its letters and accents; that of a `đ` is its stroke."""
    if text.isascii():
        return Letters(text.lower(), ())
    bare: list[str] = []
    accents: list[str] = []
    for one in unicodedata.normalize("NFD", text.lower().replace("đ", _D).replace("ð", _D)):
        if not unicodedata.combining(one):
            bare.append(one)
            accents.append("")
        elif accents:
            accents[-1] += one
    return Letters("".join(bare), tuple(accents))


def read_place(text: str) -> Place:
    """What a text says of where something is; an address may come with its components.

    What stands behind the first part is remembered: streets differ, wards and districts come again.
    """
    line, _, components = text[:LONGEST].partition("^")
    street, *others = _SEPARATOR.split(line)
    codes, names = _read_part(street)
    for found in (*map(_remembered_part, others), _read_components(components)):
        codes += found.codes
        names += found.names
    return Place(codes, names)


@lru_cache(maxsize=MOST)
def _read_components(text: str) -> Place:
    """What the components of an address behind its first one say."""
    components = text.split("^")
    ordered = [*components[:2], *components[_COUNTY], *components[2:7]]
    said = [_read_part(part) for one in ordered for part in _SEPARATOR.split(one)]
    return Place(tuple(code for one in said for code in one.codes), tuple(name for one in said for name in one.names))


def _read_part(text: str) -> Place:
    """What one part of an address says: a code, or names."""
    part = fold(text)
    code = part.bare.strip()
    return Place((code,) if _CODE.match(code) else (), tuple([name for name in _names(part) if name.bare]))


_remembered_part = lru_cache(maxsize=MOST)(_read_part)


@lru_cache(maxsize=256)
def _keys(text: str) -> tuple[str, ...]:
    """The keys for a text, remembered for the tables and fields in which the same one comes next."""
    return read_place(text).keys


def _bare(inner: Name, outer: Name) -> str:
    """The key for texts without accents, which is none for others."""
    return f"{inner.bare},{outer.bare},"


def index(table: Table) -> ReadOnly[str, str]:
    """The keys of a table of places as texts are matched with them, and the key that each stands for."""
    known: ReadOnly[str, str] | None = table.worked_out.get(index)
    if known is None:
        known = table.worked_out[index] = _index(table)
    return known


def _index(table: Table) -> ReadOnly[str, str]:
    found: dict[str, str] = {}
    for key, code in table.codes.items():
        for folded in read_place(key).indexed:
            other = found.setdefault(folded, key)
            if other and table.codes[other] != code:
                found[folded] = ""
    return {folded: key for folded, key in found.items() if key}


def find(places: ReadOnly[str, str], text: str) -> str:
    """The key of an indexed table for what a text says, "" for none."""
    for key in _keys(text):
        if key in places:
            return places[key]
    return ""


def _names(part: Letters) -> Iterator[Name]:
    """The names in one part of an address: each word for a kind of place begins another."""
    start, kind = 0, ""
    for match in _KIND.finditer(part.bare):
        yield _name(kind, part.part(start, match.start()))
        start, kind = match.end(), match[1] or match[2] or match[3]
    yield _name(kind, part.part(start, len(part.bare)))


def _name(kind: str, text: Letters) -> Name:
    """A name without blanks; one that is a number says what it numbers, or is none."""
    bare = _OTHER.sub("", text.bare)
    if bare.isdigit():
        return Name(f"{_NUMBERED[kind]}{bare.lstrip('0')}" if kind in _NUMBERED else "")
    return Name(bare, "".join(text.accents))
