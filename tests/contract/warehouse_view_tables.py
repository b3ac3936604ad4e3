"""The warehouse contract: tables of views hold what the views give of the current resources, and of no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.canonical.resource import Body
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.evolution import apply, plan
from engine.loaders.query_app import MOST_ROWS
from engine.loaders.rows import CURRENT_COLUMNS, read_current
from engine.loaders.tables import Row
from engine.loaders.view_registry import find_registered
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable, load_view_tables
from engine.loaders.warehouse import OtherViews, Reader, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import NOW, Feeder, Told, receipt

VIEWS = load_view_tables(Path(__file__).with_name("views"))


def make_views(warehouse: Warehouse, tables: Iterable[ViewTable] = VIEWS) -> ViewRows:
    """Make the tables of these views, empty; gives what fills them."""
    tables = list(tables)
    with warehouse.transaction() as transaction:
        registered = find_registered(transaction)
    apply(warehouse, plan(tables, registered, {}), NOW)
    return ViewRows(tables)


def viewing(warehouse: Warehouse) -> Feeder:
    """A loader with the views, whose tables it makes."""
    return Feeder(warehouse, follows=[make_views(warehouse)])


def viewed(reader: Reader, tables: Sequence[ViewTable] = VIEWS) -> Mapping[str, str]:
    """The digests that the tables of these views must have, by what is current."""
    held = reader.query(f"select {', '.join(CURRENT_COLUMNS)} from current", MOST_ROWS)
    assert not held.more
    current = [read_current(row) for row in held.rows]
    mirror = DuckdbWarehouse(Path(":memory:"))
    mirror.migrate()
    writer = make_views(mirror, tables)
    with mirror.transaction() as transaction:
        for table in tables:
            writer.write(transaction, table, current, NOW)
    digests = mirror.digest()
    mirror.close()
    return {table.table.name: digests[table.table.name] for table in tables}


def rows(warehouse: Warehouse, view: str, *columns: str) -> list[Row]:
    """These columns of a view's table."""
    listed = ", ".join(f'"{column}"' for column in columns)
    return sorted(warehouse.query(f'select {listed} from "{view}"').rows, key=repr)


def measured(**value: Any) -> Told:
    """An observation that says so."""
    return event(1, {"resourceType": "Observation", **value}, of="Observation/o")


def person(raw: int, body: Body, **told: Any) -> Told:
    """A patient as message `raw` tells of it."""
    return event(raw, {"resourceType": "Patient", **body}, **told)


NUMBERS = {"identifier": [{"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "2"}]}


class ViewTablesContract:
    def test_current_resource_has_the_rows_that_its_views_give(self, warehouse: Warehouse) -> None:
        loaded = viewing(warehouse).load(person(1, {"gender": "male", "birthDate": "1980-01-02", **NUMBERS}))
        assert rows(warehouse, "people", "resource_id", "gender", "born", "died") == [("p", "male", "1980-01-02", None)]
        assert rows(warehouse, "numbers_of_people", "resource_id", "row_number", "place", "system", "value") == [
            ("p", 0, 0, "urn:a", "1"),
            ("p", 1, 1, "urn:b", "2"),
        ]
        assert (loaded.rows["people"], loaded.rows["numbers_of_people"]) == (1, 2)

    def test_row_names_where_it_comes_from(self, warehouse: Warehouse) -> None:
        viewing(warehouse).load(person(7, {"gender": "male"}, generation=2))
        named = ("resource_id", "row_number", "version", "facility", "mapping", "raw_topic", "raw_part", "raw_offset")
        assert rows(warehouse, "people", *named) == [("p", 0, "00007", "79014", "set 2", "hl7.raw", 0, 7)]
        ((loaded_at,),) = rows(warehouse, "people", "loaded_at")
        assert loaded_at.replace(tzinfo=UTC) == datetime.fromtimestamp(NOW / 1_000_000, UTC)

    def test_rows_of_a_changed_resource_are_replaced(self, warehouse: Warehouse) -> None:
        feeder = viewing(warehouse)
        feeder.load(person(1, {"gender": "male", **NUMBERS}), person(1, {"gender": "male"}, of="Patient/q", index=1))
        feeder.load(person(2, {"gender": "female"}, deleted=("identifier",)))
        assert rows(warehouse, "people", "resource_id", "gender") == [("p", "female"), ("q", "male")]
        assert rows(warehouse, "numbers_of_people", "resource_id", "place", "value") == [("p", 0, None), ("q", 0, None)]

    def test_resource_that_is_gone_or_no_longer_asked_for_has_no_rows(self, warehouse: Warehouse) -> None:
        feeder = viewing(warehouse)
        feeder.load(person(1, {"gender": "male"}), person(2, {"gender": "male"}, of="Patient/q"))
        feeder.load(receipt(1, 0, generation=2), person(3, {}, of="Patient/q", deleted=("gender",)))
        assert rows(warehouse, "people", "resource_id") == []
        assert rows(warehouse, "numbers_of_people", "resource_id") == [("q",)]

    @pytest.mark.parametrize(
        ("value", "columns", "expected"),
        [
            ({"valueQuantity": {"value": 1.5}}, ("amount", "exact"), (1.5, Decimal("1.5"))),
            ({"valueQuantity": {"value": 3}}, ("amount", "exact"), (3.0, Decimal(3))),
            ({"valueQuantity": {"value": 0.12345678949}}, ("exact",), (Decimal("0.123456789"),)),
            ({"valueInteger": -5}, ("order", "either"), (-5, "-5")),
            ({"valueString": "Nguyễn"}, ("told", "quantity"), ("Nguyễn", None)),
        ],
    )
    def test_value_stands_in_a_column_of_its_type(
        self, warehouse: Warehouse, value: Body, columns: tuple[str, ...], expected: Row
    ) -> None:
        viewing(warehouse).load(measured(**value))
        assert rows(warehouse, "measures", *columns) == [expected]

    def test_complex_values_and_collections_are_json(self, warehouse: Warehouse) -> None:
        viewing(warehouse).load(
            measured(valueQuantity={"value": 1, "unit": "g"}), person(2, {"gender": "x", **NUMBERS})
        )
        assert orjson.loads(rows(warehouse, "measures", "quantity")[0][0]) == {"value": 1, "unit": "g"}
        assert orjson.loads(rows(warehouse, "people", "systems")[0][0]) == ["urn:a", "urn:b"]

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("2026-01-31T08:00:00+07:00", datetime(2026, 1, 31, 1, tzinfo=UTC)),
            ("2026-01-31T08:00:00.123456Z", datetime(2026, 1, 31, 8, 0, 0, 123456, tzinfo=UTC)),
            ("2026-01-31T08:00:00", None),
            ("2026-01-31", None),
            ("2026-02-30T08:00:00Z", None),
            ("0001-01-01T00:00:00+14:00", None),
        ],
    )
    def test_moment_that_is_not_known_exactly_is_none(
        self, warehouse: Warehouse, written: str, expected: datetime | None
    ) -> None:
        viewing(warehouse).load(measured(effectiveDateTime=written))
        ((at,),) = rows(warehouse, "measures", "at")
        assert (at and at.replace(tzinfo=UTC)) == expected

    @pytest.mark.parametrize(
        ("written", "expected"),
        [("1980-01-02", date(1980, 1, 2)), ("1980-01", None), ("1980", None), ("1980-13-01", None)],
    )
    def test_date_that_is_not_known_to_the_day_is_none_and_its_text_is_kept(
        self, warehouse: Warehouse, written: str, expected: date | None
    ) -> None:
        viewing(warehouse).load(person(1, {"gender": "male", "birthDate": written}))
        assert rows(warehouse, "people", "born", "born_on") == [(written, expected)]

    @pytest.mark.parametrize(
        "value",
        [
            {"valueInteger": 1 << 63},
            {"valueQuantity": {"value": 1 << 63}},
            {"valueQuantity": {"value": 1e30}},
            {"valueQuantity": "much"},
            {"status": ["a", "b"]},
            {"status": 5},
        ],
    )
    def test_resource_that_does_not_fit_a_view_has_no_rows_in_it_and_stops_nothing(
        self, warehouse: Warehouse, value: Body, logs: StringIO
    ) -> None:
        unfit: list[str] = []
        make_views(warehouse)
        feeder = Feeder(warehouse, follows=[ViewRows(VIEWS, unfit.append)])
        good = event(1, {"resourceType": "Observation", "status": "final"}, of="Observation/n", index=1)
        feeder.load(measured(**value), good)
        feeder.load(event(2, {"resourceType": "Observation", **value}, of="Observation/o"))
        assert rows(warehouse, "measures", "resource_id") == [("n",)]
        assert unfit == ["measures", "measures"]
        assert logs.getvalue().count("a resource does not fit a view") == 1
        assert "measures.yaml:" in logs.getvalue()
        assert "much" not in logs.getvalue()

    def test_views_of_types_that_did_not_change_are_left_alone(self, warehouse: Warehouse) -> None:
        loaded = viewing(warehouse).load(person(1, {"gender": "male"}))
        assert "measures" not in loaded.rows

    def test_loader_of_other_views_is_kept_out(self, warehouse: Warehouse) -> None:
        make_views(warehouse)
        for others in (VIEWS[:1], VIEWS[:0]):
            with pytest.raises(OtherViews):
                Feeder(warehouse, follows=[ViewRows(others)]).load(person(1, {"gender": "male"}))
        assert warehouse.counts()["history"] == 0

    def test_counts_and_digests_cover_the_tables_of_views(self, warehouse: Warehouse) -> None:
        feeder = viewing(warehouse)
        before = warehouse.digest()
        feeder.load(person(1, {"gender": "male", "birthDate": "1980"}))
        assert warehouse.counts()["people"] == 1
        told = warehouse.digest()
        assert {view.table.name for view in VIEWS} <= told.keys()
        assert told["people"] != before["people"]
        assert told["measures"] == before["measures"]

    def test_what_follows_fails_with_the_batch(self, warehouse: Warehouse) -> None:
        feeder = viewing(warehouse)
        feeder.follows = [*feeder.follows, lambda *_: {"nothing": 1 // 0}]
        with pytest.raises(ZeroDivisionError):
            feeder.load(person(1, {"gender": "male"}))
        assert warehouse.counts()["people"] == 0
