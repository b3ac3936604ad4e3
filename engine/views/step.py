"""What a path compiles to: functions from an element to the values found there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from engine.views.ways import Test, Way

Values: TypeAlias = "list[Any]"
"""A FHIRPath collection: values as JSON has them."""

Types: TypeAlias = "frozenset[str] | None"
"""The FHIR types that values may have, or None where nobody can tell before a resource is at hand."""


class Scope(NamedTuple):
    """What a path sees besides its own element: the whole resource, and the place of the row in its iteration."""

    resource: Any
    place: int


Run: TypeAlias = Callable[[Any, Scope], Values]


class Step(NamedTuple):
    """A compiled path: how it runs, the types of what it gives, and for primitives what stands beside (`_name`).

    Where its `way` is known it can be walked together with others; `test` is that of a truth, `text` a constant text.
    """

    run: Run
    types: Types
    twin: Step | None = None
    way: Way | None = None
    test: Test = None
    text: str | None = None


class RowError(Exception):
    """A resource does not fit a view: the message says where in the view and what to do, and holds no value."""


def one(values: Values, place: str) -> Any:
    """The only value, or None when there is none; raises RowError for several."""
    if len(values) > 1:
        raise RowError(f"{place}: has {len(values)} values where one is expected - narrow it with first() or where()")
    return values[0] if values else None


def truth(values: Values, place: str) -> bool | None:
    """The values as a truth: none is None, a single value that is no boolean is true; raises RowError for several."""
    value = one(values, place)
    return value if value is None or isinstance(value, bool) else True
