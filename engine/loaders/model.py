"""The model over the tables of views: facts and coverage as views in SQL, one file each, the same SQL for both engines.

A file begins with what a row is, and what each column holds; docs/reference/model.md is made of that.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("sql") / "model"
ORDER = (
    "surviving_patients",
    "place_departments",
    "counted_visits",
    "visits_by_day",
    "admissions_by_day",
    "bed_days_by_day",
    "results_by_day",
    "notifiable_visits",
    "notifiable_by_day",
    "facility_messages",
    "programme_departments",
    "programme_facilities",
    "programme_by_sector",
)
"""Each after those that it is made of."""
NEEDED = ("patients", "encounters", "locations", "conditions", "observations", "reports", "report_results")
"""The views that these are made of."""

_COLUMN = re.compile(r"-- ([a-z_0-9]+): (.+)")


class ModelView(NamedTuple):
    """One view: what a row is, what its columns hold, and the query that gives them."""

    name: str
    about: str
    told: dict[str, str]
    sql: str


@cache
def model_views() -> tuple[ModelView, ...]:
    """All views of the model, in the order in which they can be made."""
    return tuple(_read(name) for name in ORDER)


@cache
def functions(engine: str) -> str:
    """The functions that the model's SQL calls, for an engine."""
    return (FOLDER / f"functions-{engine}.sql").read_text("utf-8")


def fingerprint(engine: str, more: str = "") -> str:
    """What changes when the model does, or `more` that is defined beside it."""
    told = "\n".join((functions(engine), *(one.sql for one in model_views()), more))
    return sha256(told.encode()).hexdigest()


def lacking(tables: Collection[str]) -> list[str]:
    """The tables of views that the model needs and that are not there."""
    return [name for name in NEEDED if name not in tables]


def _read(name: str) -> ModelView:
    lines = (FOLDER / f"{name}.sql").read_text("utf-8").splitlines()
    header = [line for line in lines if line.startswith("-- ")]
    told = {found[1]: found[2] for line in header if (found := _COLUMN.match(line))}
    about = " ".join(line.removeprefix("-- ") for line in header if not _COLUMN.match(line))
    return ModelView(name, about, told, "\n".join(line for line in lines if not line.startswith("-- ")))
