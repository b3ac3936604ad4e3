"""The answer stage for tests: a real bus, filled with receipts and their messages, and real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from ssl import SSLContext
from typing import Self

from engine.bus.bus import Bus, read_topic
from engine.bus.record import Partition, Record, Topic
from engine.canonical import raw, receipt
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin
from engine.facilities.destination import Destination
from engine.hl7.acknowledgment import AcknowledgmentCode
from engine.listeners.client import Client
from engine.listeners.clock import SystemClock
from engine.listeners.courier import Result
from engine.listeners.dispatch import Means, answer_senders
from engine.listeners.owed import GROUP, OwedReader
from engine.parts import now_us
from tests.listeners.running import PATIENCE, message, wait_until

PARTITIONS = 2


def prepare(bus: Bus) -> None:
    """Declare the topics that the stage reads."""
    bus.ensure([Topic(name, PARTITIONS) for name in (raw.TOPIC, receipt.TOPIC)])


def store(bus: Bus, facility: str, control_ids: Iterable[str], *, subject: str = "p", owed: bool = True) -> None:
    """Messages and their receipts; one whose control id begins with D is a dead letter, VALUE at PID-7."""
    stored = [_message(facility, one, subject) for one in control_ids]
    producer = bus.producer()
    producer.publish([raw.encode(one) for one in stored], lambda _error: None)
    producer.flush(PATIENCE)
    ids = {one.id for one in stored}
    found = [record for record in read_topic(bus, raw.TOPIC) if record.text("id") in ids]
    told = [_receipt(record, owed) for record in found]
    producer.publish([receipt.encode(one) for one in told], lambda _error: None)
    producer.close()


def repeat(bus: Bus) -> None:
    """Publish every receipt again, as a transformer does that died before its commit."""
    producer = bus.producer()
    told = [receipt.encode(receipt.decode(record)) for record in read_topic(bus, receipt.TOPIC)]
    producer.publish(told, lambda _error: None)
    producer.close()


def settled(bus: Bus) -> bool:
    """Whether every receipt is done with: the group's offsets stand at the ends."""
    ends = {partition: span.next for partition, span in bus.spans(receipt.TOPIC).items() if span.next}
    committed = bus.committed(GROUP, receipt.TOPIC)
    return all(committed.get(partition) == end for partition, end in ends.items())


def committed(bus: Bus) -> dict[Partition, int]:
    """Where the group stands, of partitions that it left the beginning of."""
    return {one: at for one, at in bus.committed(GROUP, receipt.TOPIC).items() if at}


class Answering:
    """The stage, running while the block does."""

    def __init__(
        self,
        bus: Bus,
        ports: Mapping[str, int],
        *,
        timeout: float = 2.0,
        give_up: float = 60.0,
        tls: SSLContext | None = None,
        oldest_ms: int = 0,
    ) -> None:
        self.results = Counter[tuple[str, str]]()
        self.most_waiting = self.now_waiting = 0
        self._bus = bus
        self._destinations = {code: Destination("localhost", port) for code, port in ports.items()}
        self._oldest_ms = oldest_ms
        self._stop = threading.Event()

        def client(to: Destination) -> Client:
            return Client(to.host, to.port, timeout, tls)

        self._means = Means(client, SystemClock(), self, timedelta(seconds=give_up), first_pause=0.05)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def ended(self, code: AcknowledgmentCode, result: Result) -> None:
        self.results[code.value, result.value] += 1

    def waiting(self, count: int) -> None:
        self.now_waiting = count
        self.most_waiting = max(self.most_waiting, count)

    def _run(self) -> None:
        asyncio.run(answer_senders(self._make_reader, self._means, self._stop))

    def _make_reader(self) -> OwedReader:
        return OwedReader(self._bus, self._destinations, b"AL", now_us, self._oldest_ms)

    def settle(self) -> None:
        """Wait until nothing is left to do."""
        wait_until(lambda: settled(self._bus), 30)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


def _message(facility: str, control_id: str, subject: str) -> Raw:
    payload = message(control_id, msh={4: facility, 15: "AL", 16: "AL"})
    return Raw(f"{facility}/{control_id}", payload, facility, subject, control_id, "ADT^A01", now_us(), "mllp")


def _receipt(record: Record, owed: bool) -> Receipt:
    stored = raw.decode(record)
    origin = Origin(
        record.position, stored.facility, stored.subject, stored.message_key, "v", stored.received_us, "set 1", 1
    )
    if stored.message_key.startswith("D"):
        return Receipt(origin, stored.message_type, Outcome.DEAD, 0, "VALUE", "PID-7", owed)
    return Receipt(origin, stored.message_type, Outcome.MAPPED, 1, owed=owed)
