"""S3 and S4: text is never SQL, nor the name of a table or a topic, whichever field or name it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bus.record import Position
from engine.canonical.envelope import topic_of
from engine.canonical.fold import Current
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin, Resource
from engine.facilities.facility import Facility
from engine.language.fault import Faults
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.tables import TABLES
from engine.loaders.warehouse import Warehouse
from engine.routes.load import load_routes
from engine.transforms.load import load_mappings
from engine.transforms.transform import Transformed, transform
from tests.contract.warehouse_feed import Feeder, Told, reference
from tests.rig.proof import count, proving
from tests.transforms.folders import FACILITY, MESSAGE, raw, sample, shipped, write

TEXTS = (
    "'",
    '"',
    "'; drop table current; --",
    '"; drop table current; --',
    "'); truncate history; --",
    "\\'; delete from receipts; --",
    "$$; drop schema public cascade; $$",
    "x' union select null, version() --",
    "; select pg_sleep(600); --",
    "attach ':memory:' as other; create table other.x(y int)",
    "copy current to '/tmp/engine-s3-canary'",
    "install httpfs; load httpfs",
    "/* */ -- #",
    "%s %(a)s %d {} {0} ? $1 :a",
    "\\N\t\\.\t\\x41\\t",
    "\u2019 or \uff07 or 1=1",
    "current",
    "null",
)
"""What ends a text, begins a statement, stands for a parameter, or means something to COPY, in both warehouses."""

SCHEMA = (
    "select table_schema, table_name, column_name, data_type from information_schema.columns "
    "where table_schema not in ('information_schema', 'pg_catalog') and table_name not like 'history_%' "
    "order by 1, 2, 3"
)
"""All columns, those of months apart, of which there are more with each month that messages came in."""
ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"}
HELD = ("MSH-1", "MSH-2", "MSH-7", "MSH-9", "MSH-10", "MSH-11", "MSH-12", "MSH-18", "PID-3")
"""Fields that a message is known or read by: with other text in them it is a dead letter, whatever else it holds."""


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    duckdb = request.param == "duckdb"
    opened: Warehouse = (
        DuckdbWarehouse(tmp_path / "w.duckdb")
        if duckdb
        else PostgresWarehouse(request.getfixturevalue("postgres_database"))
    )
    opened.migrate()
    yield opened
    opened.close()


def escaped(text: str) -> str:
    """The text as a field holds it."""
    return re.sub(r"[\\|^~&]", lambda sign: ESCAPES[sign[0]], text)


def places(message: str) -> list[tuple[int, int]]:
    """Segment and field of each text that may be another, counted as the split of a line counts."""
    found = []
    for at, line in enumerate(message.split("\r")[:-1]):
        fields = line.split("|")
        shift = line.startswith("MSH")
        found += [(at, place) for place in range(1, len(fields)) if f"{fields[0]}-{place + shift}" not in HELD]
    return found


def with_text(message: str, place: tuple[int, int], text: str) -> str:
    lines = [line.split("|") for line in message.split("\r")]
    lines[place[0]][place[1]] = escaped(text)
    return "\r".join("|".join(line) for line in lines)


def mapped(number: int, message: str, facility: Facility = FACILITY) -> Transformed:
    sent = raw(message.encode(), facility.code)._replace(message_key=f"k{number}", message_type="ADT^A01")
    return transform(sent, Position("hl7.raw", 0, number), facility, shipped(), 1)


def current(warehouse: Warehouse) -> dict[tuple[str, str], object]:
    rows = warehouse.query("select resource_type, id, body from current", limit=100_000).rows
    return {(kind, identity): orjson.loads(body) for kind, identity, body in rows}


def expected(one: Current) -> object:
    return {**orjson.loads(orjson.dumps(one.body)), "resourceType": one.type, "id": one.id}


def test_s3_no_text_in_any_field_of_a_message_is_sql(warehouse: Warehouse) -> None:
    before = warehouse.query(SCHEMA).rows
    message = sample("adt-a01")
    pairs = zip(places(message), cycle(TEXTS), strict=False)
    tried = [(place, text) for place in places(message) for text in TEXTS] if proving() else list(pairs)
    done = [mapped(number, with_text(message, *one)) for number, one in enumerate(tried, 1)]
    told: list[Told] = [one for each in done for one in each.resources]
    told += [each.receipt for each in done]
    feeder = Feeder(warehouse)
    for _ in range(2):  # the second time finds what the first one stored
        feeder.load(*told)
    assert warehouse.query(SCHEMA).rows == before
    assert current(warehouse) == {key: expected(one) for key, one in reference(told).items()}
    assert warehouse.counts()["receipts"] == len(tried) >= 60
    stored = b"".join(map(orjson.dumps, current(warehouse).values()))
    assert len([text for text in TEXTS if orjson.dumps(text)[1:-1] in stored]) > len(TEXTS) / 2
    assert len([one for one in done if one.refusal is None]) > len(done) / 2


def wild(number: int, text: str, generation: int) -> tuple[Resource, Receipt]:
    """An event and its receipt that hold the text wherever there is a text at all."""
    odd = f"{text} {number}"
    origin = Origin(Position("hl7.raw", 0, number), odd, odd, odd, odd, 1, odd, generation)
    body = {"gender": f"{odd} {generation}", odd: odd, "name": [{odd: odd}]}
    event = Resource(odd, odd, body, origin, 0, ("birthDate", odd), (odd,))
    return event, Receipt(origin, odd, Outcome.DEAD, 1, odd, odd)


def test_s3_no_text_in_any_column_is_sql(warehouse: Warehouse) -> None:
    before = warehouse.query(SCHEMA).rows
    told: list[Told] = []
    feeder = Feeder(warehouse)
    for generation in (1, 2):  # the second replaces what the first one stored
        news = [one for number, text in enumerate(TEXTS) for one in wild(number, text, generation)]
        feeder.load(*news)
        told += news
    odd = [f"{text} {number}" for number, text in enumerate(TEXTS)]
    columns = "resource_type, id, version, facility, subject, mapping, message_key, inferred"
    assert sorted(warehouse.query(f"select {columns} from history").rows) == sorted((one,) * 8 for one in odd * 2)
    columns = "facility, message_type, message_key, reason"
    assert sorted(warehouse.query(f"select {columns} from receipts").rows) == sorted((one,) * 4 for one in odd)
    assert current(warehouse) == {key: expected(one) for key, one in reference(told).items()}
    assert warehouse.query(SCHEMA).rows == before


def test_s3_names_of_tables_and_columns_are_words_of_the_loader_alone() -> None:
    names = [name for table in TABLES for name in (table.name, *table.columns, *table.key)]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name)] == []


@pytest.mark.parametrize("text", TEXTS[:-2])
def test_s3_no_name_of_a_mapping_or_a_route_is_sql(text: str, tmp_path: Path) -> None:
    name = orjson.dumps(text).decode()
    typed = MESSAGE.replace("Patient:", f"{name}:")
    with pytest.raises(Faults):
        load_mappings(write(tmp_path / "mappings", {"standard/messages/ADT_A01.yaml": typed}))
    for route in (f"[{name}]", f"[alerts.a, {name}]"):
        written = f"routes:\n  - route: a\n    when: status = final\n    to: {route}\n"
        with pytest.raises(Faults):
            load_routes(write(tmp_path / "routes", {"routes.yaml": written}))


texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=20)


def test_s4_no_text_of_a_header_makes_a_topic_of_events_or_a_table(tmp_path: Path) -> None:
    message = sample("adt-a01")
    types = {one.type for one in mapped(0, message).resources}
    warehouse = DuckdbWarehouse(tmp_path / "w.duckdb")
    warehouse.migrate()
    before, feeder = warehouse.query(SCHEMA).rows, Feeder(warehouse)
    known = {topic_of(one) for one in shipped().resource_types}
    assert {topic_of(one) for one in types} <= known

    @settings(max_examples=count(60, 2000))
    @given(st.dictionaries(st.sampled_from([*range(2, 8), *range(9, 12)]), texts, min_size=1), st.booleans())
    def hold(fields: dict[int, str], raw_text: bool) -> None:
        lines = [line.split("|") for line in message.split("\r")]
        for place, text in fields.items():
            lines[0][place] = text if raw_text else escaped(text)
        done = mapped(1, "\r".join("|".join(line) for line in lines), FACILITY)
        assert {topic_of(one.type) for one in done.resources} <= known
        feeder.load(*done.resources, done.receipt)
        assert warehouse.query(SCHEMA).rows == before

    hold()
    warehouse.close()
