"""The dimensions of the warehouse's model: what facts are counted by, from the registry, lists and a calendar."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from engine.facilities.facility import Facility
from engine.loaders.tables import Kind, Row, Table
from engine.loaders.warehouse import Transaction

LISTS = Path(__file__).with_name("lists")
FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2040, 12, 31)
LAST_WORKDAY = 5
"""Friday, of days of the week that count from Monday."""


class Dimension(NamedTuple):
    """A table that is written anew as a whole; `about` says what a row is, `told` what each column holds."""

    table: Table
    about: str
    told: Mapping[str, str]


FACILITIES = Dimension(
    Table("facilities", dict.fromkeys(("code", "name", "sector", "kind", "level", "commune"), Kind.TEXT), ("code",)),
    "Facilities of the registry. One row a facility.",
    {
        "code": "The code of the facility, as `facility` is in other tables.",
        "name": "What people call it.",
        "sector": "public, ministerial or private.",
        "kind": "hospital, centre, station, clinic or platform.",
        "level": "Its level of care: initial, basic or specialized; empty where the registry does not say.",
        "commune": "The commune that it stands in; a row of communes.",
    },
)
DEPARTMENTS = Dimension(
    Table("departments", dict.fromkeys(("facility", "department"), Kind.TEXT), ("facility", "department")),
    "Departments that the registry lists. One row a department of a facility.",
    {"facility": "The code of the facility.", "department": "The code of the department (PV1-3.1)."},
)
COMMUNES = Dimension(
    Table(
        "communes",
        {
            **dict.fromkeys(("commune", "name", "kind", "former_provinces"), Kind.TEXT),
            **dict.fromkeys(("latitude", "longitude", "square_kilometres"), Kind.FLOAT),
        },
        ("commune",),
    ),
    "The 168 communes of Ho Chi Minh City since 1 July 2025. One row a commune.",
    {
        "commune": "The code, five digits.",
        "name": "The name.",
        "kind": "phuong (ward), xa (commune) or dac_khu (special zone).",
        "former_provinces": "The province that it was part of before: 74, 77 or 79.",
        "latitude": "Degrees north of its middle.",
        "longitude": "Degrees east of its middle.",
        "square_kilometres": "Its area.",
    },
)
COMMUNE_LINKS = Dimension(
    Table(
        "commune_links",
        {
            **dict.fromkeys(("old_code", "old_name", "old_district", "old_province", "commune", "share"), Kind.TEXT),
            "is_default": Kind.TRUTH,
        },
        ("old_code", "commune"),
    ),
    "What each unit of before July 2025 became. One row a unit and commune that it is a part of now.",
    {
        "old_code": "The code of the ward of before; empty for a district without wards.",
        "old_name": "Its name.",
        "old_district": "The district that it was in.",
        "old_province": "The province that it was in.",
        "commune": "The commune of today; a row of communes.",
        "share": "whole or part of the old unit.",
        "is_default": "Whether this commune got most of the old unit: one a unit.",
    },
)
CHAPTERS = Dimension(
    Table(
        "icd10_chapters",
        dict.fromkeys(("chapter", "first_code", "last_code", "name", "name_vi"), Kind.TEXT),
        ("chapter",),
    ),
    "The chapters of ICD-10. One row a chapter; a code is in it where its first three characters lie between.",
    {
        "chapter": "The number of the chapter, I to XXII.",
        "first_code": "The first code of three characters.",
        "last_code": "The last one.",
        "name": "What it is about.",
        "name_vi": "The same in Vietnamese.",
    },
)
NOTIFIABLE = Dimension(
    Table("notifiable_diseases", dict.fromkeys(("code", "disease", "deadline"), Kind.TEXT), ("code",)),
    "Diseases that must be notified (decision 97/QĐ-PB of 30 June 2026, list 01). One row a code of ICD-10.",
    {
        "code": "Three or five characters; the longer one that fits a diagnosis is that of it.",
        "disease": "The disease, or several that share the code.",
        "deadline": "24h, 48h or week.",
    },
)
DAYS = Dimension(
    Table(
        "days",
        {
            "day": Kind.DATE,
            **dict.fromkeys(("year", "month", "weekday", "iso_year", "iso_week"), Kind.NUMBER),
            "week": Kind.TEXT,
            "holiday": Kind.TEXT,
            "is_workday": Kind.TRUTH,
        },
        ("day",),
    ),
    "Days from 2010 to 2040. One row a day.",
    {
        "day": "The day.",
        "year": "Its year.",
        "month": "Its month, 1 to 12.",
        "weekday": "Its day of the week, 1 for Monday to 7.",
        "iso_year": "The year that its week belongs to (ISO 8601).",
        "iso_week": "The number of the week (ISO 8601).",
        "week": "Both, as in 2026-W05.",
        "holiday": "The public holiday of Vietnam, empty on other days; of years to come as the law says now.",
        "is_workday": "Monday to Friday, and no holiday.",
    },
)
DIMENSIONS = (FACILITIES, DEPARTMENTS, COMMUNES, COMMUNE_LINKS, CHAPTERS, NOTIFIABLE, DAYS)


def write_facilities(transaction: Transaction, facilities: Iterable[Facility]) -> None:
    """Put what the registry says in place of what it said."""
    known = list(facilities)
    rows = [(one.code, one.name, one.sector, one.kind, one.level, one.commune) for one in known]
    _write(transaction, FACILITIES, rows)
    pairs = [(one.code, name) for one in known for name in dict.fromkeys(one.departments)]
    _write(transaction, DEPARTMENTS, pairs)


def write_lists(transaction: Transaction) -> None:
    """Put communes, chapters, diseases and days in place of those that an older engine wrote."""
    for dimension in (COMMUNES, COMMUNE_LINKS, CHAPTERS, NOTIFIABLE):
        _write(transaction, dimension, list(_listed(dimension.table)))
    _write(transaction, DAYS, list(_days()))


def _write(transaction: Transaction, dimension: Dimension, rows: Sequence[Row]) -> None:
    transaction.clear(dimension.table)
    transaction.insert(dimension.table, rows)


def _listed(table: Table) -> Iterator[Row]:
    with (LISTS / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            yield tuple(_READ[kind](line[name]) for name, kind in table.columns.items())


_READ: Mapping[Kind, Callable[[str], Any]] = {Kind.TEXT: str, Kind.FLOAT: float, Kind.TRUTH: lambda text: text == "1"}


def _days() -> Iterator[Row]:
    from holidays import country_holidays  # takes a while, and a loader that finds the days there does not need it

    feasts = country_holidays("VN", years=range(FIRST_DAY.year, LAST_DAY.year + 1), language="vi")
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        year, week, weekday = day.isocalendar()
        feast = feasts.get(day, "")
        is_workday = weekday <= LAST_WORKDAY and not feast
        yield (day, day.year, day.month, weekday, year, week, f"{year}-W{week:02d}", feast, is_workday)
