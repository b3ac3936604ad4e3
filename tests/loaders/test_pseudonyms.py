"""Analysts see no value that tells who somebody is, and nothing of the key; what belongs together they can join."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest

from engine.bus.record import Position
from engine.canonical.key import pseudonym_key_name, pseudonyms
from engine.city.people import Population
from engine.city.plan import Plan
from engine.city.remedies import DOCUMENTS
from engine.city.senders import made_senders
from engine.loaders.batch import Batch, load_batch
from engine.loaders.defining import define
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.event import prepare
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.pseudonyms import analyst_tables
from engine.loaders.starting import bring_up
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import load_view_tables
from engine.loaders.warehouse import Warehouse
from engine.transforms.transform import Transformed
from tests.city.transformed import reading
from tests.loaders.city_year import NOW, Year, load_year, simulate_year, transform_year
from tests.rig.postgres import fresh_database
from tests.transforms.folders import SHIPPED, send, shipped

SECRET = bytes(range(32))
SENDERS = made_senders(60, 79)[::6]
PLAN = Plan(messages=300, days=5, faulty=0.0)
PLAIN = load_view_tables(SHIPPED / "views")
VIEWS = (*PLAIN, *analyst_tables(PLAIN, SECRET))
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "query-the-warehouse.md"
CANARIES = [f"QX{number:04d}" for number in range(40)]
SHORT = 5
"""Values of so few letters may stand somewhere by chance."""


@pytest.fixture(scope="module")
def year() -> Year:
    return simulate_year(PLAN, SENDERS)


@pytest.fixture(scope="module")
def transformed(year: Year, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, Transformed]]:
    return list(transform_year(year, reading(tmp_path_factory.mktemp("city") / "mappings", SENDERS)))


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def warehouse(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: str,
    transformed: list[tuple[int, Transformed]],
) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("analysts")
    with fresh_database(postgres_url) as url:
        is_duckdb = request.param == "duckdb"
        made = DuckdbWarehouse(folder / "warehouse.duckdb") if is_duckdb else PostgresWarehouse(url)
        made.migrate()
        bring_up(made, VIEWS, 1)
        define(made, VIEWS, ())
        assert load_year(made, transformed, VIEWS) == []
        load_canaries(made)
        yield made
        made.close()


def load_canaries(warehouse: Warehouse) -> None:
    """A message with a canary in each field that may tell who somebody is, or hold any text."""
    word = iter(CANARIES)
    done = send(
        shipped(),
        "EVN|A01|20251001073500",
        f"PID|1|{next(word)}|{next(word)}^^^79991^PI~{next(word)}^^^^NI|{next(word)}|{next(word)}^{next(word)}^{next(word)}"
        f"|{next(word)}|19010203|M|{next(word)}||{next(word)}^{next(word)}^{next(word)}||{next(word)}|{next(word)}||||"
        f"{next(word)}|{next(word)}|{next(word)}|{next(word)}||{next(word)}",
        f"NK1|1|{next(word)}^{next(word)}|SPO|{next(word)}|{next(word)}",
        f"PV1|1|I|K11||||{next(word)}^{next(word)}^{next(word)}||||||||||||{next(word)}",
        f"AL1|1|DA|^{next(word)}|SV|{next(word)}",
        f"DG1|1||A97.1^Dengue^I10|{next(word)}",
        f"IN1|1|DN4|BHXH79|BHXH||||||||20250101|20261231|||{next(word)}^{next(word)}|SEL|{'|' * 18}{next(word)}",
        f"OBX|1|TX|NOTE^Note^L||{next(word)}||||||F",
    )
    events = [(Position("fhir.canary", 0, number), prepare(one)) for number, one in enumerate(done.resources)]
    with warehouse.transaction() as transaction:
        load_batch(transaction, Batch(events, [], {}, {}), NOW, (ViewRows(VIEWS),))


def shown(warehouse: Warehouse) -> dict[str, str]:
    """All that analysts see, by table, as one text; without the calendar, in which everybody's day of birth stands."""
    tables = "select table_name from information_schema.tables where table_schema = 'analyst' and table_name <> 'days'"
    names = [name for (name,) in warehouse.query(tables).rows]
    return {
        name: orjson.dumps(warehouse.query(f"select * from analyst.{name}", 1_000_000).rows, default=str).decode()
        for name in names
    }


def identifying(warehouse: Warehouse, year: Year) -> set[str]:
    """What would tell who somebody is: people's own values, numbers of theirs, ids of resources, and free texts."""
    population = Population(PLAN.seed, 1, PLAN.first)
    people = [population.person(one.values["person"]) for one in year.records if "person" in one.values]
    own = {value for one in people for value in (one.citizen, one.card, one.social, one.phone, one.street, one.name)}
    own |= {one.born.isoformat() for one in people}
    said = {str(one.values.get(name, "")) for one in year.records for name in ("name", "born", "citizen", "card")}
    numbers = {one.key for one in year.records if one.kind in ("patients", "visits", "orders", "documents")}
    ids = {str(row[0]) for row in warehouse.query("select id from current", 1_000_000).rows}
    texts = {text for _title, text in DOCUMENTS.values()}
    return {one for one in (*own, *said, *numbers, *ids, *texts) if len(one) >= SHORT}


def test_analysts_see_every_view_and_the_model_and_no_value_that_tells_who_somebody_is(
    warehouse: Warehouse, year: Year
) -> None:
    tables = shown(warehouse)
    assert {one.table.name for one in PLAIN} | {"visits_by_day", "programme_by_sector"} <= tables.keys()
    hidden = identifying(warehouse, year)
    assert len(hidden) > 800
    assert [(name, value) for name, text in tables.items() for value in hidden if f'"{value}' in text] == []
    loud = {name: text.casefold() for name, text in tables.items()}
    assert [(name, word) for name, text in loud.items() for word in CANARIES if word.casefold() in text] == []


def test_canaries_and_values_are_there_to_be_found(warehouse: Warehouse, year: Year) -> None:
    known = orjson.dumps(warehouse.query("select * from current", 1_000_000).rows, default=str).decode()
    assert len([word for word in CANARIES if word in known]) >= 30
    plain = orjson.dumps(warehouse.query("select * from patients", 1_000_000).rows, default=str).decode()
    assert len([value for value in identifying(warehouse, year) if f'"{value}' in plain]) > 100


def test_what_belongs_together_is_joined_by_pseudonyms(warehouse: Warehouse) -> None:
    plain = "from encounters join patients using (patient_id)"
    analyst = "from analyst.encounters as e join analyst.patients as p on p.patient_id = e.patient_id"
    assert warehouse.query(f"select count(*) {plain}").rows == warehouse.query(f"select count(*) {analyst}").rows
    sql = "select patient_id from {}patients where patient_id is not null"
    found = {row[0] for row in warehouse.query(sql.format("analyst.")).rows}
    assert found == {pseudonyms(SECRET)(row[0]) for row in warehouse.query(sql.format("")).rows}


def test_queries_of_the_how_to_run(warehouse: Warehouse) -> None:
    queries = re.findall(r"^```sql\n(.*?)^```$", HOW_TO.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(queries) > 10
    assert sum(bool(warehouse.query(sql).rows) for sql in queries) > 5


def test_birth_is_a_year_and_an_address_a_commune(warehouse: Warehouse) -> None:
    answer = warehouse.query("select * from analyst.patients", 1)
    assert {"birth_year", "commune"} <= set(answer.columns)
    assert not {"birth_date", "name", "address_line", "phone"} & set(answer.columns)


def test_nothing_of_the_key_is_stored(warehouse: Warehouse) -> None:
    stored = "".join(
        orjson.dumps(warehouse.query(sql, 100_000).rows, default=str).decode()
        for sql in ("select * from view_tables", "select * from model", "select * from information_schema.views")
    )
    assert SECRET.hex() not in stored
    assert pseudonym_key_name(SECRET) not in stored


def test_role_that_may_use_the_schema_sees_nothing_beside_it(postgres_url: str, tmp_path: Path) -> None:
    with fresh_database(postgres_url) as url:
        made = PostgresWarehouse(url)
        made.migrate()
        bring_up(made, VIEWS, 1)
        define(made, VIEWS, ())
        made.close()
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("create role an_analyst")
            try:
                owner.execute("grant usage on schema analyst to an_analyst")
                owner.execute("grant select on all tables in schema analyst to an_analyst")
                owner.execute("set role an_analyst")
                assert owner.execute("select count(*) from analyst.patients").fetchone() == (0,)
                assert owner.execute("select count(*) from analyst.visits_by_day").fetchone() == (0,)
                for table in ("patients", "analyst_patients", "history", "visits_by_day"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        owner.execute(f"select count(*) from {table}".encode())
            finally:
                owner.execute("reset role")
                owner.execute("drop owned by an_analyst")
                owner.execute("drop role an_analyst")
