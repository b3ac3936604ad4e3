"""Files of what was counted in the years before: CSV, a row for a week or a month of a year, disease and commune."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.alerts.surveillance.communes import Communes, communes
from engine.alerts.surveillance.history import History
from engine.alerts.surveillance.weeks import last_week
from engine.language.document import Node
from engine.language.gather import Gather
from engine.language.sheet import read_sheet

COLUMNS = ("disease", "list", "commune", "year", "week", "month", "cases", "epidemic")
LISTS = ("2025", "legacy")
"""Whose codes a row's commune is of: those since July 2025, or those before."""
MONTHS = 12

Key = tuple[str, str]
"""A disease and a commune of today."""


class Row(NamedTuple):
    """One count; `week` or `month` is 0 where it is of the other."""

    disease: str
    commune: str
    year: int
    week: int
    month: int
    cases: int
    epidemic: bool
    divided: bool


class Read(NamedTuple):
    """The histories of a file, and how many of its cases are of wards that were divided."""

    histories: Mapping[Key, History]
    cases: int
    divided: int


def read_history(path: Path) -> Read:
    """The histories that a file tells of; raises Faults with everything that is wrong in it."""
    gather, known = Gather(), communes()
    node = read_sheet(path, COLUMNS, ())
    rows = [row for entry in gather.entries(node) if (row := _row(entry, known, gather))]
    gather.close()
    return Read(_histories(rows), sum(one.cases for one in rows), sum(one.cases for one in rows if one.divided))


def _histories(rows: Iterable[Row]) -> dict[Key, History]:
    """Every year that a file knows of a disease is known of each of its communes: a quiet year has no rows."""
    years: dict[tuple[str, bool], set[int]] = {}
    counts: dict[Key, dict[tuple[bool, int, int], int]] = {}
    epidemics: dict[Key, set[int]] = {}
    for row in rows:
        key, weekly = (row.disease, row.commune), bool(row.week)
        years.setdefault((row.disease, weekly), set()).add(row.year)
        cell = (weekly, row.year, row.week or row.month)
        held = counts.setdefault(key, {})
        held[cell] = held.get(cell, 0) + row.cases
        if row.epidemic:
            epidemics.setdefault(key, set()).add(row.year)
    return {
        key: History(
            _table(held, weekly=True, years=years.get((key[0], True), set())),
            _table(held, weekly=False, years=years.get((key[0], False), set())),
            frozenset(epidemics.get(key, ())),
        )
        for key, held in sorted(counts.items())
    }


def _table(held: Mapping[tuple[bool, int, int], int], *, weekly: bool, years: set[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {year: {} for year in sorted(years)}
    for (is_week, year, number), count in sorted(held.items()):
        if is_week is weekly and count:
            found[year][number] = count
    return found


def _row(node: Node, known: Communes, gather: Gather) -> Row | None:
    def number(name: str, most: int) -> int | None:
        text = gather.text(node.get(name), name) or "0"
        if text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most:
            return int(text)
        gather.add(node.mark, "A130", name, f"{text!r} is no number up to {most}", "write digits alone")
        return None

    year, cases = number("year", 9998), number("cases", 10_000_000)
    week, month = number("week", last_week(year) if year else 53), number("month", MONTHS)
    place = _commune(node, known, gather)
    if year is None or cases is None or week is None or month is None or place is None:
        return None
    if bool(week) == bool(month):
        gather.add(node.mark, "A131", "week", "a row is of a week or of a month", "fill one of the two columns")
        return None
    code, divided = place
    epidemic = gather.text(node.get("epidemic"), "epidemic") in ("1", "yes", "true")
    return Row(gather.text(node.get("disease"), "disease"), code, year, week, month, cases, epidemic, divided)


def _commune(node: Node, known: Communes, gather: Gather) -> tuple[str, bool] | None:
    """The commune of today, and whether the ward that the row names was divided."""
    code, listed = gather.text(node.get("commune"), "commune"), gather.text(node.get("list"), "list")
    if listed not in LISTS:
        what = f"{listed!r} is no list of communes"
        gather.add(node.mark, "A132", "list", what, f"write {' or '.join(LISTS)}")
        return None
    found = known.today(code, legacy=listed == "legacy")
    if found is None:
        gather.add(node.mark, "A133", "commune", f"{code!r} is no code of the list {listed}", "see `list`, or the code")
        return None
    return found, listed == "legacy" and code in known.divided
