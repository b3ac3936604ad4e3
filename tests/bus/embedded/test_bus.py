"""The embedded bus keeps the contract."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Topic
from tests.contract.bus_contract import BusContract
from tests.rig.aging import age

LEASE = 1.0


class TestEmbeddedBus(BusContract):
    kills = 20

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        return tmp_path / "bus"

    @pytest.fixture
    def bus(self, home: Path) -> Iterator[Bus]:
        with EmbeddedBus(home, lease=LEASE) as bus:
            yield bus

    @pytest.fixture
    def opening(self, home: Path) -> str:
        return (
            "from pathlib import Path\n"
            "from engine.bus.embedded.bus import EmbeddedBus\n"
            f"bus = EmbeddedBus(Path({str(home)!r}), lease={LEASE})\n"
        )

    @pytest.fixture
    def topic(self, bus: Bus, topic_prefix: str) -> str:
        """Kept for an hour, so that `remove` has records to let grow old."""
        name = f"{topic_prefix}topic"
        bus.ensure([Topic(name, 6, retention=timedelta(hours=1))])
        return name

    @pytest.fixture(autouse=True)
    def _home_of_removals(self, home: Path) -> None:
        self._home = home

    def remove(self, bus: Bus, partition: Partition, before: int) -> None:
        """Make the records two hours older, and let retention find them."""
        assert isinstance(bus, EmbeddedBus)
        age(self._home, partition, before, hours=2)
        bus.enforce(partition.topic, time.time_ns() // 1_000_000)
