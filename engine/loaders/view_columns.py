"""The columns of views as columns of tables: which kind each is, and how a value becomes one of that kind.

A value that its column cannot hold exactly is no value there (NULL) where FHIR allows it to be so, as `1980-03` in a
DATE; where FHIR does not, the resource does not fit the view.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

import orjson

from engine.language.fault import Fault, Faults, nearest
from engine.loaders.tables import Kind
from engine.views import kinds
from engine.views.definition import Column
from engine.views.fingerprint import ANSI_TYPE
from engine.views.moments import TEMPORAL

Fit = Callable[[Any], Any]

ANSI_TYPES = {
    **dict.fromkeys(("CHARACTER", "CHAR", "CHARACTER VARYING", "VARCHAR", "CHARACTER LARGE OBJECT", "CLOB"), Kind.TEXT),
    **dict.fromkeys(("SMALLINT", "INTEGER", "INT", "BIGINT"), Kind.NUMBER),
    **dict.fromkeys(("REAL", "FLOAT", "DOUBLE PRECISION"), Kind.FLOAT),
    **dict.fromkeys(("DECIMAL", "DEC", "NUMERIC"), Kind.DECIMAL),
    "BOOLEAN": Kind.TRUTH,
    "DATE": Kind.DATE,
    "TIMESTAMP WITH TIME ZONE": Kind.TIME,
    "JSON": Kind.JSON,
}
"""The kinds of the types that SQL's standard names; lengths in parentheses are left out."""

_TAKEN = {
    Kind.TEXT: kinds.PRIMITIVES,
    Kind.NUMBER: kinds.INTEGERS,
    Kind.FLOAT: kinds.NUMBERS,
    Kind.DECIMAL: kinds.NUMBERS,
    Kind.TRUTH: kinds.BOOLEAN,
    Kind.DATE: frozenset({"date", "dateTime", "instant"}),
    Kind.TIME: frozenset({"date", "dateTime", "instant"}),
}
"""The FHIR types of values that may stand in a column of a kind; all of them may in one of JSON."""

UNFIT = (ArithmeticError, TypeError, ValueError)
"""What is raised for a value that its column does not take."""
_PARENTHESES = re.compile(r"\s*\([0-9, ]*\)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T|\Z)", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACES = Decimal("1E-9")
_GREATEST = 1e29
_BITS = 63


def kind_of(column: Column) -> Kind:
    """The kind of a view's column in its table; raises Faults for a tag that names none, or one that cannot be."""
    tags = [value for name, value in column.tags if name == ANSI_TYPE]
    if not tags:
        return _natural(column)
    kind = ANSI_TYPES.get(" ".join(_PARENTHESES.sub("", tags[-1]).upper().split()))
    if kind is None:
        hint = nearest(tags[-1].upper(), ANSI_TYPES) or f"write one of {', '.join(ANSI_TYPES)}"
        raise Faults([Fault(column.mark, "V117", column.name, f"the engine has no type {tags[-1]!r}", hint)])
    is_list = column.collection or (column.type and column.type not in kinds.PRIMITIVES)
    if kind is not Kind.JSON and (is_list or (column.type and column.type not in _TAKEN[kind])):
        what = f"a column of {'several values' if column.collection else column.type} cannot be {tags[-1]}"
        raise Faults(
            [Fault(column.mark, "V117", column.name, what, "take the tag out, or give the column another type")]
        )
    return kind


def fit_of(column: Column, kind: Kind) -> Fit | None:
    """What makes a value one of its table's column, None where each is already; raises UNFIT."""
    if kind is Kind.TRUTH or (kind is Kind.TEXT and column.type in kinds.TEXTS | TEMPORAL):
        return None
    return _FITS[kind]


def _natural(column: Column) -> Kind:
    """The kind that follows from the FHIR type: dates are text, since they may be partial."""
    if column.collection or (column.type and column.type not in kinds.PRIMITIVES):
        return Kind.JSON
    if column.type in kinds.BOOLEAN:
        return Kind.TRUTH
    if column.type in kinds.INTEGERS:
        return Kind.NUMBER
    return Kind.FLOAT if column.type == "decimal" else Kind.TEXT


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _number(value: Any) -> int:
    if type(value) is not int or value.bit_length() > _BITS:
        raise ValueError
    return value


def _float(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError
    return float(value)


def _decimal(value: Any) -> Decimal:
    if type(value) is not float:
        return Decimal(_number(value)).quantize(_PLACES, ROUND_HALF_EVEN)
    if not -_GREATEST < value < _GREATEST:
        raise ValueError
    return Decimal(repr(value)).quantize(_PLACES, ROUND_HALF_EVEN)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


@lru_cache(maxsize=1024)
def _date(value: str) -> date | None:
    """The day as the sender wrote it; None for a date that is not known to the day, or that no calendar has."""
    if not _DAY.match(value):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _moment(value: str) -> int | None:
    """Microseconds since the epoch; None for a moment without a clock or a zone, or that no calendar has."""
    if not _MOMENT.match(value):
        return None
    try:
        return (datetime.fromisoformat(value).astimezone(UTC) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


_FITS: dict[Kind, Fit] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.FLOAT: _float,
    Kind.DECIMAL: _decimal,
    Kind.JSON: _json,
    Kind.DATE: _date,
    Kind.TIME: _moment,
}
