"""What Kafka's transactions would cost the transformer, beside what it does: the same records, in turns.

    python -m benchmarks.transactions [BATCH ...]

Reads raw messages, publishes what they come to (worked out before, so that only the bus is measured), and moves the
offset: once as the transformer does it, and once in a transaction for each batch (KIP-447). CPU is this process's, the
broker's not included.
"""

from __future__ import annotations

import itertools
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, Producer

from benchmarks.traffic import ADT, ORU
from engine.bus.bus import Consumer as BusConsumer
from engine.bus.kafka.bus import KafkaBus
from engine.bus.kafka.record import read_message
from engine.bus.kafka.settings import Membership, consumer_settings, producer_settings
from engine.bus.record import Record, Topic, next_offsets
from engine.canonical import raw
from engine.canonical.key import message_key, subject
from engine.canonical.raw import Raw
from engine.config.settings import ROOT
from engine.facilities.facility import Registry
from engine.routes.router import Router
from engine.transforms.conversion import Conversion
from engine.transforms.load import load_mappings
from engine.transforms.transformer import publish_records
from tests.rig.kafka import FAST, Kafka

MESSAGES = 9_000
BATCHES = (10, 100, 1000)
ROUNDS = 3
MOST_BATCHES = 40
KINDS = 200
"""Messages that differ; they are sent again and again."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run took: messages, seconds of the clock and of the processor, seconds of each batch."""

    messages: int
    seconds: float
    processor: float
    batches: Sequence[float]

    def __str__(self) -> str:
        middle = sorted(self.batches)[len(self.batches) // 2] * 1000
        cpu = self.processor / self.messages * 1e6
        return f"{self.messages / self.seconds:8,.0f} messages/s  {cpu:6.1f} us CPU  a batch {middle:7.2f} ms"


Work = Callable[[int], Iterator[int]]
"""Works batch by batch, and gives how many messages each had."""


class Bench:
    """A broker with raw messages on it, and what they come to."""

    def __init__(self, bootstrap: str, messages: int) -> None:
        self._bootstrap = bootstrap
        self._messages = messages
        self._made = _made()
        types = {record.topic for records in self._made for record in records}
        with KafkaBus(bootstrap, deadline=60) as bus:
            bus.ensure([Topic(name, 6) for name in (raw.TOPIC, *types)])
            with closing(bus.producer()) as producer:
                publish_records(producer, (_raw(number) for number in range(messages)))

    def at_least_once(self, batch: int) -> Iterator[int]:
        """As the transformer does it."""
        bus = KafkaBus(self._bootstrap, deadline=60)
        consumer = bus.consumer(uuid.uuid4().hex, [raw.TOPIC])
        with closing(bus.producer()) as producer, closing(consumer):
            while True:
                records = _poll(consumer, batch)
                publish_records(producer, self._come_to(records))
                consumer.commit(next_offsets(records))
                yield len(records)

    def in_transactions(self, batch: int) -> Iterator[int]:
        """A transaction for each batch, which holds its offsets too."""
        common = {"bootstrap.servers": self._bootstrap}
        reading = consumer_settings(common, uuid.uuid4().hex, Membership())
        writing = producer_settings(common, 8.0) | {"transactional.id": uuid.uuid4().hex}
        consumer, producer = Consumer({**reading, "auto.offset.reset": "earliest"}), Producer(writing)
        consumer.subscribe([raw.TOPIC])
        producer.init_transactions(30)
        try:
            while True:
                messages = consumer.consume(batch, 1.0)
                producer.begin_transaction()
                for record in self._come_to([read_message(message) for message in messages]):
                    producer.produce(record.topic, record.value, record.key, headers=dict(record.headers))
                places = consumer.position(consumer.assignment())
                producer.send_offsets_to_transaction(places, consumer.consumer_group_metadata(), 30)
                producer.commit_transaction(30)
                yield len(messages)
        finally:
            consumer.close()

    def run(self, work: Work, batch: int) -> Result:
        """All messages in batches; the first one, which waits for the group, is not measured."""
        working = work(batch)
        next(working)
        before, began, took, done = _cpu_seconds(), time.perf_counter(), [], 0
        limit = min(self._messages - 2 * batch, MOST_BATCHES * batch)
        last = began
        while done < limit:
            done += next(working)
            last, spent = time.perf_counter(), time.perf_counter() - last
            took.append(spent)
        result = Result(done, last - began, _cpu_seconds() - before, took)
        working.close()
        return result

    def _come_to(self, records: Sequence[Record]) -> Iterator[Record]:
        return itertools.chain.from_iterable(self._made[int(record.text("id"))] for record in records)


def _poll(consumer: BusConsumer, batch: int) -> list[Record]:
    records: list[Record] = []
    while not records:
        records = consumer.poll(batch, 1.0)
    return records


def _made() -> list[tuple[Record, ...]]:
    conversion = Conversion(load_mappings(ROOT / "mappings", ()), 1, Registry(), Router().route)
    found = [_raw(number) for number in range(KINDS)]
    placed = [Record(one.topic, one.key, one.value, one.headers, 0, number) for number, one in enumerate(found)]
    return [conversion.convert(record, 0).records for record in placed]


def _raw(number: int) -> Record:
    kind = number % KINDS
    payload = (ADT if kind % 4 else ORU) % (kind, kind, kind)
    key = subject(bytes(32), "79014", b"%d" % number)
    digest = message_key("79014", b"", b"", b"%d" % kind, payload)
    return raw.encode(Raw(str(kind), payload, "79014", key, digest, "ADT^A01", 1_790_000_000_000_000, "mllp"))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(batches: Sequence[int]) -> None:
    """Print both ways for each size of batch, in turns."""
    with tempfile.TemporaryDirectory() as folder, Kafka.single(Path(folder) / "kafka", "512m", FAST) as kafka:
        bench = Bench(kafka.bootstrap, MESSAGES)
        for batch, turn in itertools.product(batches, range(ROUNDS)):
            print(f"{batch:5} {turn}  at least once    {bench.run(bench.at_least_once, batch)}")
            print(f"{batch:5} {turn}  in transactions  {bench.run(bench.in_transactions, batch)}", flush=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or BATCHES)
