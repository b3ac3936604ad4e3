"""Reconciliation of real stores: each raw record of a bus is what was done to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Position, Record
from engine.canonical import dead, held, raw, resolution
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.canonical.held import Held
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resolution import Resolution, Verdict
from engine.canonical.resource import Resource
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.evidence import take_account
from engine.loaders.query_socket import RemoteWarehouse, serve_queries
from engine.loaders.reconcile import Counts, total
from engine.loaders.warehouse import Reader, Warehouse
from tests.canonical.events import EPOCH_US, event, origin
from tests.loaders.stage import loading, prepare_bus, publish, read_topic, records_of, wait_for_end
from tests.rig.process import wait_until

GROUP = "transformer"
SUBJECT = "5f" * 16


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare_bus(bus)
        yield bus


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.migrate()
    yield warehouse
    warehouse.close()


def receive(bus: Bus, count: int) -> list[Position]:
    """Publish so many raw records of one subject; their positions."""
    messages = [
        Raw(f"{at}", b"MSH|", "79014", SUBJECT, f"message {at}", "ADT^A01", EPOCH_US + at, "mllp")
        for at in range(count)
    ]
    publish(bus, map(raw.encode, messages))
    return [record.position for record in read_topic(bus, raw.TOPIC)]


def transform(bus: Bus, position: Position, *, message: str = "", events: int = 1, published: int = 1) -> None:
    """Publish a receipt that names `events`, and so many of them."""
    made = origin(position.offset, message=message)._replace(raw=position)
    told = [
        Resource("Patient", f"{position.offset}/{index}", {"active": True}, made, index) for index in range(published)
    ]
    publish(bus, records_of([*told, Receipt(made, "ADT^A01", Outcome.MAPPED, events)]))


def receipt_only(bus: Bus, position: Position, outcome: Outcome) -> None:
    made = origin(position.offset)._replace(raw=position)
    publish(bus, records_of([Receipt(made, "ADT^A01", outcome)]))


def bury(bus: Bus, source: Record, stage: Stage) -> None:
    publish(bus, [dead.encode(DeadLetter(Reason.UNMATCHED, stage, "MSH-9", "no mapping", source), EPOCH_US)])


def commit(bus: Bus, position: Position) -> None:
    """Let the transformer stand behind this raw record."""
    with closing(bus.consumer(GROUP, [raw.TOPIC])) as consumer:
        wait_until(lambda: bool(consumer.poll(1, 0.1)) or bool(consumer.assigned()), "the transformer's partitions")
        consumer.commit({Partition(position.topic, position.partition): position.offset + 1})


def counts(bus: Bus, warehouse: Reader) -> Counts:
    lines = total(take_account(bus, warehouse, GROUP).lines)
    return lines[0].counts if lines else Counts()


def test_stores_without_a_message_are_balanced(bus: Bus, warehouse: Warehouse) -> None:
    assert take_account(bus, warehouse, GROUP) == ([], [])


def test_every_fate_is_told_from_the_stores(bus: Bus, warehouse: Warehouse) -> None:
    loaded, copy, ignored, stopped, lost, half, ahead = positions = receive(bus, 7)
    transform(bus, loaded, events=2, published=2, message="twice")
    transform(bus, copy, events=2, published=2, message="twice")
    receipt_only(bus, ignored, Outcome.IGNORED)
    receipt_only(bus, stopped, Outcome.DEAD)
    bury(bus, Record(raw.TOPIC, b"", b"MSH|", {}, stopped.partition, stopped.offset), Stage.TRANSFORM)
    transform(bus, half, events=2, published=1)
    bury(bus, Record("", b"", b"junk", {"facility": b"79015"}), Stage.LISTEN)
    commit(bus, half)
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    account = take_account(bus, warehouse, GROUP)
    assert total(account.lines)[0].counts == Counts(
        received=7, loaded=1, duplicate=1, ignored=1, dead=1, in_flight=1, missing=2, refused=1
    )
    assert account.missing == [lost, half]
    assert ahead == positions[-1]


def test_what_the_loader_has_yet_to_read_is_in_flight(bus: Bus, warehouse: Warehouse) -> None:
    first, second = receive(bus, 2)
    transform(bus, first, events=2, published=2)
    receipt_only(bus, second, Outcome.IGNORED)
    commit(bus, second)
    assert counts(bus, warehouse) == Counts(received=2, in_flight=2)
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    assert counts(bus, warehouse) == Counts(received=2, loaded=1, ignored=1)


def test_raw_record_of_a_refused_event_is_dead(bus: Bus, warehouse: Warehouse) -> None:
    (position,) = receive(bus, 1)
    transform(bus, position, events=2, published=1)
    good, *_ = records_of([event(position.offset, {})])
    broken = good._replace(value=b"{", headers={**good.headers, "ce_id": f"{position}/1/0".encode()})
    publish(bus, [broken])
    commit(bus, position)
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    assert counts(bus, warehouse) == Counts(received=1, dead=1)


def test_a_message_whose_dead_letter_was_dropped_is_ignored(bus: Bus, warehouse: Warehouse) -> None:
    positions = receive(bus, 3)
    for position in positions:
        receipt_only(bus, position, Outcome.DEAD)
        bury(bus, Record(raw.TOPIC, b"", b"MSH|", {}, position.partition, position.offset), Stage.TRANSFORM)
    commit(bus, positions[-1])
    letters = {dead.raw_position(record): record.position for record in read_topic(bus, dead.TOPIC)}
    for position, verdict in zip(positions, (Verdict.DROPPED, Verdict.RETRIED, Verdict.FAILED), strict=True):
        decided = Resolution(letters[position], position, verdict, "an", EPOCH_US, "test")
        publish(bus, [resolution.encode(decided)])
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    assert counts(bus, warehouse) == Counts(received=3, ignored=1, dead=2)


def test_a_message_that_waits_with_its_key_is_held(bus: Bus, warehouse: Warehouse) -> None:
    positions = receive(bus, 3)
    commit(bus, positions[-1])
    waits = [held.encode(Held(position, SUBJECT, EPOCH_US)) for position in positions[:2]]
    publish(bus, [*waits, held.encode_freed(positions[0])])
    account = take_account(bus, warehouse, GROUP)
    assert total(account.lines)[0].counts == Counts(received=3, held=1, missing=2)
    assert account.missing == [positions[0], positions[2]]


def test_account_is_the_same_through_the_socket(bus: Bus, warehouse: Warehouse, tmp_path: Path) -> None:
    for position in receive(bus, 20):
        transform(bus, position)
    commit(bus, position)
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    with serve_queries(warehouse, tmp_path / "sock"), closing(RemoteWarehouse(tmp_path / "sock")) as remote:
        assert take_account(bus, remote, GROUP) == take_account(bus, warehouse, GROUP)
        assert counts(bus, remote) == Counts(received=20, loaded=20)


def test_nothing_is_called_missing_while_it_moves(bus: Bus, warehouse: Warehouse) -> None:
    positions = receive(bus, 60)
    accounts = []
    with loading(bus, warehouse):
        for position in positions:
            transform(bus, position, events=2, published=2)
            if position.offset % 10 == 9:
                commit(bus, position)
            if position.offset % 3 == 0:
                accounts.append(take_account(bus, warehouse, GROUP))
        wait_for_end(bus, warehouse)
    commit(bus, positions[-1])
    assert all(account.missing == [] for account in accounts)
    assert counts(bus, warehouse) == Counts(received=60, loaded=60)
