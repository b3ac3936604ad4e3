"""A transformer that stands rather than turning everything into dead letters, and how it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bus.bus import Bus, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Record, Topic
from engine.canonical import audit, dead, raw, receipt, unmapped
from engine.canonical.raw import Raw
from engine.facilities.facility import Registry
from engine.transforms import guard as guarding
from engine.transforms import stops
from engine.transforms.brake import Limits
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.guard import Guard
from engine.transforms.publishing import publish_records
from engine.transforms.stops import Release, Standing, Stop, read_standing
from engine.transforms.transformer import GROUP, Transformer
from tests.rig.process import wait_until
from tests.transforms.folders import patient

NOW_US = 1_790_000_000_000_000
BROKEN = b"MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|C1|P|2.5\rPID|1||B^^^H^PI||||31/12/1980\r"
GOOD = BROKEN.replace(b"31/12/1980", b"19801231")
TOPICS = (raw.TOPIC, "fhir.patient", receipt.TOPIC, dead.TOPIC, unmapped.TOPIC)


class Running:
    """A transformer on a thread that stops at ten dead letters of one window."""

    def __init__(self, bus: Bus, conversion: Conversion) -> None:
        self.bus = bus
        self.conversion = conversion
        self.told: list[bool] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        pass

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def count(self, topic: str) -> int:
        return len(list(read_topic(self.bus, topic)))

    def until(self, holds: Callable[[], bool], what: str) -> None:
        wait_until(holds, what, 60)

    def _run(self) -> None:
        with closing(self.bus.producer()) as producer:
            limits = Limits(10, 0.5, 600_000_000)
            guard = Guard(self.bus, producer, limits, lambda: time.time_ns() // 1000, self.told.append)
            Transformer(self.bus, producer, lambda: self.conversion, lambda: NOW_US, self, guard).run(self._stop)


def store(bus: Bus, *payloads: bytes) -> None:
    records = [
        raw.encode(Raw(f"r{number}", one, f"799{number % 7:02}", f"s{number}", f"k{number}", "ADT^A01", NOW_US, "mllp"))
        for number, one in enumerate(payloads)
    ]
    with closing(bus.producer()) as producer:
        publish_records(producer, records)


def release(bus: Bus, free_us: int = 600_000_000) -> None:
    now = time.time_ns() // 1000
    with closing(bus.producer()) as producer:
        publish_records(producer, [stops.encode(Release(now, now + free_us, "an"))])


def prepare(bus: Bus) -> None:
    bus.ensure([Topic(name, partitions=2) for name in TOPICS])
    bus.ensure([Topic(stops.TOPIC, partitions=1), Topic(audit.TOPIC, partitions=1)])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "LOOK_US", 100_000)
    monkeypatch.setattr(guarding, "LOOK_STANDING_US", 100_000)


@pytest.fixture
def conversion(tmp_path: Path) -> Conversion:
    mappings = patient(tmp_path / "mappings", "birthDate: PID-7 as date")
    return Conversion(mappings, 1, Registry(), lambda _one: ["fhir.patient"])


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare(bus)
        yield bus


def test_too_many_dead_letters_stop_it_before_they_are_written(bus: Bus, conversion: Conversion) -> None:
    with Running(bus, conversion) as running:
        store(bus, *[GOOD] * 30)
        running.until(lambda: running.count(receipt.TOPIC) == 30, "what is good")
        store(bus, *[BROKEN] * 300)
        running.until(lambda: running.told == [True], "the stop")
        assert running.count(dead.TOPIC) < 50
        stopped = read_standing(read_topic(bus, stops.TOPIC)).stop
        assert stopped
        assert (stopped.generation, stopped.version) == (1, conversion.mappings.version)
        assert set(stopped.reasons) == {"VALUE"}
        events = [audit.describe(one)["event"] for one in read_topic(bus, audit.TOPIC)]
        assert events == ["recording-started", "transform-stopped"]


def test_released_it_goes_on_and_nothing_is_lost_or_out_of_order(bus: Bus, conversion: Conversion) -> None:
    store(bus, *[BROKEN] * 300)
    with Running(bus, conversion) as running:
        running.until(lambda: running.told == [True], "the stop")
        assert running.count(dead.TOPIC) == 0
        release(bus)
        running.until(lambda: running.count(dead.TOPIC) == 300, "every dead letter")
        assert running.told == [True, False]
        running.until(lambda: sum(bus.committed(GROUP, raw.TOPIC).values()) == 300, "the offsets")
        ends = {at: [one.offset for one in found] for at, found in by_partition(bus).items()}
        assert all(offsets == sorted(offsets) for offsets in ends.values())


def by_partition(bus: Bus) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    for letter in read_topic(bus, dead.TOPIC):
        found.setdefault(letter.partition, []).append(letter)
    return found


def test_another_generation_of_mappings_starts_it_again(bus: Bus, conversion: Conversion, tmp_path: Path) -> None:
    store(bus, *[BROKEN] * 300)
    with Running(bus, conversion) as running:
        running.until(lambda: running.told == [True], "the stop")
        corrected = patient(tmp_path / "corrected", "language: PID-7")
        running.conversion = replace(conversion, mappings=corrected, generation=2)
        running.until(lambda: running.count("fhir.patient") == 300, "every patient")
        assert running.count(dead.TOPIC) == 0
        assert running.told == [True, False]


def test_one_that_is_started_again_goes_on_standing(bus: Bus, conversion: Conversion) -> None:
    store(bus, *[BROKEN] * 300)
    with Running(bus, conversion) as running:
        running.until(lambda: running.told == [True], "the stop")
    with Running(bus, conversion) as again:
        again.until(lambda: again.told == [True], "the stop that stands")
        assert again.count(dead.TOPIC) == 0
    assert len(list(read_topic(bus, stops.TOPIC))) == 1


def test_after_the_free_time_it_may_stop_again(bus: Bus, conversion: Conversion) -> None:
    store(bus, *[BROKEN] * 300)
    with Running(bus, conversion) as running:
        running.until(lambda: running.told == [True], "the stop")
        release(bus, free_us=0)
        running.until(lambda: running.told == [True, False, True], "the next stop")


def test_on_kafka_it_stands_and_goes_on_when_it_is_released(
    kafka_bootstrap: str, topic_prefix: str, conversion: Conversion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((raw, "TOPIC"), (receipt, "TOPIC"), (dead, "TOPIC"), (stops, "TOPIC"), (audit, "TOPIC")):
        monkeypatch.setattr(module, name, topic_prefix + getattr(module, name))
    monkeypatch.setattr("engine.canonical.chain.TOPIC", audit.TOPIC)
    monkeypatch.setattr("engine.transforms.transformer.GROUP", topic_prefix + GROUP)
    with KafkaBus(kafka_bootstrap) as bus:
        topics = (raw.TOPIC, "fhir.patient", receipt.TOPIC, dead.TOPIC, unmapped.TOPIC)
        bus.ensure([Topic(name, partitions=2) for name in topics])
        bus.ensure([Topic(stops.TOPIC, partitions=1), Topic(audit.TOPIC, partitions=1)])
        store(bus, *[BROKEN] * 300)
        with Running(bus, conversion) as running:
            running.until(lambda: running.told == [True], "the stop")
            assert running.count(dead.TOPIC) == 0
            release(bus)
            running.until(lambda: running.count(dead.TOPIC) == 300, "every dead letter")


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b'{"at_us": 1}'])
def test_a_record_that_says_nothing_is_passed_over(value: bytes) -> None:
    stop = Stop(1, 2, "v", 3, 4, {})
    assert read_standing([stops.encode(stop), Record(stops.TOPIC, b"stop", value)]) == Standing(stop)
