"""`engine programme` tells which facilities and departments send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.facilities.facility import Facility
from engine.loaders.defining import define
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.starting import bring_up
from engine.loaders.view_tables import load_view_tables
from engine.parts import DUCKDB_FILE
from tests.transforms.folders import SHIPPED

FACILITIES = (
    Facility("79901", "Bệnh viện Một", sector="ministerial", departments=("K01", "K02")),
    Facility("79902", "Trung tâm Hai", kind="centre"),
    Facility("79909", "Trục", kind="platform"),
)


def programme(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["programme", *words, "--home", str(home)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose warehouse knows facilities of which none has sent."""
    views = load_view_tables(SHIPPED / "views")
    warehouse = DuckdbWarehouse(tmp_path / DUCKDB_FILE)
    warehouse.migrate()
    bring_up(warehouse, views, 1)
    define(warehouse, views, FACILITIES)
    warehouse.close()
    return tmp_path


def test_every_facility_that_may_send_is_told_with_its_sector(home: Path) -> None:
    found = json.loads(programme(home, "--json").stdout)
    found |= json.loads(programme(home, "departments", "--json").stdout)
    assert [(one["facility"], one["part"], one["departments_listed"]) for one in found["facilities"]] == [
        ("79902", "none", 0),
        ("79901", "none", 2),
    ]
    assert [(one["kind"], one["sector"], one["facilities"], one["sending"]) for one in found["sectors"]] == [
        ("centre", "public", 1, 0),
        ("hospital", "ministerial", 1, 0),
    ]
    assert [(one["department"], one["is_sending"]) for one in found["departments"]] == [("K01", False), ("K02", False)]


def test_without_words_sectors_and_facilities_are_printed(home: Path) -> None:
    found = programme(home)
    assert found.exit_code == 0
    assert "sectors" in found.stdout
    assert "facilities" in found.stdout


def test_warehouse_without_a_model_is_told(tmp_path: Path) -> None:
    DuckdbWarehouse(tmp_path / DUCKDB_FILE).close()
    found = programme(tmp_path)
    assert found.exit_code == 2
    assert "the model is not there" in found.stderr
