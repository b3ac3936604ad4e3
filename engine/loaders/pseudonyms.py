"""Tables for analysts beside those of views: the same rows, with pseudonyms in place of what tells who is who.

The loader writes them as it writes the others. They keep the loader's own columns, which hold ids as they are, so that
analysts get views of them in a schema of their own, and nothing else.
"""

# ruff: noqa: S608 - names come from views that were checked, and from the model's own files

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.canonical.key import pseudonym_key_name, pseudonyms
from engine.loaders.model import ModelView
from engine.loaders.view_tables import OWN, ViewTable, table_of_view
from engine.views.privacy import pseudonymous

PREFIX = "analyst_"
SCHEMA = "analyst"
WITHIN = {"duckdb": "main.", "postgres": ""}
"""Goes before the name of what a view of the same name in another schema is of; PostgreSQL looks it up but once."""
HIDDEN = ("surviving_patients", "place_departments", "counted_visits", "notifiable_visits")
"""Views of the model that name single patients, visits or places."""


def analyst_tables(tables: Iterable[ViewTable], secret: bytes) -> tuple[ViewTable, ...]:
    """The tables for analysts of these; raises Faults for columns whose tags cannot be."""
    hashed, key = pseudonyms(secret), pseudonym_key_name(secret)
    views = [pseudonymous(one.view, f"{PREFIX}{one.view.name}", hashed, key) for one in tables]
    return tuple(table_of_view(view) for view in views)


def analyst_views(
    engine: str, tables: Iterable[ViewTable], model: Iterable[ModelView], dimensions: Sequence[str]
) -> Iterator[str]:
    """What analysts may see, as statements that define it."""
    yield f"create schema if not exists {SCHEMA}"
    for one in tables:
        if one.table.name.startswith(PREFIX):
            columns = ", ".join(["facility", *(name for name in one.table.columns if name not in OWN)])
            yield _view(one.table.name.removeprefix(PREFIX), f"select {columns} from {one.table.name}")
    for name in (*dimensions, *(one.name for one in model if one.name not in HIDDEN)):
        yield _view(name, f"select * from {WITHIN[engine]}{name}")


def _view(name: str, query: str) -> str:
    return f"create view {SCHEMA}.{name} as {query}"
