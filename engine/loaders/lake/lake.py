"""The lake: history and receipts in Iceberg, to which rows are only ever added, each record of the bus once.

Each table is committed by itself. A commit adds files and moves the offsets of the partitions that their rows came
from: they stand in the snapshot's summary, so one cannot be had without the other, and a table that is rolled back to
an older snapshot is filled again from there. Of two writers at once the later fails, reads where the table stands now,
and goes on only if that is where it believes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import orjson
import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as Iceberg
from pyiceberg.table import Transaction
from pyiceberg.table.snapshots import Snapshot
from sqlalchemy.exc import SQLAlchemyError

from engine.bus.record import Partition
from engine.loaders.lake.files import remove_files, write_rows
from engine.loaders.lake.schema import KEPT, NAMESPACE, PROPERTIES, partitions_of, schema_of
from engine.loaders.offsets import fence
from engine.loaders.tables import Row, Table
from engine.loaders.warehouse import Overtaken, Unavailable

OFFSETS = "engine.offsets"
"""The entry of a snapshot's summary that holds offsets, as JSON: `{"fhir.patient/0": 12}`."""

ATTEMPTS = 8
PAUSE = 0.05
"""Seconds before a commit is tried again, twice as many each time."""

Offsets = Mapping[Partition, int]
Change = Callable[[Transaction, dict[str, str]], None]
"""Changes a table in a transaction; the properties are for the snapshots that it makes."""


class Lake:
    """The tables of one catalog; any number of processes may write."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def migrate(self) -> None:
        """Create tables and columns that are missing; raises Unavailable."""
        with translated():
            self.catalog.create_namespace_if_not_exists(NAMESPACE)
            for table in KEPT:
                self._prepare(table)

    def held(self, table: Table) -> Iceberg:
        """The table as it is now."""
        with translated():
            return self.catalog.load_table(f"{NAMESPACE}.{table.name}")

    def offsets(self) -> dict[Partition, int]:
        """The next offset of each partition that was loaded from, over all tables."""
        return {at: to for table in KEPT for at, to in read_offsets(self.held(table)).items()}

    def append(self, table: Table, rows: Sequence[Row], stands: Offsets, offsets: Offsets) -> None:
        """Add the rows and move to `offsets`; raises Overtaken when the table does not stand where `stands` says.

        After Unavailable, the rows stand or do not: where the table stands tells.
        """
        held = self.held(table)
        fence(read_offsets(held), stands, offsets)
        with translated():
            files = write_rows(held, table, rows)
        try:
            self.commit(table, partial(_add, files), stands, offsets)
        except Overtaken:
            with translated():
                remove_files(held, files)
            raise

    def commit(self, table: Table, change: Change, stands: Offsets, offsets: Offsets) -> None:
        """Change the table as it is now, and once more when somebody else was quicker; raises as `append` does."""
        for attempt in range(ATTEMPTS):
            held = self.held(table)
            stored = read_offsets(held)
            fence(stored, stands, offsets)
            try:
                with translated(), held.transaction() as transaction:
                    change(transaction, {OFFSETS: write_offsets({**stored, **offsets})})
            except CommitFailedException:
                time.sleep(PAUSE * 2**attempt)
            else:
                return
        raise Unavailable(f"the lake's table {table.name} changes all the time - are too many writing to it?")

    def _prepare(self, table: Table) -> None:
        name, schema = f"{NAMESPACE}.{table.name}", schema_of(table)
        spec, properties = partitions_of(table), dict(PROPERTIES)
        held = self.catalog.create_table_if_not_exists(name, schema, partition_spec=spec, properties=properties)
        if set(schema.column_names) - set(held.schema().column_names):
            with held.update_schema() as update:
                update.union_by_name(schema)


def read_offsets(held: Iceberg) -> dict[Partition, int]:
    """Where a table stands: what its newest snapshot says, or the newest that says so; raises Unavailable if none does.

    Whoever else rewrites files makes snapshots without offsets, which change nothing of what was loaded.
    """
    snapshot = held.current_snapshot()
    if snapshot is None:
        return {}
    told = next(filter(None, map(_told_by, _ancestry(held, snapshot))), None)
    if told is None:
        name = ".".join(held.name())
        raise Unavailable(f"no snapshot of {name} says where it stands - roll it back to one that has {OFFSETS}")
    written: dict[str, int] = orjson.loads(told)
    parted = ((place.rpartition("/"), offset) for place, offset in written.items())
    return {Partition(topic, int(number)): offset for (topic, _, number), offset in parted}


def write_offsets(offsets: Offsets) -> str:
    """Offsets as a snapshot's summary has them."""
    return orjson.dumps({f"{at.topic}/{at.number}": to for at, to in sorted(offsets.items())}).decode()


@contextmanager
def translated() -> Iterator[None]:
    """Say of what catalog and files do not do that it may pass."""
    try:
        yield
    except CommitFailedException:
        raise
    except (SQLAlchemyError, OSError, pa.ArrowException, NoSuchTableError) as error:
        raise Unavailable(f"the lake cannot be reached or cannot be written ({type(error).__name__})") from None


def _add(files: Iterable[DataFile], transaction: Transaction, properties: dict[str, str]) -> None:
    with transaction.update_snapshot(snapshot_properties=properties).merge_append() as update:
        for file in files:
            update.append_data_file(file)


def _told_by(snapshot: Snapshot) -> str | None:
    return snapshot.summary.additional_properties.get(OFFSETS) if snapshot.summary else None


def _ancestry(held: Iceberg, snapshot: Snapshot | None) -> Iterator[Snapshot]:
    while snapshot:
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = held.snapshot_by_id(parent) if parent is not None else None
