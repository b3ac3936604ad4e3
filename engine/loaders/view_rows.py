"""The rows of views, written in the transaction that changes `current`: those of a changed resource are replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from engine.canonical.fold import Current
from engine.loaders.currents import Changes
from engine.loaders.tables import Row, Table
from engine.loaders.view_registry import find_in_use
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import OtherViews, Transaction
from engine.views.step import RowError

MOST_TOLD = 100
"""Reasons that are told of; a resource too many is counted only."""

log = structlog.get_logger("load")


class ViewRows:
    """Follows what is current with the rows of each view; a resource that does not fit a view has none in it."""

    def __init__(self, tables: Iterable[ViewTable], unfit: Callable[[str], None] = lambda _view: None) -> None:
        """`unfit` hears the name of the view for each resource that does not fit it."""
        self._tables: Mapping[str, list[ViewTable]] = defaultdict(list)
        for table in tables:
            self._tables[table.view.resource].append(table)
        self._fingerprints = {one.table.name: one.fingerprint for several in self._tables.values() for one in several}
        self._unfit = unfit
        self._told: set[str] = set()

    def __call__(self, transaction: Transaction, changes: Changes, now_us: int) -> Mapping[str, int]:
        """Replace the rows of what changed, after `check` in the same transaction."""
        written: dict[str, int] = {}
        for resource_type, changed in _by_type(changes, self._tables).items():
            gone = [(identity,) for identity in changed if (resource_type, identity) not in changes.fresh]
            for table in self._tables[resource_type]:
                transaction.remove(table.table, ("resource_id",), gone)
                written[table.table.name] = self.write(transaction, table, changed.values(), now_us)
        return written

    def check(self, transaction: Transaction) -> None:
        """Raise OtherViews when the tables that are kept up are not those of these views."""
        if find_in_use(transaction) != self._fingerprints:
            raise OtherViews(
                "the warehouse's tables are of other views than this loader has"
                " - start it again, and see `engine warehouse plan`"
            )

    def write(self, transaction: Transaction, table: ViewTable, held: Iterable[Current | None], now_us: int) -> int:
        """Add the rows of these resources, of which the table has none; returns how many."""
        rows = [row for current in held if current is not None for row in self._rows(table, current, now_us)]
        transaction.insert(table.table, rows)
        return len(rows)

    def _rows(self, table: ViewTable, current: Current, now_us: int) -> list[Row]:
        try:
            return table.rows(current, now_us)
        except RowError as error:
            self._tell(table.table, str(error))
        except Exception as error:  # the edge: nothing that one resource holds may end the loading
            self._tell(table.table, f"{table.view.mark}: {type(error).__name__}")
        return []

    def _tell(self, table: Table, problem: str) -> None:
        self._unfit(table.name)
        if problem not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(problem)
            log.warning("a resource does not fit a view and has no rows in it", view=table.name, problem=problem)


def _by_type(changes: Changes, types: Mapping[str, Sequence[ViewTable]]) -> Mapping[str, dict[str, Current | None]]:
    found: dict[str, dict[str, Current | None]] = defaultdict(dict)
    for (resource_type, identity), current in changes.items():
        if resource_type in types:
            found[resource_type][identity] = current
    return found
