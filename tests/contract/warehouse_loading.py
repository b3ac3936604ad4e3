"""The warehouse contract: what batches leave behind, whatever their order, their repeats and their cuts."""

from __future__ import annotations

import dataclasses

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.record import Partition
from engine.canonical.receipt import Outcome
from engine.canonical.resource import Body
from engine.loaders.batch import load_batch
from engine.loaders.offsets import write_offsets
from engine.loaders.rows import write_claims
from engine.loaders.tables import TABLES
from engine.loaders.warehouse import Overtaken, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import (
    EVENTS,
    NOW,
    RECEIPTS,
    Crash,
    Crashing,
    Feeder,
    Told,
    arrivals,
    feeds,
    receipt,
    reference,
    report_feeds,
)
from tests.rig.proof import count


def bodies(warehouse: Warehouse) -> dict[str, Body]:
    """The current resources by id, without their type and id."""
    found = warehouse.query("select id, body from current").rows
    return {
        identity: {name: value for name, value in orjson.loads(body).items() if name not in ("resourceType", "id")}
        for identity, body in found
    }


def empty(warehouse: Warehouse) -> None:
    """Delete every row."""
    for table in TABLES:
        keys = warehouse.query(f"select {', '.join(table.key)} from {table.name}").rows
        with warehouse.transaction() as transaction:
            transaction.remove(table, table.key, keys)


class LoadingContract:
    def test_event_becomes_history_and_is_current(self, warehouse: Warehouse) -> None:
        loaded = Feeder(warehouse).load(event(1, {"gender": "male"}), receipt(1))
        assert loaded.rows == {"history": 1, "current": 1, "receipts": 1}
        assert bodies(warehouse) == {"p": {"gender": "male"}}
        held = {table: rows for table, rows in warehouse.counts().items() if rows}
        assert held == {"offsets": 2, "messages": 1, "receipts": 1, "history": 1, "current": 1}

    def test_current_row_names_where_it_comes_from(self, warehouse: Warehouse) -> None:
        Feeder(warehouse).load(event(1, {"gender": "male"}), event(2, {"active": True}, generation=3))
        named = "version, facility, subject, mapping, raw_topic, raw_part, raw_offset, element_versions"
        ((*row, claims),) = warehouse.query(f"select {named} from current").rows
        assert row == ["00002", "79014", "5f" * 16, "set 3", "hl7.raw", 0, 2]
        assert orjson.loads(claims) == {"1 00001": ["gender"], "1 00002": ["active"]}

    def test_offsets_move_with_the_rows(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(1, {}), event(2, {}), receipt(1))
        feeder.load(event(3, {}))
        assert warehouse.offsets() == {EVENTS: 3, RECEIPTS: 1}

    def test_events_below_the_stored_offset_are_skipped(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(1, {"gender": "male"}))
        again = dataclasses.replace(
            feeder.batch([]), events=Feeder(warehouse).batch([event(2, {"gender": "other"})]).events
        )
        with warehouse.transaction() as transaction:
            assert load_batch(transaction, again, NOW).rows["history"] == 0
        assert bodies(warehouse) == {"p": {"gender": "male"}}

    def test_repeated_events_and_receipts_change_nothing(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        told: list[Told] = [
            event(1, {"gender": "male"}),
            event(1, {"status": "planned"}, of="Encounter/e", index=1),
            receipt(1, 2),
        ]
        feeder.load(*told)
        before = warehouse.digest()
        assert feeder.load(*told, now_us=NOW + 1).rows == {"history": 0, "current": 0, "receipts": 0}
        assert warehouse.digest() == before

    def test_copy_of_a_message_counts_once(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        for raw in (1, 2):
            feeder.load(event(raw, {"gender": "male"}, message="m"), receipt(raw, message="m"))
        assert [(entry.raw.offset, entry.is_copy, entry.loaded) for entry in warehouse.ledger()] == [
            (1, False, 1),
            (2, True, 0),
        ]
        assert warehouse.counts()["history"] == 1

    def test_first_copy_counts_though_it_came_last(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(2, {"gender": "male"}, message="m"), event(2, {}, of="Encounter/e", index=1, message="m"))
        feeder.load(receipt(1, message="m"))
        assert (bodies(warehouse), warehouse.counts()["history"]) == ({}, 0)
        feeder.load(event(1, {"gender": "male"}, message="m"))
        assert warehouse.query("select raw_offset from current").rows == [(1,)]

    def test_newer_generation_replaces_what_an_older_one_made(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(
            event(1, {"gender": "male", "active": True}), event(1, {}, of="Encounter/e", index=1), receipt(1, 2)
        )
        feeder.load(event(1, {"gender": "female"}, generation=2), receipt(1, generation=2))
        assert bodies(warehouse) == {"p": {"gender": "female"}}
        assert warehouse.counts()["history"] == 3

    def test_empty_generation_takes_back_what_was_made(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(1, {"gender": "male"}), receipt(1), event(2, {"active": True}, of="Patient/q"), receipt(2))
        feeder.load(receipt(1, 0, generation=2, outcome=Outcome.IGNORED))
        assert bodies(warehouse) == {"q": {"active": True}}

    def test_older_generation_that_comes_late_does_not_count(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(1, {"gender": "female"}, generation=2), receipt(1, generation=2))
        feeder.load(event(1, {"gender": "male", "active": True}), receipt(1))
        assert bodies(warehouse) == {"p": {"gender": "female"}}
        assert [entry.events for entry in warehouse.ledger()] == [1]

    def test_value_of_a_lost_event_gives_way_to_the_one_before(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(1, {"gender": "male"}), event(2, {"gender": "female"}), event(3, {"active": True}))
        feeder.load(receipt(2, 0, generation=2))
        assert bodies(warehouse) == {"p": {"gender": "male", "active": True}}

    def test_identifiers_return_when_their_erasure_is_lost(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(1, {"identifier": [{"system": "a"}]}), event(2, {}, deleted=("identifier",)))
        feeder.load(event(3, {"active": True}), receipt(2, 0, generation=2))
        assert bodies(warehouse) == {"p": {"active": True, "identifier": [{"system": "a"}]}}

    def test_dead_receipt_gives_way_to_a_repeated_attempt_that_succeeds(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(receipt(1, 0, outcome=Outcome.DEAD))
        feeder.load(receipt(1, 1), event(1, {}))
        feeder.load(receipt(1, 0, outcome=Outcome.DEAD))
        assert [(entry.outcome, entry.events, entry.loaded) for entry in warehouse.ledger()] == [("mapped", 1, 1)]

    def test_overtaken_loader_is_kept_out(self, warehouse: Warehouse) -> None:
        fast, slow = Feeder(warehouse), Feeder(warehouse)
        fast.load(event(1, {"gender": "male"}))
        with pytest.raises(Overtaken):
            slow.load(event(1, {"gender": "male"}))
        fast.load(event(2, {"gender": "female"}))
        with pytest.raises(Overtaken):
            Feeder(warehouse, {EVENTS: 1}).load(event(2, {}))
        assert warehouse.counts()["history"] == 2

    def test_loader_that_believes_ahead_of_the_warehouse_is_kept_out(self, warehouse: Warehouse) -> None:
        with pytest.raises(Overtaken):
            Feeder(warehouse, {EVENTS: 5}).load(event(1, {}))

    @pytest.mark.parametrize("believes", [{EVENTS: 1, RECEIPTS: 1}, {EVENTS: 3}, {RECEIPTS: 2}, {}])
    def test_stale_loader_moves_no_offset_back(self, warehouse: Warehouse, believes: dict[Partition, int]) -> None:
        fast = Feeder(warehouse)
        for raw in range(3):
            fast.load(event(raw, {}), receipt(raw))
        stood, before = warehouse.offsets(), warehouse.digest()
        with pytest.raises(Overtaken):
            Feeder(warehouse, believes).load(event(7, {"gender": "male"}), receipt(7))
        assert (warehouse.offsets(), warehouse.digest()) == (stood, before)

    def test_offsets_that_are_behind_are_not_written(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as transaction:
            write_offsets(transaction, {}, {EVENTS: 5})
            write_offsets(transaction, {EVENTS: 5}, {EVENTS: 3})
        assert warehouse.offsets() == {EVENTS: 5}

    def test_crash_between_any_two_statements_leaves_nothing(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(event(2, {"gender": "male"}, message="m"), event(3, {"active": True}), receipt(3))
        before, offsets = warehouse.digest(), warehouse.offsets()
        batch = feeder.batch([event(1, {}, message="m"), event(3, {}, generation=2), receipt(3, generation=2)])
        crashes = 0
        while True:
            try:
                with warehouse.transaction() as transaction:
                    load_batch(Crashing(transaction, crashes), batch, NOW)  # type: ignore[arg-type]  # all by __getattr__
                break
            except Crash:
                crashes += 1
                assert (warehouse.digest(), warehouse.offsets()) == (before, offsets)
        assert crashes > 10
        assert warehouse.offsets() == batch.offsets

    def test_what_follows_is_written_in_the_same_transaction(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.follows = [lambda _, changes, _now: {"none": 1 // (len(changes) - 1)}]
        with pytest.raises(ZeroDivisionError):
            feeder.load(event(1, {}))
        assert warehouse.counts()["history"] == 0

    @settings(max_examples=count(25, 1000), suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_any_order_repeats_and_cuts_leave_the_same(self, warehouse: Warehouse, data: st.DataObject) -> None:
        told = data.draw(st.one_of(feeds(), report_feeds()))
        digests = []
        for batches in ([told], data.draw(arrivals(told))):
            empty(warehouse)
            feeder = Feeder(warehouse)
            for batch in batches:
                feeder.load(*batch)
            digests.append(warehouse.digest())
        assert digests[0] == digests[1]
        found = warehouse.query("select resource_type, id, body, element_versions, version from current").rows
        assert {row[:2]: (orjson.loads(row[2]), orjson.loads(row[3]), row[4]) for row in found} == {
            key: (current.body, write_claims(current.element_versions), current.version)
            for key, current in reference(told).items()
        }
