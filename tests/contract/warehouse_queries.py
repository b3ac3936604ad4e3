"""The warehouse contract: queries that read and do nothing else, and digests."""

from __future__ import annotations

import threading
import time

import pytest

from engine.loaders.batch import load_batch
from engine.loaders.warehouse import QueryRefused, Warehouse
from tests.canonical.events import EPOCH_US, event
from tests.contract.warehouse_feed import NOW, Feeder, receipt, report

NAME = "Nguyễn"


class QueriesContract:
    @pytest.fixture
    def loaded(self, warehouse: Warehouse) -> Warehouse:
        """Two patients, one of them with a name."""
        Feeder(warehouse).load(event(1, {"name": [{"family": NAME}]}), event(2, {}, of="Patient/q"), receipt(1))
        return warehouse

    def test_answer_has_columns_and_rows(self, loaded: Warehouse) -> None:
        answer = loaded.query("with ids as (select id, 1 as one from current) select * from ids order by id")
        assert answer == (("id", "one"), [("p", 1), ("q", 1)], False)

    def test_answer_is_cut_at_the_limit_and_says_so(self, loaded: Warehouse) -> None:
        answer = loaded.query("select id from current order by id", limit=1)
        assert (answer.rows, answer.more) == ([("p",)], True)
        assert not loaded.query("select id from current", limit=2).more

    def test_answer_without_rows_still_has_columns(self, loaded: Warehouse) -> None:
        assert loaded.query("select id, body from current where id = 'nobody'") == (("id", "body"), [], False)

    @pytest.mark.parametrize(
        "sql",
        [
            "delete from current",
            "select 1; delete from current",
            "with gone as (delete from current returning *) select * from gone",
            "drop table current",
            "create table more (id text)",
            "commit",
            "set statement_timeout = 0",
            "",
            "selec 1",
            "select * from nowhere",
            "explain analyze delete from current",
        ],
    )
    def test_query_that_does_not_read_is_refused(self, loaded: Warehouse, sql: str) -> None:
        before = loaded.digest()
        with pytest.raises(QueryRefused):
            loaded.query(sql)
        assert loaded.digest() == before

    def test_refusal_quotes_no_value_of_the_data(self, loaded: Warehouse) -> None:
        with pytest.raises(QueryRefused) as refused:
            loaded.query("select cast(cast(body as text) as integer) from current")
        assert NAME not in str(refused.value)

    def test_query_is_stopped_when_its_time_is_over(self, loaded: Warehouse) -> None:
        numbers = " cross join ".join(f"(select * from current) as t{place}" for place in range(40))
        started = time.monotonic()
        with pytest.raises(QueryRefused, match="stopped"):
            loaded.query(f"select count(*) from {numbers}", seconds=0.3)
        assert time.monotonic() - started < 10
        assert loaded.query("select 1").rows == [(1,)]

    def test_query_sees_nothing_of_an_open_transaction(self, loaded: Warehouse) -> None:
        batch = Feeder(loaded, dict(loaded.offsets())).batch([event(3, {}, of="Patient/r")])
        counted: list[object] = []
        reading = threading.Thread(target=lambda: counted.append(loaded.counts()["current"]))
        with loaded.transaction() as transaction:
            load_batch(transaction, batch, NOW)
            reading.start()
            reading.join()
        assert (counted, loaded.counts()["current"]) == ([2], 3)

    def test_digest_depends_on_content_alone(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        digests = [warehouse.digest()]
        for raw in (1, 2):
            feeder.load(event(raw, {"name": [{"family": NAME, "given": ["A"]}]}), receipt(raw))
            feeder.load(report(raw * 10, f"{raw}"), report(raw * 10 + 1))
            digests.append(warehouse.digest())
        tables = {"messages", "receipts", "history", "current", "withdrawals"}
        assert {table for digest in digests for table in digest} == tables
        assert all(len({digest[table] for digest in digests}) == 3 for table in digests[0])

    def test_ledger_says_what_became_of_raw_records(self, warehouse: Warehouse) -> None:
        Feeder(warehouse).load(receipt(7, 2), event(7, {}), receipt(3))
        assert [tuple(entry) for entry in warehouse.ledger()] == [
            (("hl7.raw", 0, 3), "79014", "ADT^A01", EPOCH_US + 3, "mapped", 1, 0, False),
            (("hl7.raw", 0, 7), "79014", "ADT^A01", EPOCH_US + 7, "mapped", 2, 1, False),
        ]

    def test_ledger_begins_when_it_is_told_to(self, warehouse: Warehouse) -> None:
        Feeder(warehouse).load(receipt(7, 1), event(7, {}), receipt(3))
        found = [(entry.raw.offset, entry.loaded) for entry in warehouse.ledger(EPOCH_US + 4)]
        assert found == [(7, 1)]
        assert [entry.raw.offset for entry in warehouse.ledger(EPOCH_US + 3)] == [3, 7]
        assert list(warehouse.ledger(EPOCH_US + 8)) == []
