"""Data files of the lake: rows written as Parquet, one file a month, before any commit tells of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import uuid4

import pyarrow as pa
from pyiceberg.io.pyarrow import write_file
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey
from pyiceberg.table import Table as Iceberg
from pyiceberg.table import WriteTask

from engine.loaders.lake.schema import RECEIVED, SORTED, month_of
from engine.loaders.tables import Row, Table


def write_rows(held: Iceberg, table: Table, rows: Sequence[Row]) -> list[DataFile]:
    """Write rows to new files; they are of no effect until a commit names them."""
    place = list(table.columns).index(RECEIVED)
    months: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        months[month_of(row[place])].append(row)
    tables = ((month, to_arrow(held, table, of_month)) for month, of_month in sorted(months.items()))
    return list(write_tables(held, table, tables))


def write_tables(held: Iceberg, table: Table, tables: Iterable[tuple[int, pa.Table]]) -> Iterator[DataFile]:
    """Write Arrow tables, each of one month, sorted, to a file each."""
    spec, schema, unique = held.spec(), held.schema(), uuid4()
    order = [(column, "ascending") for column in SORTED[table.name]]
    tasks = (
        WriteTask(
            write_uuid=unique,
            task_id=number,
            schema=schema,
            record_batches=rows.sort_by(order).combine_chunks().to_batches(),
            partition_key=PartitionKey([PartitionFieldValue(spec.fields[0], month)], spec, schema),
        )
        for number, (month, rows) in enumerate(tables)
    )
    return write_file(held.io, held.metadata, tasks)


def to_arrow(held: Iceberg, table: Table, rows: Sequence[Row]) -> pa.Table:
    """Rows of the warehouse's table as the lake's table has them; columns that only the lake has are empty."""
    values = dict(zip(table.columns, zip(*rows, strict=True), strict=True))
    schema = held.schema().as_arrow()
    arrays = [pa.array(values.get(field.name, [None] * len(rows)), field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def remove_files(held: Iceberg, files: Iterable[DataFile]) -> None:
    """Delete files that no commit names."""
    for file in files:
        held.io.delete(file.file_path)
