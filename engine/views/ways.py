"""Ways: what a path does, in hops that can be compared, so that the columns of a row share those they have in common.

Most paths of views have one: members, filters by a text or by what is there, the first value, and in the end what
becomes of it. A path that does anything else has none and runs by itself, and so does one that meets something odd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias


class Odd(Exception):
    """Something is there that no way knows: each path runs by itself and decides what it gives."""


@dataclass(frozen=True, slots=True)
class Member:
    """On to what a member holds: to each value of a list, or to the first alone."""

    key: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class Equal:
    """On with elements whose member is this text."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Reaches:
    """On with elements from which hops lead to any value."""

    hops: tuple[Hop, ...]


Hop: TypeAlias = "Member | Equal | Reaches"
Test: TypeAlias = "tuple[Hop, ...] | None"
"""What a truth asks of an element, all of it; None where that is not known."""


class Take(Enum):
    """Which values a way takes in the end: the only one, the first, all."""

    ONLY = "only"
    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Way:
    """From an element to what is taken there."""

    hops: tuple[Hop, ...] = ()
    take: Take = Take.ONLY
    change: Callable[[Any], Any] | None = None
    """What each value becomes; None leaves it out."""
    finish: Callable[[Any], Any] | None = None
    """What the value that was taken becomes, or the list where all are."""

    @property
    def is_open(self) -> bool:
        """Whether more hops may follow."""
        return self.take is Take.ONLY and not self.change and not self.finish


def member(way: Way | None, key: str) -> Way | None:
    """On to a member."""
    narrowed = _narrowed(way)
    return replace(narrowed, hops=(*narrowed.hops, Member(key))) if narrowed else None


def filtered(way: Way | None, test: Test) -> Way | None:
    """On with the elements that the test lets through."""
    return replace(way, hops=(*way.hops, *test)) if way and way.is_open and test is not None else None


def first(way: Way | None) -> Way | None:
    """The first value."""
    return replace(way, take=Take.FIRST) if way and way.take is not Take.ALL and not way.finish else None


def changed(way: Way | None, change: Callable[[Any], Any]) -> Way | None:
    """Each value changed."""
    return replace(way, change=change) if way and way.is_open else None


def finished(way: Way | None, finish: Callable[[Any], Any]) -> Way | None:
    """The only value changed."""
    return replace(way, finish=finish) if way and way.is_open else None


def joined(way: Way | None, separator: str | None) -> Way | None:
    """All texts in one."""
    if way is None or not way.is_open or separator is None:
        return None

    def finish(texts: list[Any] | None) -> str:
        try:
            return separator.join(texts or ())
        except TypeError:
            raise Odd from None

    return replace(way, take=Take.ALL, finish=finish)


def equal(way: Way | None, text: str | None) -> Test:
    """Whether a member of the element is a text."""
    if way and way.is_open and text is not None and len(way.hops) == 1 and isinstance(way.hops[0], Member):
        return (Equal(way.hops[0].key, text),)
    return None


def exists(way: Way | None) -> Test:
    """Whether a way leads to any value."""
    return (Reaches(way.hops),) if way and not way.change and not way.finish else None


def both(left: Test, right: Test) -> Test:
    """One test and the other."""
    return None if left is None or right is None else (*left, *right)


def keys(way: Way | None) -> tuple[str, ...] | None:
    """The members that a way leads through, or None where it does anything else."""
    if way is None or not way.is_open or not all(isinstance(hop, Member) and not hop.first for hop in way.hops):
        return None
    return tuple(hop.key for hop in way.hops if isinstance(hop, Member))


def _narrowed(way: Way | None) -> Way | None:
    """A way that more hops may follow: the first of all values is that of the last hop where each before gives one."""
    if way is None or way.is_open:
        return way
    *before, last = way.hops or (None,)
    is_single = all(isinstance(hop, Member) and hop.first for hop in before)
    if way.take is Take.FIRST and not way.change and is_single and isinstance(last, Member):
        return Way((*way.hops[:-1], replace(last, first=True)))
    return None
