"""What a visit does where a way ends: a value is put into its place of the row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.views.branches import Stop
from engine.views.ways import Odd, Take

Visit: TypeAlias = Callable[[Any, "list[Any]"], None]
"""Puts what is at an element into a row."""

ANY = (bool, int, float, str, dict)
"""What one value may be in JSON."""


def put_of(stop: Stop) -> Visit:
    """What puts a value into its place; raises Odd for one that cannot be there, or a second where one is wanted."""
    if stop.way.take is Take.ALL:
        return _put_all(stop.place)
    return _put_changed(stop, stop.way.change) if stop.way.change else _put(stop)


def plain_types(stop: Stop) -> tuple[type, ...]:
    """The types of values that may be put into an empty place as they are."""
    way = stop.way
    return () if way.change or way.finish or way.take is Take.ALL else stop.allowed


def finish_of(stop: Stop) -> Callable[[Any], Any] | None:
    """What becomes of what was taken or of None, where anything does; raises Odd for what cannot be in the place."""
    finish, allowed = stop.way.finish, stop.allowed
    if finish is None:
        return None

    def finished(taken: Any) -> Any:
        value = finish(taken)
        if value is not None and type(value) not in allowed:
            raise Odd
        return value

    return finished


def _put(stop: Stop) -> Visit:
    place, allowed = stop.place, ANY if stop.way.finish else stop.allowed
    is_first = stop.way.take is Take.FIRST

    def put(value: Any, row: list[Any]) -> None:
        if row[place] is None and type(value) in allowed:
            row[place] = value
        elif row[place] is None or not is_first:
            raise Odd

    return put


def _put_changed(stop: Stop, change: Callable[[Any], Any]) -> Visit:
    place, allowed, is_first = stop.place, stop.allowed, stop.way.take is Take.FIRST

    def put(value: Any, row: list[Any]) -> None:
        if is_first and row[place] is not None:
            return
        found = change(value)
        if found is not None:
            if row[place] is not None or type(found) not in allowed:
                raise Odd
            row[place] = found

    return put


def _put_all(place: int) -> Visit:
    def put(value: Any, row: list[Any]) -> None:
        if row[place] is None:
            row[place] = []
        row[place].append(value)

    return put
