"""The facts and the coverage that the model reckons are those that follow from the truth of a simulated city."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.city.plan import Plan
from engine.city.senders import made_senders
from engine.language.garbage import look_seldom
from engine.loaders.defining import define
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.model import ORDER, model_views
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.starting import bring_up
from engine.loaders.view_tables import load_view_tables
from engine.loaders.warehouse import Warehouse
from engine.transforms.transform import Transformed
from tests.city.transformed import Reading, reading
from tests.loaders.city_truth import Truth
from tests.loaders.city_year import LOCAL, Year, load_year, simulate_year, transform_year
from tests.rig.postgres import fresh_database
from tests.rig.proof import count, proving, report
from tests.transforms.folders import SHIPPED

HOSPITALS = 164
SENDERS = made_senders(HOSPITALS, 79) if proving() else made_senders(60, 79)[::6]
PLAN = Plan(messages=count(600, 300_000), days=count(12, 365), faulty=0.1)
VIEWS = load_view_tables(SHIPPED / "views")
MANY = 10_000_000


@dataclass
class Loaded:
    """A year in a warehouse."""

    warehouse: Warehouse
    truth: Truth
    year: Year
    seconds: float

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.warehouse.query(sql, MANY, 120.0).rows


@pytest.fixture(scope="module")
def year() -> Year:
    made = simulate_year(PLAN, SENDERS)
    look_seldom()
    return made


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return reading(tmp_path_factory.mktemp("city") / "mappings", SENDERS)


@pytest.fixture(scope="module")
def transformed(year: Year, known: Reading) -> Iterable[tuple[int, Transformed]] | None:
    """What the messages come to, once for both engines; nothing where they are too many to be held."""
    return None if proving() else list(transform_year(year, known))


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def loaded(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: str,
    year: Year,
    known: Reading,
    transformed: Iterable[tuple[int, Transformed]] | None,
) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("year")
    with fresh_database(postgres_url) as url:
        is_duckdb = request.param == "duckdb"
        warehouse = DuckdbWarehouse(folder / "warehouse.duckdb") if is_duckdb else PostgresWarehouse(url)
        warehouse.migrate()
        bring_up(warehouse, VIEWS, 1)
        define(warehouse, VIEWS, made_only(known.registry))
        began = time.monotonic()
        assert load_year(warehouse, transformed or transform_year(year, known), VIEWS) == []
        yield Loaded(warehouse, Truth(year), year, time.monotonic() - began)
        warehouse.close()


def made_only(registry: Any) -> list[Any]:
    """The facilities of the simulation, without those that the shipped registry has."""
    codes = {one.code for one in SENDERS}
    return [one for one in registry if one.code in codes]


def counted(rows: list[tuple[Any, ...]]) -> Counter[Any]:
    """Rows whose last column counts, without those that count nothing."""
    return Counter({row[:-1]: row[-1] for row in rows if row[-1]})


def test_each_view_says_what_its_columns_hold(loaded: Loaded) -> None:
    for view in model_views():
        columns = loaded.warehouse.query(f"select * from {view.name}", 1).columns
        assert tuple(view.told) == columns, view.name


def test_visits_of_a_day_are_counted_without_cancelled_ones_and_by_who_is_in_use(loaded: Loaded) -> None:
    sql = "select day, facility, kind, commune, age_group, sex, visits from visits_by_day"
    assert counted(loaded.rows(sql)) == loaded.truth.visits_by_day()


def test_stays_begin_end_and_take_beds(loaded: Loaded) -> None:
    moved = "from admissions_by_day"
    assert counted(loaded.rows(f"select day, facility, department, admissions {moved}")) == loaded.truth.admissions()
    assert counted(loaded.rows(f"select day, facility, department, discharges {moved}")) == loaded.truth.discharges()
    assert counted(loaded.rows("select day, facility, bed_days from bed_days_by_day")) == loaded.truth.bed_days()


def test_results_are_counted_by_what_became_of_them(loaded: Loaded) -> None:
    sql = "select day, facility, section, results, preliminary, corrected, withdrawn from results_by_day"
    expected = {
        (*key, of.total() - of["entered-in-error"], of["preliminary"], of["corrected"], of["entered-in-error"])
        for key, of in loaded.truth.results().items()
    }
    assert set(loaded.rows(sql)) == expected


def test_notifiable_diseases_are_counted_by_commune_and_age(loaded: Loaded) -> None:
    sql = "select day, code, facility, commune, age_group, {} from notifiable_by_day"
    visits, cases = loaded.truth.notifiable()
    assert counted(loaded.rows(sql.format("visits"))) == visits
    assert counted(loaded.rows(sql.format("cases"))) == cases


def test_programme_tells_of_each_facility_what_it_sends_since_when_and_how_late(loaded: Loaded) -> None:
    expected = loaded.truth.facilities()
    names = list(next(iter(expected.values())))
    rows = loaded.rows(f"select facility, {', '.join(names)} from programme_facilities")
    found = {row[0]: dict(zip(names, map(plain, row[1:]), strict=True)) for row in rows}
    for values in (*found.values(), *expected.values()):
        values["delay_median"] = values["delay_median"] and round(values["delay_median"], 6)
    assert found == expected


def test_programme_tells_of_each_department_whether_it_sends(loaded: Loaded) -> None:
    sql = "select facility, department, is_listed, is_sending, visits from programme_departments"
    names = ("is_listed", "is_sending", "visits")
    found = {row[:2]: dict(zip(names, row[2:], strict=True)) for row in loaded.rows(sql)}
    assert found == loaded.truth.departments()


def test_programme_is_summed_by_kind_and_sector(loaded: Loaded) -> None:
    facilities = list(loaded.truth.facilities().values())
    expected = {
        (kind, sector): (
            len(of := [one for one in facilities if (one["kind"], one["sector"]) == (kind, sector)]),
            sum(one["is_sending"] for one in of),
            sum(one["part"] == "whole" for one in of),
            sum(one["messages"] for one in of),
        )
        for kind, sector in {(one["kind"], one["sector"]) for one in facilities}
    }
    sql = "select kind, sector, facilities, sending, whole, messages from programme_by_sector"
    assert {row[:2]: row[2:] for row in loaded.rows(sql)} == expected


@pytest.mark.prove
def test_every_view_of_a_year_is_there_within_seconds(loaded: Loaded) -> None:
    took: dict[str, float] = {}
    for name in ORDER:
        began = time.monotonic()
        loaded.rows(f"select count(*) from (select * from {name}) as found")
        took[name] = time.monotonic() - began
    assert max(took.values()) < 60
    MEASURED[loaded.warehouse.engine] = took
    if loaded.warehouse.engine == "postgres":
        report("warehouse-year", text(loaded))


MEASURED: dict[str, dict[str, float]] = {}


def text(loaded: Loaded) -> str:
    """The report of the proof."""
    times = "\n".join(
        f"| `{name}` | {' | '.join(f'{MEASURED[engine][name]:.2f}' for engine in ('duckdb', 'postgres'))} |"
        for name in ORDER
    )
    rows = "\n".join(
        f"| {' | '.join(map(str, row))} |"
        for row in loaded.rows(
            "select kind, sector, facilities, sending, whole, partly, messages from programme_by_sector order by 1, 2"
        )
    )
    visits = sum(loaded.truth.visits_by_day().values())
    truth = loaded.truth
    bed_days, results = sum(truth.bed_days().values()), sum(of.total() for of in truth.results().values())
    cases = sum(truth.notifiable()[1].values())
    return f"""# A year of a city in the warehouse

{len(loaded.year.sendings):,} messages of {len(SENDERS)} invented hospitals over {PLAN.days} days, with faults in one of
ten, went through the shipped mappings and the loader into DuckDB and into PostgreSQL. Every fact of the model is what
follows from the truth of the simulation, reckoned without SQL: {visits:,} visits by day, facility, kind, commune, age
group and sex, {bed_days:,} bed days, {results:,} results, {cases:,} cases of notifiable diseases, and of each
facility and department what it sends, since when, and how late.

Seconds that a view takes over the whole year, on a shared machine of two cores (compare rows, not machines):

| view | DuckDB | PostgreSQL |
|---|---|---|
{times}

The programme as the views tell it:

| kind | sector | facilities | sending | whole | partly | messages |
|---|---|---|---|---|---|---|
{rows}
"""


def plain(value: Any) -> Any:
    """A value of either engine as the truth has it: times are the city's own."""
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(LOCAL).replace(tzinfo=None)
