"""The rows of a fake warehouse where SQL can be asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.tables import TABLES, VIEW_TABLES, Row
from engine.loaders.view_tables import read_kinds, table_of

Tables = dict[str, dict[Row, Row]]
"""The rows of each table by their keys; it outlives every process."""


def no_rows() -> Tables:
    """Every table, empty."""
    return {table.name: {} for table in TABLES}


class Mirror:
    """One DuckDB that takes on the rows of any fake, so that SQL can be asked."""

    def __init__(self) -> None:
        self._warehouse = DuckdbWarehouse(Path(":memory:"))
        self._warehouse.migrate()
        self._shown = no_rows()

    def show(self, tables: Tables) -> DuckdbWarehouse:
        """Hold these rows."""
        views = [table_of(name, read_kinds(kinds)) for name, _, _, kinds, *_ in tables[VIEW_TABLES.name].values()]
        with self._warehouse.transaction() as transaction:
            for table in (*TABLES, *views):
                if table.name not in self._shown:
                    transaction.create(table)
                shown, wanted = self._shown.get(table.name, {}), tables[table.name]
                transaction.remove(table, table.key, [key for key in shown if shown[key] != wanted.get(key)])
                transaction.insert(table, [row for key, row in wanted.items() if shown.get(key) != row])
        self._shown |= {table.name: dict(tables[table.name]) for table in (*TABLES, *views)}
        return self._warehouse


@cache
def mirror() -> Mirror:
    """The one that there is."""
    return Mirror()
