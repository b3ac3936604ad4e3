"""`engine alerts bulletin`: a week of the diseases that must be notified against the four weeks before."""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import orjson
import typer
from rich.table import Table

from engine.alerts.surveillance.bulletin import EVERYWHERE, Bulletin, Counted, bulletin, most, weeks_before
from engine.alerts.surveillance.weeks import Week, day_of, read_week, week_of
from engine.commands.explain.shown import wide_console
from engine.config import Settings
from engine.loaders.warehouse import QueryRefused, Reader
from engine.parts import now_us, open_reader

FAULTY = 2
MOST = 1_000_000
COLUMNS = ("week", "disease", "place", "name", "cases", "mean_before", "change", "since_week_1")


Form = Literal["table", "json", "csv"]
By = Literal["commune", "district", "city"]
"""Of what the figures are; a district of before July 2025 has the communes most of whose former wards were in it."""


class Asked(NamedTuple):
    """What somebody wants to see; the week is the last whole one where none is named."""

    week: str
    by: By
    disease: str
    places: int
    """How many places of each disease; 0 for all."""


def print_bulletin(settings: Settings, asked: Asked, form: Form) -> int:
    """Print the figures; returns 2 where the warehouse has no model."""
    week = _week(asked.week)
    reader = open_reader(settings)
    try:
        found, names = read_bulletin(reader, week, asked), _names(reader, asked.by)
    except QueryRefused as refused:
        sys.stderr.write(f"{refused}\nthe model is not there: see `engine warehouse plan`, and start the loader\n")
        return FAULTY
    finally:
        reader.close()
    places = 1 if asked.by == "city" else asked.places
    rows = list(_rows(week, found, names, places, asked.by))
    if form == "table":
        _print_table(week, rows)
    else:
        {"json": _print_json, "csv": _print_csv}[form](rows)
    return 0


def read_bulletin(reader: Reader, week: Week, asked: Asked) -> Bulletin:
    """The figures as the warehouse's cases have them; raises QueryRefused."""
    place_of = _places(reader) if asked.by == "district" else dict[str, str]()
    stop = week.sunday + timedelta(days=1)
    by_week = reader.query(_question(_WEEK, weeks_before(week)[-1].monday, stop), MOST).rows
    by_year = reader.query(_question("''", Week(week.year, 1).monday, stop), MOST).rows
    named = _diseases(reader, asked.disease)
    counted = [
        Counted(named[code], place_of.get(place, place), week_of(date.fromisoformat(monday)), int(cases))
        for code, place, monday, cases in by_week
        if code in named
    ]
    years: Counter[tuple[str, str]] = Counter()
    for code, place, _, cases in by_year:
        if code in named:
            years[named[code], place_of.get(place, place)] += int(cases)
    return bulletin(counted, years, week)


_WEEK = "cast(cast(date_trunc('week', day) as date) as varchar)"


def _question(span: str, first: date, stop: date) -> str:
    days = f"day >= date '{first}' and day < date '{stop}'"
    asked = f"select code, commune, {span}, sum(cases) from notifiable_by_day"  # noqa: S608 - texts of this file
    return f"{asked} where {days} group by 1, 2, 3"


def _diseases(reader: Reader, begins: str) -> Mapping[str, str]:
    """The diseases by their codes, of those that begin so."""
    rows = reader.query("select code, disease from notifiable_diseases", MOST).rows
    return {code: disease for code, disease in rows if code.startswith(begins)}


def _places(reader: Reader) -> Mapping[str, str]:
    """The district of before that each commune lies in, by its code."""
    rows = reader.query("select commune, old_district from commune_links where is_default", MOST).rows
    wards: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for commune, district in rows:
        wards[commune][district] += 1
    return {commune: min(found, key=lambda one: (-found[one], one)) for commune, found in wards.items()}


def _names(reader: Reader, by: By) -> Mapping[str, str]:
    return dict(reader.query("select commune, name from communes", MOST).rows) if by == "commune" else {}


def _rows(week: Week, found: Bulletin, names: Mapping[str, str], places: int, by: By) -> Iterator[dict[str, Any]]:
    for disease, by_place in found.items():
        for place, one in most(by_place, places).items():
            if place == EVERYWHERE or by != "city":
                where = {"place": place or "all", "name": names.get(place, "")}
                yield {"week": str(week), "disease": disease, **where, **one._asdict()}


def _print_json(rows: list[dict[str, Any]]) -> None:
    sys.stdout.write(orjson.dumps(rows).decode() + "\n")


def _print_csv(rows: list[dict[str, Any]]) -> None:
    written = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    written.writeheader()
    written.writerows(rows)


def _print_table(week: Week, rows: list[dict[str, Any]]) -> None:
    title = f"week {week}, {week.monday:%d.%m.%Y} to {week.sunday:%d.%m.%Y}"
    table = Table(title=title + _so_far(week), title_justify="left", box=None, pad_edge=False)
    for column, side in zip(SHOWN, SIDES, strict=True):
        table.add_column(column, justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(SHOWN[column](row) for column in SHOWN))
    wide_console().print(table, markup=False)


SHOWN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "disease": lambda row: row["disease"] if row["place"] == "all" else "",
    "place": lambda row: f"{row['place']} {row['name']}".strip(),
    "cases": lambda row: str(row["cases"]),
    "mean of 4 before": lambda row: f"{row['mean_before']:.2f}",
    "change": lambda row: "" if row["change"] is None else f"{row['change']:+.0%}",
    "since week 1": lambda row: str(row["since_week_1"]),
}
SIDES: tuple[Any, ...] = ("left", "left", "right", "right", "right", "right")


def _so_far(week: Week) -> str:
    return ", so far" if week.sunday >= day_of(now_us()) else ""


def _week(text: str) -> Week:
    try:
        return read_week(text) if text else week_of(day_of(now_us())).before(1)
    except ValueError:
        raise typer.BadParameter(f"{text!r} names no week - write 2026-W47, or a day in it, 2026-11-20") from None
