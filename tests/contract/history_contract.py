"""The contract of whatever keeps the history: each event once, offsets with the rows, no writer that is overtaken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.record import Partition
from engine.canonical.receipt import Receipt
from engine.canonical.resource import Resource
from engine.loaders.tables import Row
from engine.loaders.warehouse import Overtaken, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import EVENTS, RECEIPTS, Feeder, Told, arrivals, feeds, receipt
from tests.contract.warehouse_loading import empty
from tests.rig.proof import count

KEY = "raw_offset, generation, event_index, resource_type, id, version, body"


class Keeper(Protocol):
    """What keeps a history, and loaders of it."""

    def load(self, *told: Told, believes: Mapping[Partition, int] | None = None) -> None:
        """Load these as the next batch of a loader that believes the history there, by default rightly."""

    def offsets(self) -> Mapping[Partition, int]:
        """Where it stands."""

    def events(self) -> list[Row]:
        """The columns of KEY, of each event once, of the first copy of each message."""

    def empty(self) -> None:
        """Forget everything."""


@dataclass
class WarehouseKeeper:
    """A warehouse, as far as it keeps a history."""

    warehouse: Warehouse

    def load(self, *told: Told, believes: Mapping[Partition, int] | None = None) -> None:
        Feeder(self.warehouse, dict(self.offsets() if believes is None else believes)).load(*told)

    def offsets(self) -> Mapping[Partition, int]:
        return self.warehouse.offsets()

    def events(self) -> list[Row]:
        return self.warehouse.query(f"select {KEY} from history").rows

    def empty(self) -> None:
        empty(self.warehouse)


def keys(keeper: Keeper) -> list[tuple[int, int, int]]:
    """Raw record, generation and place of each event."""
    return sorted(row[:3] for row in keeper.events())


class HistoryContract:
    """Subclass it where a fixture `keeper` gives an empty history."""

    def test_history_keeps_each_event(self, keeper: Keeper) -> None:
        keeper.load(event(1, {"gender": "male"}), receipt(1), event(2, {}, of="Encounter/e", generation=3))
        assert sorted(row[:6] for row in keeper.events()) == [
            (1, 1, 0, "Patient", "p", "00001"),
            (2, 3, 0, "Encounter", "e", "00002"),
        ]

    def test_offsets_move_with_the_history(self, keeper: Keeper) -> None:
        keeper.load(event(1, {}), event(2, {}), receipt(1))
        keeper.load(event(3, {}))
        assert keeper.offsets() == {EVENTS: 3, RECEIPTS: 1}

    def test_history_shows_a_repeated_event_once(self, keeper: Keeper) -> None:
        for _ in range(2):
            keeper.load(event(1, {"gender": "male"}), event(1, {}, of="Encounter/e", index=1), receipt(1, 2))
        assert keys(keeper) == [(1, 1, 0), (1, 1, 1)]

    def test_history_shows_the_first_copy_of_a_message(self, keeper: Keeper) -> None:
        keeper.load(event(2, {}, message="m"), receipt(2, message="m"))
        assert keys(keeper) == [(2, 1, 0)]
        keeper.load(event(1, {}, message="m"), receipt(1, message="m"))
        assert keys(keeper) == [(1, 1, 0)]

    def test_history_keeps_older_generations(self, keeper: Keeper) -> None:
        keeper.load(event(1, {}), event(1, {}, generation=2))
        assert keys(keeper) == [(1, 1, 0), (1, 2, 0)]

    def test_writer_of_the_history_that_is_overtaken_is_kept_out(self, keeper: Keeper) -> None:
        keeper.load(event(1, {}))
        for believes in ({}, {EVENTS: 0}, {EVENTS: 2}):
            with pytest.raises(Overtaken):
                keeper.load(event(2, {}), believes=believes)
        assert keys(keeper) == [(1, 1, 0)]
        assert keeper.offsets()[EVENTS] == 1

    @settings(max_examples=count(3, 200), suppress_health_check=list(HealthCheck), deadline=None)
    @given(data=st.data())
    def test_history_is_the_same_in_any_order_and_batches(self, keeper: Keeper, data: st.DataObject) -> None:
        told = data.draw(feeds())
        heard = [thing.origin for thing in told]
        firsts = {one.message_key: one.raw for one in sorted(heard, key=lambda one: one.raw, reverse=True)}
        expected = {
            (one.origin.raw.offset, one.origin.generation, one.place)
            for one in told
            if isinstance(one, Resource) and firsts[one.origin.message_key] == one.origin.raw
        }
        keeper.empty()
        for batch in data.draw(arrivals(told)):
            keeper.load(*batch)
        assert keys(keeper) == sorted(expected)
        assert sum(isinstance(one, Receipt) for one in told) <= keeper.offsets().get(RECEIPTS, 0)
