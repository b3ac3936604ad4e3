"""The warehouse contract: table operations, and transactions that stand as a whole or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest

from engine.loaders.tables import MESSAGES, OFFSETS, RECONCILIATION, TABLES, Row, Table
from engine.loaders.warehouse import Refused, Warehouse
from tests.canonical.events import EPOCH_US


def rows(warehouse: Warehouse) -> set[Row]:
    return set(warehouse.query("select topic, part, next_offset from offsets").rows)


class TablesContract:
    def test_new_warehouse_is_empty(self, warehouse: Warehouse) -> None:
        assert warehouse.counts() == {table.name: 0 for table in TABLES}

    @pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
    def test_tables_have_the_columns_that_the_loader_knows(self, warehouse: Warehouse, table: Table) -> None:
        columns = warehouse.query(f"select * from {table.name}").columns
        assert [column for column in columns if not column.endswith("lookup")] == list(table.columns)

    def test_migrating_again_keeps_what_is_there(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("a", 0, 1)])
        warehouse.migrate()
        assert rows(warehouse) == {("a", 0, 1)}

    def test_rows_are_found_by_their_keys(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("a", 0, 1), ("a", 1, 2), ("b", 0, 3)])
            found = transaction.find(
                OFFSETS, ("next_offset", "topic"), ("topic", "part"), [("a", 1), ("b", 0), ("b", 7)]
            )
        assert set(found) == {(2, "a"), (3, "b")}

    def test_rows_are_found_by_a_part_of_their_keys(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("a", 0, 1), ("a", 1, 2), ("b", 0, 3)])
            assert set(transaction.find(OFFSETS, ("part",), ("topic",), [("a",)])) == {(0,), (1,)}

    def test_rows_are_replaced_and_removed_by_their_keys(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("a", 0, 1), ("a", 1, 2), ("b", 0, 3)])
        with warehouse.transaction() as transaction:
            transaction.replace(OFFSETS, [("a", 1, 9), ("b", 0, 8)])
            transaction.remove(OFFSETS, ("topic", "part"), [("a", 0), ("c", 0)])
        assert rows(warehouse) == {("a", 1, 9), ("b", 0, 8)}

    def test_text_comes_back_as_it_went_in(self, warehouse: Warehouse) -> None:
        texts = ["", "Nguyễn Thị Ánh", "a\tb\nc\\N\\.", "'; drop table offsets; --", "\\N", '"', "%s {} $1", "🙂"]
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [(text, 0, 1) for text in texts])
            keys = [(text, 0) for text in texts]
            assert len(transaction.find(OFFSETS, ("topic",), OFFSETS.key, keys)) == len(texts)
        assert {row[0] for row in rows(warehouse)} == set(texts)

    def test_no_rows_and_no_keys_are_nothing_to_do(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [])
            transaction.replace(OFFSETS, [])
            transaction.remove(OFFSETS, OFFSETS.key, [])
            assert transaction.find(OFFSETS, ("part",), OFFSETS.key, []) == []

    def test_transaction_sees_its_own_rows(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            transaction.insert(MESSAGES, [("key", "hl7.raw", 0, 1, 1)])
            transaction.replace(MESSAGES, [("key", "hl7.raw", 0, 1, 2)])
            assert transaction.find(MESSAGES, ("generation",), ("message_key",), [("key",)]) == [(2,)]

    def test_failed_transaction_leaves_nothing(self, warehouse: Warehouse) -> None:
        with suppress(ZeroDivisionError), warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("a", 0, 1)])
            raise ZeroDivisionError
        assert rows(warehouse) == set()

    @pytest.mark.parametrize("row", [("a", 0, 1 << 63), ("a", 1 << 40, 1), ("a", None, 1), ("\ud800", 0, 1)])
    def test_value_that_no_column_takes_is_refused(self, warehouse: Warehouse, row: Row) -> None:
        with pytest.raises(Refused), warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("b", 0, 1), row])
        with warehouse.transaction() as transaction:
            transaction.insert(OFFSETS, [("c", 0, 1)])
        assert rows(warehouse) == {("c", 0, 1)}

    def test_an_account_takes_the_place_of_the_one_before(self, warehouse: Warehouse) -> None:
        for loaded in (1, 2):
            lines = [(f"2026-01-31T0{hour}", "79014", "ADT^A01", *[loaded] * 9, EPOCH_US) for hour in (7, 8)]
            with warehouse.transaction() as transaction:
                transaction.remove(RECONCILIATION, RECONCILIATION.key, RECONCILIATION.keys(lines))
                transaction.insert(RECONCILIATION, lines)
        found = warehouse.query("select hour, loaded, missing from reconciliation order by hour").rows
        assert found == [("2026-01-31T07", 2, 2), ("2026-01-31T08", 2, 2)]
