"""A loader at work for tests: on an embedded bus, in a thread, and heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from engine.bus.bus import Bus
from engine.bus.record import Record, Topic
from engine.canonical import dead, envelope, held, raw, receipt, resolution
from engine.canonical.dead import Reason
from engine.canonical.envelope import topic_of
from engine.canonical.receipt import Receipt
from engine.loaders.batch import Follow, Loaded
from engine.loaders.loader import GROUP, Loader
from engine.loaders.publishing import Publishing
from engine.loaders.warehouse import Warehouse
from tests.contract.warehouse_feed import Told
from tests.rig.process import wait_until

TOPICS = [*(f"fhir.{one}" for one in ("patient", "encounter", "observation", "diagnosticreport")), receipt.TOPIC]
PARTITIONS = 2


@dataclass
class Heard:
    """What the meter heard."""

    batches: list[Loaded] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def loaded(self, batch: Loaded, seconds: float) -> None:
        assert seconds >= 0
        self.batches.append(batch)

    def buried(self, reason: Reason) -> None:
        self.reasons.append(reason)


def prepare_bus(bus: Bus) -> None:
    """Create the topics."""
    bus.ensure([Topic(name, PARTITIONS) for name in (*TOPICS, raw.TOPIC, dead.TOPIC, held.TOPIC, resolution.TOPIC)])


def publish(bus: Bus, records: Iterable[Record]) -> None:
    """Publish, and return when all is durable."""
    with closing(bus.producer()) as producer:
        producer.publish(list(records), lambda _error: None)
        producer.flush(30)


def records_of(told: Iterable[Told]) -> list[Record]:
    """Events and receipts as the transformer publishes them."""
    return [_record_of(each) for each in told]


def _record_of(told: Told) -> Record:
    return receipt.encode(told) if isinstance(told, Receipt) else envelope.encode(told, topic_of(told.type))


def read_topic(bus: Bus, topic: str) -> list[Record]:
    """All that a topic holds."""
    return [record for at, span in sorted(bus.spans(topic).items()) for record in bus.read(at, span.first, span.next)]


def now_us() -> int:
    """The time of this machine."""
    return time.time_ns() // 1000


@contextmanager
def loading(
    bus: Bus,
    warehouse: Warehouse,
    heard: Heard | None = None,
    group: str = GROUP,
    latest: Sequence[str] = (),
    views: Sequence[Follow] = (),
) -> Iterator[Heard]:
    """Run a loader meanwhile."""
    heard, stop, failed = heard or Heard(), threading.Event(), []

    def run(producer_bus: Bus = bus) -> None:
        try:
            with closing(producer_bus.producer()) as producer:
                follows: list[Follow] = [*views, Publishing(producer, latest)]
                loader = Loader(bus, producer, warehouse, TOPICS, now_us, heard, follows, group)
                loader.run(stop)
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
    assert failed == []


def wait_for_end(bus: Bus, warehouse: Warehouse, topics: Sequence[str] = TOPICS) -> None:
    """Return when the warehouse stands at the end of every partition."""

    def stands() -> bool:
        offsets = warehouse.offsets()
        ends = {at: span.next for topic in topics for at, span in bus.spans(topic).items() if span.next > span.first}
        return all(offsets.get(at) == end for at, end in ends.items())

    wait_until(stands, "the end of every topic")
