"""Views as tables of the warehouse: one table a view, of its name, with the loader's own columns beside the view's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from engine.canonical.fold import Current
from engine.language.gather import Gather
from engine.loaders.dimensions import DIMENSIONS
from engine.loaders.model import ORDER
from engine.loaders.tables import RAW, TABLES, Kind, Row, Table
from engine.loaders.view_columns import UNFIT, Fit, fit_of, kind_of
from engine.views.definition import Column
from engine.views.fingerprint import fingerprint
from engine.views.load import load_views
from engine.views.privacy import treatment_of
from engine.views.step import RowError
from engine.views.view import View

OWN = {
    "resource_id": Kind.TEXT,
    "row_number": Kind.NUMBER,
    "version": Kind.TEXT,
    "facility": Kind.TEXT,
    "mapping": Kind.TEXT,
    **dict(zip(RAW, (Kind.TEXT, Kind.NUMBER, Kind.NUMBER), strict=True)),
    "loaded_at": Kind.TIME,
}
"""The columns that the loader adds: which resource a row is of, its place among the resource's, where it comes from."""

KEY = ("resource_id", "row_number")

TAKEN_COLUMNS = frozenset({*OWN, "lookup", "rowid", "ctid", "oid", "tableoid", "xmin", "xmax", "cmin", "cmax"})
TAKEN_TABLES = frozenset(
    {*(table.name for table in TABLES), *(one.table.name for one in DIMENSIONS), *ORDER, "migrations", "model", "given"}
)
TAKEN_BEGINNINGS = ("analyst_", "history_", "given_", "pg_", "duckdb_", "sqlite_")
LONGEST = 50
"""Letters of a name; PostgreSQL cuts what is longer than 63, and what it makes beside a table has longer names."""


@dataclass(frozen=True, slots=True)
class ViewTable:
    """A view and the table of its rows."""

    view: View
    table: Table
    fits: tuple[tuple[int, Fit], ...]
    """What makes the values at some places of a view's row those of the table."""

    @property
    def fingerprint(self) -> str:
        """What changes when the view gives other rows."""
        return fingerprint(self.view.definition)

    def rows(self, current: Current, now_us: int) -> list[Row]:
        """The rows of a current resource; raises RowError when it does not fit the view."""
        newest = current.newest
        rows: list[Row] = []
        own = [current.id, 0, newest.version, newest.facility, newest.mapping, *newest.raw, now_us]
        for number, row in enumerate(self._fitted(self.view.new_rows(current.body))):
            own[1] = number
            rows.append((*own, *row))
        return rows

    def _fitted(self, rows: list[list[Any]]) -> list[list[Any]]:
        place = 0
        try:
            for row in rows:
                for place, fit in self.fits:
                    if row[place] is not None:
                        row[place] = fit(row[place])
        except UNFIT:
            raise RowError(self._misfit(self.view.columns[place])) from None
        return rows

    def _misfit(self, column: Column) -> str:
        kind = self.table.columns[column.name]
        return f"{column.path.mark}: column {column.name}: holds a value that a column of {kind} does not take"


def view_table(view: View) -> ViewTable:
    """The table of a view; raises Faults where its names or types cannot be those of a table."""
    gather = Gather()
    _check_names(view, gather)
    found = gather.attempt(partial(table_of_view, view))
    gather.close()
    return found or table_of_view(view)


def table_of_view(view: View) -> ViewTable:
    """The same, whatever its names are."""
    gather = Gather()
    columns: dict[str, Kind] = {}
    for column in view.columns:
        columns[column.name] = gather.attempt(partial(kind_of, column)) or Kind.TEXT
        gather.attempt(partial(treatment_of, column))
    gather.close()
    fits = [fit_of(column, columns[column.name]) for column in view.columns]
    placed = tuple((place, fit) for place, fit in enumerate(fits) if fit)
    return ViewTable(view, table_of(view.name, columns), placed)


def table_of(name: str, columns: Mapping[str, Kind]) -> Table:
    """The table of this name for a view with these columns."""
    return Table(name, {**OWN, **columns}, KEY)


def read_kinds(written: str) -> dict[str, Kind]:
    """The columns of a view as `view_tables` holds them."""
    return {name: Kind(kind) for name, kind in orjson.loads(written)}


def write_kinds(kinds: Mapping[str, Kind]) -> str:
    """The columns of a view, in their order, as JSON that keeps it in every engine."""
    return orjson.dumps(list(kinds.items())).decode()


def load_view_tables(folder: Path) -> tuple[ViewTable, ...]:
    """The tables of all views of a folder, none where there is no folder; raises Faults with all that is wrong."""
    gather = Gather()
    views = gather.attempt(partial(load_views, [folder])) if folder.is_dir() else ()
    found = [gather.attempt(partial(view_table, view)) for view in views or ()]
    gather.close()
    return tuple(one for one in found if one)


def _check_names(view: View, gather: Gather) -> None:
    stem = Path(view.mark.file).stem
    if view.name != stem:
        gather.add(view.mark, "V115", "name", f"is not that of the file, {stem!r}", f"write name: {stem}")
    if view.name in TAKEN_TABLES or view.name.startswith(TAKEN_BEGINNINGS):
        gather.add(view.mark, "V116", "name", f"the warehouse has {view.name!r} for itself", "give it another name")
    for name, where, mark in (
        (view.name, "name", view.mark),
        *((column.name, "column", column.mark) for column in view.columns),
    ):
        if name != name.lower() or len(name) > LONGEST:
            hint = f"write small letters, digits and underscores, {LONGEST} at most"
            gather.add(mark, "V118", where, f"{name!r} is another name in another database", hint)
    for column in view.columns:
        if column.name in TAKEN_COLUMNS:
            what = f"the loader has a column {column.name!r} of its own"
            gather.add(column.mark, "V116", "column", what, "give this one another name")
