"""How many durable records a second a bus takes, and what one costs.

    python -m benchmarks.bus [BOOTSTRAP]

Closed loop: a number of callers in one asyncio loop, each with one record in flight, as the listener's connections
are. CPU is this process's, the broker's not included. Rates depend on the machine; ratios and CPU a record travel.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvloop

from engine.bus.bus import Bus, BusError, Producer
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition, Record, Topic

VALUE = b"MSH|^~\\&|LAB|79014|ENGINE|CITY|20260301083000||ORU^R01|" + b"OBX|1|NM|2823-3^K^LN||4.1|mmol/L|||||F\r" * 30
HEADERS = {
    "id": uuid.uuid4().hex.encode(),
    "facility": b"79014",
    "messagekey": b"0" * 64,
    "type": b"ORU^R01",
    "received": b"1700000000000000",
    "listener": b"mllp",
}
KEYS = [uuid.uuid4().hex.encode() for _ in range(5000)]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run took: records, seconds of the clock and of the processor, and the waits of the callers in seconds."""

    records: int
    seconds: float
    processor: float
    waits: Sequence[float]

    def __str__(self) -> str:
        waits = sorted(self.waits) or [0.0]
        p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
        cpu = self.processor / self.records * 1e6
        return f"{self.records / self.seconds:8,.0f} records/s  {cpu:5.1f} us CPU  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms"


class Answers:
    """Brings what `durable` hears into the loop: one wake-up for all that were answered at once."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[asyncio.Future[None], BusError | None]] = deque()
        self._called = False

    def tell(self, future: asyncio.Future[None], error: BusError | None) -> None:
        self._waiting.append((future, error))
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._called = False
        while self._waiting:
            future, error = self._waiting.popleft()
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)


async def publish(producer: Producer, topic: str, callers: int, records: int) -> Result:
    """All callers publish one record after the other until `records` are durable."""
    answers, waits = Answers(), list[float]()
    loop = asyncio.get_running_loop()

    async def call(caller: int) -> None:
        for number in range(records // callers):
            future = loop.create_future()
            began = time.perf_counter()
            key = KEYS[(caller * 7919 + number) % len(KEYS)]
            producer.publish([Record(topic, key, VALUE, HEADERS)], partial(answers.tell, future))
            await future
            waits.append(time.perf_counter() - began)

    clock, processor = time.perf_counter(), _cpu_seconds()
    await asyncio.gather(*(call(caller) for caller in range(callers)))
    return Result(len(waits), time.perf_counter() - clock, _cpu_seconds() - processor, waits)


def consume(bus: Bus, topic: str, records: int) -> Result:
    """One consumer reads what was published, and commits after each poll."""
    consumer = bus.consumer(f"{topic}.readers", [topic])
    clock, processor, read = time.perf_counter(), _cpu_seconds(), 0
    while read < records:
        came = consumer.poll(1000, 1.0)
        read += len(came)
        consumer.commit({Partition(topic, record.partition): record.offset + 1 for record in came})
    result = Result(read, time.perf_counter() - clock, _cpu_seconds() - processor, ())
    consumer.close()
    return result


def measure(name: str, bus: Bus, records: int = 40_000) -> None:
    """Print a bus's figures."""
    for callers in (1, 16, 200, 2000):
        topic = f"bench.{uuid.uuid4().hex[:8]}"
        bus.ensure([Topic(topic, 6)])
        producer = bus.producer()
        count = min(records, callers * 1000)
        uvloop.run(publish(producer, topic, callers, callers))
        print(f"{name}, {callers:5} callers: {uvloop.run(publish(producer, topic, callers, count))}", flush=True)
        producer.close()
    print(f"{name}, one consumer:  {consume(bus, topic, count)}", flush=True)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    print(f"records of {len(VALUE):,} bytes with {len(HEADERS)} headers")
    with tempfile.TemporaryDirectory() as home, EmbeddedBus(Path(home)) as embedded:
        measure("embedded", embedded)
    for bootstrap in sys.argv[1:]:
        with KafkaBus(bootstrap) as kafka:
            measure("kafka", kafka)


if __name__ == "__main__":
    main()
