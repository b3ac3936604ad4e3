"""Filling tables of views from what is current, batch by batch, while loading goes on between the batches.

Each batch is a transaction that notes how far it came, so that filling goes on where it was broken off. What changes
meanwhile is written by the loader; a resource that is reached later is written again, to the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from engine.loaders.rows import read_current
from engine.loaders.view_registry import Registered, State, find_registered, note
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Transaction, Warehouse

BATCH = 2000
"""Resources a transaction, so that loading waits no longer than for a batch of its own."""


class Filled(NamedTuple):
    """What one batch did."""

    view: str
    resources: int
    rows: int
    is_whole: bool


class Filling:
    """Fills the tables that are not whole, one after the other."""

    def __init__(
        self,
        warehouse: Warehouse,
        tables: Iterable[ViewTable],
        writer: ViewRows,
        now_us: Callable[[], int],
        batch: int = BATCH,
    ) -> None:
        self._warehouse = warehouse
        self._tables = {table.table.name: table for table in tables}
        self._writer = writer
        self._now_us = now_us
        self._batch = batch
        self.is_done = False
        """Whether every table was seen to be whole."""

    def step(self) -> Filled | None:
        """Fill one batch, None when there is nothing to fill; raises WarehouseError."""
        if self.is_done:
            return None
        with self._warehouse.transaction() as transaction:
            self._writer.check(transaction)
            filling = [one for one in find_registered(transaction).values() if one.state is State.FILLING]
            if filling:
                return self._fill(transaction, min(filling))
        self.is_done = True
        return None

    def _fill(self, transaction: Transaction, held: Registered) -> Filled:
        table, now_us = self._tables[held.name], self._now_us()
        page = transaction.page(held.resource_type, held.filled_to, self._batch)
        current = [read_current(row) for row in page.rows]
        transaction.remove(table.table, ("resource_id",), [(one.id,) for one in current])
        rows = self._writer.write(transaction, table, current, now_us)
        is_whole = len(current) < self._batch
        note(transaction, held, State.WHOLE if is_whole else State.FILLING, "" if is_whole else page.last, now_us)
        return Filled(held.name, len(current), rows, is_whole)
