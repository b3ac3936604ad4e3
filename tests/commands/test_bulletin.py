"""`engine alerts bulletin` tells a week of the warehouse's cases against the four before."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.loaders.defining import define
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.starting import bring_up
from engine.loaders.view_tables import load_view_tables
from engine.parts import DUCKDB_FILE
from tests.transforms.folders import SHIPPED

CASES = """
    ('2026-01-05', 'A97', '27301', 200), ('2026-10-19', 'A97', '27301', 3), ('2026-10-26', 'A97', '27301', 2),
    ('2026-11-02', 'A97', '27301', 4), ('2026-11-15', 'A97', '27301', 3), ('2026-11-16', 'A97', '27301', 4),
    ('2026-11-22', 'A97', '27301', 5), ('2026-11-23', 'A97', '27301', 99), ('2026-11-18', 'A97', '26740', 1),
    ('2026-11-18', 'B05', 'unknown', 1), ('2025-12-31', 'A97', '27301', 50), ('2025-12-28', 'A97', '27301', 77)
"""
"""By day, code and commune; week 47 of 2026 is 16 to 22 November, week 1 begins on 29 December 2025."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose warehouse has the engine's own diseases and places, and the cases above."""
    views = load_view_tables(SHIPPED / "views")
    warehouse = DuckdbWarehouse(tmp_path / DUCKDB_FILE)
    warehouse.migrate()
    bring_up(warehouse, views, 1)
    define(warehouse, views, ())
    warehouse.close()
    with duckdb.connect(str(tmp_path / DUCKDB_FILE)) as file:
        cases = f"(values {CASES}) as told(day, code, commune, cases)"
        file.execute(f"create or replace view notifiable_by_day as select * replace (day::date as day) from {cases}")
    return tmp_path


def bulletin(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["alerts", "bulletin", "--home", str(home), "--week", "2026-W47", *words])


def test_a_disease_has_the_city_first_and_then_the_communes_with_most_cases(home: Path) -> None:
    """Commune 27301: 3 2 4 3 and now 9, mean 3; the city has one case more: 10 against 3 are 233 % more."""
    found = json.loads(bulletin(home, "--disease", "A97", "--format", "json").stdout)
    told = [(one["place"], one["cases"], one["mean_before"], one["since_week_1"]) for one in found]
    assert told == [("all", 10, 3.0, 272), ("27301", 9, 3.0, 271), ("26740", 1, 0.0, 1)]
    assert [one["change"] for one in found] == [pytest.approx(7 / 3), 2.0, None]
    assert {one["week"] for one in found} == {"2026-W47"}
    assert found[1]["name"] == "Phường Chợ Quán"


def test_a_sheet_has_every_place_of_every_disease_where_all_are_asked_for(home: Path) -> None:
    found = list(csv.DictReader(io.StringIO(bulletin(home, "--places", "0", "--format", "csv").stdout)))
    assert [one["place"] for one in found] == ["all", "27301", "26740", "all", "unknown"]
    assert len({one["disease"] for one in found}) == 2


def test_communes_count_for_the_district_that_they_were_in(home: Path) -> None:
    found = json.loads(bulletin(home, "--by", "district", "--disease", "A97", "--format", "json").stdout)
    assert [(one["place"], one["cases"]) for one in found] == [("all", 10), ("Quận 5", 9), ("Quận 1", 1)]


def test_people_read_a_table_of_the_city(home: Path) -> None:
    found = bulletin(home, "--by", "city", "--disease", "A97").stdout
    assert "week 2026-W47, 16.11.2026 to 22.11.2026" in found
    assert found.split()[-5:] == ["all", "10", "3.00", "+233%", "272"]


def test_what_names_no_week_and_a_warehouse_without_a_model_are_refused(tmp_path: Path) -> None:
    assert "write 2026-W47" in bulletin(tmp_path, "--week", "47").output
    DuckdbWarehouse(tmp_path / DUCKDB_FILE).close()
    assert bulletin(tmp_path).exit_code == 2
