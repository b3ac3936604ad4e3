"""What is read of a topic is of one moment."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.embedded.view import Batch, TopicView
from engine.bus.record import Topic
from tests.contract.bus_drive import numbered, publish, values


def test_records_removed_while_they_are_read_are_read_to_the_end(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1, retention=timedelta(hours=1))])
        publish(bus, numbered("t", range(100)))
        with closing(TopicView(tmp_path / "bus" / "topics" / "t.db")) as view, view.snapshot() as spans:
            bus.enforce("t", time.time_ns() // 1_000_000 + 7_200_000)
            batch = Batch(1000)
            assert view.scan(0, spans[0].first, spans[0].next, batch) == 100
        assert values(batch.records) == list(range(100))


def test_a_view_knows_when_something_was_written(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1)])
        with closing(TopicView(tmp_path / "bus" / "topics" / "t.db")) as view:
            before = view.version()
            assert view.version() == before
            publish(bus, numbered("t", range(1)))
            assert view.version() != before
