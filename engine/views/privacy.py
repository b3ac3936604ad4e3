"""What a view gives to those who may not know who is who: its columns left as they are, hashed, coarsened or left out.

The tag `privacy` of a column decides, and `pseudonym` where it says more:

- identifying: ids of resources are hashed, so that rows can still be joined; all else is left out, unless the tag
  `pseudonym` says `hash`.
- quasi-identifying: a date becomes its year; all else is left out, unless `pseudonym` says `keep`.
- clinical, or without a tag: it is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any

from engine.language.fault import Fault, Faults, Text
from engine.views.definition import Column, Definition, Select
from engine.views.rows import Row
from engine.views.view import View

PRIVACY, PSEUDONYM, ANSI_TYPE = "privacy", "pseudonym", "ansi/type"
IDENTIFYING, QUASI, CLINICAL = "identifying", "quasi-identifying", "clinical"
CLASSES = (IDENTIFYING, QUASI, CLINICAL)

Hash = Callable[[str], str]
"""A keyed hash: from a value to what stands in its place."""


class Treatment(StrEnum):
    """What becomes of a column."""

    KEEP = "keep"
    HASH = "hash"
    YEAR = "year"
    OMIT = "omit"


def privacy_of(column: Column) -> str:
    """The class that a column is of, "" for one that tells nothing of a person; raises Faults for none that is."""
    found = dict(column.tags).get(PRIVACY, "")
    if found and found not in CLASSES:
        hint = f"write one of {', '.join(CLASSES)}"
        raise Faults([Fault(column.mark, "V119", column.name, f"there is no class of privacy {found!r}", hint)])
    return found


def treatment_of(column: Column) -> Treatment:
    """What becomes of a column; raises Faults for tags that cannot be."""
    privacy, asked = privacy_of(column), dict(column.tags).get(PSEUDONYM, "")
    if privacy == IDENTIFYING:
        return Treatment.HASH if asked == Treatment.HASH or (not asked and column.type == "id") else Treatment.OMIT
    if privacy == QUASI:
        is_date = column.type in ("date", "dateTime")
        return Treatment.KEEP if asked == Treatment.KEEP else Treatment.YEAR if is_date else Treatment.OMIT
    return Treatment.KEEP


def pseudonymous(view: View, name: str, hashed: Hash, key: str) -> View:
    """The view under another name as analysts may see it; `key` tells which key hashes, and nothing of it."""
    definition = _definition(view.definition, name, key)
    treated = [(place, _cell(column, hashed)) for place, column in enumerate(view.columns)]
    cells = [(place, cell) for place, cell in treated if cell]
    columns = definition.select.all_columns()
    return replace(view, name=name, columns=columns, definition=definition, _rows=partial(_rows, view._rows, cells))


def _rows(rows: Any, cells: Any, item: Any, resource: Any, place: int) -> list[Row]:
    return [[cell(row[place]) for place, cell in cells] for row in rows(item, resource, place)]


def _definition(definition: Definition, name: str, key: str) -> Definition:
    """What tells whether rows would be others: the treatment stands in the path of each column."""
    return replace(definition, name=name, url=f"urn:pseudonyms:{key}", select=_select(definition.select, key))


def _select(select: Select, key: str) -> Select:
    return replace(
        select,
        columns=tuple(_column(column, key) for column in select.columns if treatment_of(column) is not Treatment.OMIT),
        selects=tuple(_select(one, key) for one in select.selects),
        union=tuple(_select(one, key) for one in select.union),
    )


def _column(column: Column, key: str) -> Column:
    treatment = treatment_of(column)
    if treatment is Treatment.HASH:
        return replace(column, path=_path(column, f"hash {key}"))
    if treatment is Treatment.YEAR:
        name = f"{column.name.removesuffix('_date').removesuffix('_on').removesuffix('_at')}_year"
        tags = (*(tag for tag in column.tags if tag[0] != ANSI_TYPE), (ANSI_TYPE, "INTEGER"))
        told = f"The year of: {column.description}"
        return replace(column, name=name, type="integer", path=_path(column, "year"), tags=tags, description=told)
    return column


def _path(column: Column, treatment: str) -> Text:
    return Text(f"{treatment} of {column.path.text}", column.path.mark)


def _cell(column: Column, hashed: Hash) -> Callable[[Any], Any] | None:
    match treatment_of(column):
        case Treatment.OMIT:
            return None
        case Treatment.HASH:
            return lambda value: None if value is None else hashed(value)
        case Treatment.YEAR:
            return lambda value: int(value[:4]) if value and value[:4].isdecimal() else None
        case Treatment.KEEP:
            return lambda value: value
