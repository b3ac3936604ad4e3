"""Defining the model in a warehouse: its functions and views, those for analysts, and the dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

import structlog

from engine.facilities.facility import Facility, Registry
from engine.loaders.dimensions import DIMENSIONS, LISTS, write_facilities, write_lists
from engine.loaders.model import ORDER, fingerprint, functions, lacking, model_views
from engine.loaders.pseudonyms import PREFIX, SCHEMA, analyst_views
from engine.loaders.tables import Kind, Table
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Transaction, Warehouse

MODEL = Table("model", {"name": Kind.TEXT, "fingerprint": Kind.TEXT}, ("name",))
"""What was defined last."""

EVERY = 30.0
"""Seconds between two looks at the registry."""

_NAME = "model"

log = structlog.get_logger("load")


def define(warehouse: Warehouse, tables: Sequence[ViewTable], facilities: Iterable[Facility]) -> None:
    """Define the model over these tables where it is not as it should be, and note what the registry says.

    Nothing is defined where views that it is made of are not there; raises WarehouseError.
    """
    missing = lacking([one.table.name for one in tables])
    if missing:
        log.warning("there is no model: it needs views that are not there", views=missing)
        return
    statements = list(_statements(warehouse.engine, tables))
    wanted = fingerprint(warehouse.engine, "\n".join((*statements, _lists())))
    with warehouse.transaction() as transaction:
        write_facilities(transaction, facilities)
        if transaction.find(MODEL, ("fingerprint",), ("name",), [(_NAME,)]) != [(wanted,)]:
            _define(transaction, statements)
            transaction.remove(MODEL, MODEL.key, [(_NAME,)])
            transaction.insert(MODEL, [(_NAME, wanted)])
            log.info("the model is defined", views=len(ORDER))


class Registered:
    """Follows the registry: what `look` finds new in it is written, seldom looked for and between two batches."""

    def __init__(self, warehouse: Warehouse, look: Callable[[], Registry | None], clock: Callable[[], float]) -> None:
        self._warehouse = warehouse
        self._look = look
        self._clock = clock
        self._next = clock() + EVERY
        self._due: Registry | None = None

    def follow(self) -> None:
        """Write a registry that is new; raises WarehouseError, and tries again with the next call then."""
        if self._clock() >= self._next:
            self._next = self._clock() + EVERY
            self._due = self._look() or self._due
        if self._due is not None:
            with self._warehouse.transaction() as transaction:
                write_facilities(transaction, self._due)
            self._due = None


def _define(transaction: Transaction, statements: Sequence[str]) -> None:
    for statement in statements:
        transaction.run(statement)
    write_lists(transaction)


def _statements(engine: str, tables: Sequence[ViewTable]) -> Iterator[str]:
    """Everything of before goes and comes again: an engine may refuse to replace a view by one of other columns."""
    dimensions = [one.table.name for one in DIMENSIONS]
    analysts = any(one.table.name.startswith(PREFIX) for one in tables)
    yield f"drop schema if exists {SCHEMA} cascade"
    yield from (f"drop view if exists {name} cascade" for name in reversed(ORDER))
    yield functions(engine)
    yield from (f"create view {one.name} as {one.sql}" for one in model_views())
    if analysts:
        yield from analyst_views(engine, tables, model_views(), dimensions)


def _lists() -> str:
    files = sorted(LISTS.glob("*.csv"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
