"""What is missing is told by facility, until nothing is, also by another process than the one that began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from engine.bus.bus import Bus, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.canonical import feed_state
from engine.loaders.feed_accounts import FeedAccounts
from engine.loaders.reconcile import Counts, Line


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure([Topic(feed_state.TOPIC, 2, compacted=True)])
        yield bus


def tell(bus: Bus, *accounts: Sequence[Line]) -> None:
    """What one process tells of these accounts."""
    producer = bus.producer()
    feeds = FeedAccounts(bus, producer, lambda: 1)
    for lines in accounts:
        feeds.tell(lines)
    producer.close()


def line(facility: str, missing: int, kind: str = "ADT^A01", hour: str = "2026-11-26T08") -> Line:
    return Line(facility, kind, hour, Counts(received=10, loaded=10 - missing, missing=missing))


def told(bus: Bus) -> list[tuple[str, int, int]]:
    found = [(record, orjson.loads(record.value)) for record in read_topic(bus, feed_state.TOPIC)]
    return [(record.text("ce_source")[10:], body["received"], body["missing"]) for record, body in found]


def test_only_facilities_that_miss_messages_are_told_of_all_types_and_hours_together(bus: Bus) -> None:
    lines = [line("79901", 1), line("79901", 2, "ORU^R01"), line("79901", 0, hour="2026-11-26T09"), line("79902", 0)]
    tell(bus, lines, ())
    assert told(bus) == [("79901", 30, 3)]


def test_that_nothing_is_missing_any_more_is_told_once(bus: Bus) -> None:
    tell(bus, [line("79901", 1)], [line("79901", 0)], [line("79901", 0)])
    assert told(bus) == [("79901", 10, 1), ("79901", 10, 0)]


def test_another_process_tells_of_what_left_the_account_meanwhile(bus: Bus) -> None:
    tell(bus, [line("79901", 1)])
    tell(bus, [line("79902", 0)])
    assert told(bus) == [("79901", 10, 1), ("79901", 0, 0)]
