"""What tells whether a changed view gives other rows than it gave: a hash of all that decides on them."""

from __future__ import annotations

from collections.abc import Container
from hashlib import sha256
from typing import Any

import orjson

from engine.views.definition import Column, Definition, Select

RULES = 1
"""Counted up when the compiler comes to give other rows for a view that says the same."""
ANSI_TYPE = "ansi/type"
"""The tag that names a column's type in a database."""


class _All(Container[str]):
    def __contains__(self, name: object) -> bool:
        return True


def fingerprint(definition: Definition, only: Container[str] = _All()) -> str:
    """A hash of what decides on a view's rows, as if it had `only` these columns; titles and descriptions do not."""
    told = [
        RULES,
        definition.resource,
        sorted((name, value.value, value.type) for name, value in definition.constants.items()),
        [path.text for path in definition.wheres],
        _select(definition.select, only),
    ]
    return sha256(orjson.dumps(told)).hexdigest()


def _select(select: Select, only: Container[str]) -> list[Any]:
    """A select as a plain value; a nested one without columns of its own that multiplies no rows says nothing."""
    nested = [_select(one, only) for one in select.selects]
    return [
        [_column(column) for column in select.columns if column.name in only],
        [one for one in nested if one != _NOTHING],
        [_select(one, only) for one in select.union],
        select.for_each.text if select.for_each else None,
        select.or_null,
        [path.text for path in select.repeat],
    ]


def _column(column: Column) -> list[Any]:
    types = [value for name, value in column.tags if name == ANSI_TYPE]
    return [column.name, column.path.text, column.type, column.collection, types]


_NOTHING: list[Any] = [[], [], [], None, False, []]
