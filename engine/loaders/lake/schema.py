"""The tables of the lake as Iceberg has them: the columns of the warehouse's tables, divided by month of receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import BooleanType, LongType, NestedField, PrimitiveType, StringType, TimestamptzType

from engine.loaders.tables import HISTORY, RECEIPTS, Kind, Row, Table

NAMESPACE = "engine"
KEPT: tuple[Table, ...] = (HISTORY, RECEIPTS)
"""The tables that the lake has."""

RECEIVED = "received"
SORTED = {HISTORY.name: ("resource_type", "id"), RECEIPTS.name: ("facility", "message_type")}
"""What the rows of each file are sorted by, so that a reader passes over most of them."""

PROPERTIES = {
    "commit.retry.num-retries": "0",
    "commit.manifest-merge.enabled": "true",
    "write.parquet.compression-codec": "zstd",
    "write.parquet.row-group-limit": "50000",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}
"""The library itself may not try again: it would put the same rows after those of whoever was quicker."""

_TYPES: dict[Kind, type[PrimitiveType]] = {
    Kind.TEXT: StringType,
    Kind.NUMBER: LongType,
    Kind.TRUTH: BooleanType,
    Kind.JSON: StringType,
    Kind.TIME: TimestamptzType,
}
LATEST_US = 253_402_300_800_000_000
"""The end of the year 9999, after which no moment has a month."""

_FIRST_PARTITION_ID = 1000
_MONTHS = 12


def schema_of(table: Table) -> Schema:
    """The columns of a table, numbered from 1; none is required, so that columns may be added."""
    fields = [NestedField(place, name, _TYPES[kind](), required=False) for place, (name, kind) in _columns(table)]
    return Schema(*fields)


def partitions_of(table: Table) -> PartitionSpec:
    """By month of receipt."""
    place = list(table.columns).index(RECEIVED) + 1
    return PartitionSpec(PartitionField(place, _FIRST_PARTITION_ID, MonthTransform(), f"{RECEIVED}_month"))


def month_of(microseconds: int) -> int:
    """The month of a time as Iceberg counts them, from January 1970."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return (moment.year - 1970) * _MONTHS + moment.month - 1


def fits(table: Table, row: Row) -> bool:
    """Whether the lake's columns take the values of a row."""
    return all(_FITS[kind](value) for kind, value in zip(table.columns.values(), row, strict=True))


def _is_text(value: Any) -> bool:
    try:
        return bool(value.encode() or True)
    except UnicodeError:
        return False


_FITS: dict[Kind, Callable[[Any], bool]] = {
    Kind.TEXT: _is_text,
    Kind.NUMBER: lambda value: abs(value) < 1 << 63,
    Kind.TRUTH: lambda _value: True,
    Kind.JSON: _is_text,
    Kind.TIME: lambda value: 0 <= value < LATEST_US,
}


def _columns(table: Table) -> list[tuple[int, tuple[str, Kind]]]:
    return list(enumerate(table.columns.items(), 1))
