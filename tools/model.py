"""The lines of docs/reference/model.md: every table and column of the warehouse's model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.language.document import read_document
from engine.loaders.dimensions import DIMENSIONS
from engine.loaders.model import model_views
from engine.loaders.pseudonyms import HIDDEN, SCHEMA
from engine.loaders.view_columns import kind_of
from engine.loaders.view_tables import load_view_tables
from engine.views.definition import Column
from engine.views.privacy import Treatment, privacy_of, treatment_of

VIEWS = Path(__file__).parents[1] / "mappings" / "views"
SEEN = {
    Treatment.KEEP: "as it is",
    Treatment.HASH: "pseudonym",
    Treatment.YEAR: "year",
    Treatment.OMIT: "–",
}
"""What analysts see of a column, by what becomes of it."""

Rows = list[tuple[str, ...]]
Section = tuple[str, str, tuple[str, ...], Rows]
"""A table's name, what a row is, the heads of its columns, and a row for each column."""


def view_sections() -> Iterator[Section]:
    """The tables of the shipped views."""
    heads = ("column", "type", "privacy", "analysts see", "what it holds")
    for one in load_view_tables(VIEWS):
        about = read_document(VIEWS / f"{one.view.name}.yaml").get("description")
        rows = [_column(column) for column in one.view.columns]
        yield one.view.name, f"{about.value if about else ''} Of `{one.view.resource}`.", heads, rows


def dimension_sections() -> Iterator[Section]:
    """The tables that the engine writes as a whole."""
    for one in DIMENSIONS:
        rows: Rows = [(f"`{name}`", kind.value, one.told[name]) for name, kind in one.table.columns.items()]
        yield one.table.name, one.about, ("column", "type", "what it holds"), rows


def model_sections() -> Iterator[Section]:
    """The views in SQL."""
    for one in model_views():
        hidden = "" if one.name not in HIDDEN else f" Not in the schema `{SCHEMA}`."
        rows: Rows = [(f"`{name}`", told) for name, told in one.told.items()]
        yield one.name, f"{one.about}{hidden}", ("column", "what it holds"), rows


def _column(column: Column) -> tuple[str, ...]:
    seen = SEEN[treatment_of(column)]
    return (f"`{column.name}`", kind_of(column).value, privacy_of(column) or "–", seen, column.description)
