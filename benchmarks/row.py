"""A figure as the benchmarks print it."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One figure and what it should be."""

    measure: str
    value: float
    unit: str
    goal: str = ""
