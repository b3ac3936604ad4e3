"""Strict routes: after a dead letter they get nothing more of its key until they are told; all else flows."""

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
from engine.bus.record import Position, Record, Topic
from engine.canonical import dead, envelope, gaps, raw, receipt, resolution, unmapped
from engine.canonical.gaps import Gap, read_gaps
from engine.canonical.raw import Raw
from engine.canonical.resolution import Resolution, Verdict
from engine.facilities.facility import Registry
from engine.transforms import withholding
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.publishing import publish_records
from engine.transforms.transformer import GROUP, Transformer
from engine.transforms.withholding import Withholding
from tests.rig.process import wait_until
from tests.transforms.folders import patient

NOW_US = 1_790_000_000_000_000
MESSAGE = "MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|C{0}|P|2.5\rPID|1||B{0}^^^H^PI||||{1}|{0}\r"
PATIENTS, STRICT = "fhir.patient", "review.all"
GOOD, BROKEN = "19800102", "31/12/1980"


class Running:
    """A transformer on a thread, with a strict route that every patient goes by."""

    def __init__(self, bus: Bus, conversion: Conversion) -> None:
        self.bus = bus
        self.conversion = conversion
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        assert seconds >= 0

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def until(self, holds: Callable[[], bool], what: str) -> None:
        wait_until(holds, what, 90)

    def kinds(self, topic: str) -> list[str]:
        """Which messages' events are on a topic, in order."""
        return [str(envelope.decode(one).body["gender"]) for one in read_topic(self.bus, topic)]

    def comes(self, topic: str, *kinds: str) -> None:
        self.until(lambda: sorted(self.kinds(topic)) == sorted(kinds), f"{kinds} on {topic}")

    def _run(self) -> None:
        with closing(self.bus.producer()) as producer:
            withheld = Withholding(self.bus, producer, lambda: time.time_ns() // 1000)
            in_use = lambda: self.conversion  # noqa: E731 - it is looked up anew each time
            Transformer(self.bus, producer, in_use, lambda: NOW_US, self, withholding=withheld).run(self._stop)


def store(bus: Bus, *told: tuple[str, str, str]) -> None:
    """Messages: key, what tells one from the others, date of birth."""
    records = [
        raw.encode(Raw(kind, MESSAGE.format(kind, born).encode(), "79901", key, kind, "ADT^A01", NOW_US, "mllp"))
        for key, kind, born in told
    ]
    with closing(bus.producer()) as producer:
        publish_records(producer, records)


def decide(bus: Bus, number: int, verdict: Verdict) -> None:
    """Decide about the letter of this place among the dead letters by raw record."""
    letters = sorted(read_topic(bus, dead.TOPIC), key=lambda one: (one.text("dead_raw"), one.offset))
    letter = letters[number]
    made = Resolution(letter.position, dead.raw_position(letter), verdict, "an", NOW_US)
    with closing(bus.producer()) as producer:
        publish_records(producer, [resolution.encode(made)])


def prepare(bus: Bus) -> None:
    bus.ensure([Topic(name, 1) for name in (raw.TOPIC, PATIENTS, STRICT, receipt.TOPIC, dead.TOPIC, unmapped.TOPIC)])
    bus.ensure([Topic(gaps.TOPIC, 1, compacted=True), Topic(resolution.TOPIC, 1)])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withholding, "LOOK_US", 100_000)


@pytest.fixture
def conversion(tmp_path: Path) -> Conversion:
    mappings = patient(tmp_path / "mappings", "gender: PID-8\nbirthDate: PID-7 as date")
    return Conversion(mappings, 1, Registry(), lambda _one: [PATIENTS, STRICT], strict=frozenset({STRICT}))


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare(bus)
        yield bus


MIXED = [("k1", "a", GOOD), ("k2", "b", BROKEN), ("k2", "c", GOOD), ("k1", "d", GOOD), ("k2", "e", BROKEN)]


def told_one_by_one(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion) as running:
        running.comes(PATIENTS, "a", "c", "d")
        running.comes(STRICT, "a", "d")
        store(bus, ("k2", "f", GOOD), ("k1", "g", GOOD))
        running.comes(PATIENTS, "a", "c", "d", "f", "g")
        running.comes(STRICT, "a", "d", "g")
        decide(bus, 0, Verdict.FAILED)
        decide(bus, 0, Verdict.DROPPED)
        running.comes(STRICT, "a", "d", "g", "c")
        assert len(read_gaps(read_topic(bus, gaps.TOPIC))) == 2
        decide(bus, 1, Verdict.RELEASED)
        running.comes(STRICT, "a", "d", "g", "c", "f")
        running.until(lambda: read_gaps(read_topic(bus, gaps.TOPIC)) == [], "no gap")
        store(bus, ("k2", "h", GOOD))
        running.comes(STRICT, "a", "d", "g", "c", "f", "h")
        assert [one for one in running.kinds(STRICT) if one in "cfh"] == ["c", "f", "h"]


def test_a_strict_route_waits_for_each_gap_and_all_else_flows(bus: Bus, conversion: Conversion) -> None:
    told_one_by_one(bus, conversion)


def test_on_kafka_a_strict_route_waits_for_each_gap_and_all_else_flows(
    kafka_bootstrap: str, topic_prefix: str, conversion: Conversion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (raw, receipt, dead, gaps, resolution):
        monkeypatch.setattr(module, "TOPIC", topic_prefix + module.TOPIC)
    for name in ("PATIENTS", "STRICT"):
        monkeypatch.setattr(f"{__name__}.{name}", topic_prefix + globals()[name])
    monkeypatch.setattr("engine.transforms.transformer.GROUP", topic_prefix + GROUP)
    with KafkaBus(kafka_bootstrap) as bus:
        prepare(bus)
        told_one_by_one(bus, replace(conversion, strict=frozenset({STRICT})))


def test_who_takes_over_knows_the_gaps(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion) as running:
        running.comes(PATIENTS, "a", "c", "d")
    with Running(bus, conversion) as again:
        store(bus, ("k2", "f", GOOD))
        again.comes(PATIENTS, "a", "c", "d", "f")
        again.comes(STRICT, "a", "d")
        for number in (0, 1):
            decide(bus, number, Verdict.RETRIED)
        again.comes(STRICT, "a", "d", "c", "f")


def test_when_no_route_is_strict_any_more_nothing_is_withheld(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion) as running:
        running.comes(PATIENTS, "a", "c", "d")
        running.conversion = replace(conversion, strict=frozenset())
        running.comes(STRICT, "a", "d", "c")
        running.until(lambda: read_gaps(read_topic(bus, gaps.TOPIC)) == [], "no gap")


def test_without_a_strict_route_there_are_no_gaps(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, replace(conversion, strict=frozenset())) as running:
        running.comes(STRICT, "a", "c", "d")
    assert list(read_topic(bus, gaps.TOPIC)) == []


def test_a_message_that_passes_when_it_is_looked_at_again_makes_no_gap(bus: Bus, conversion: Conversion) -> None:
    bad, good = (
        Record(raw.TOPIC, b"k", one, {**sample.headers}, 0, 7)
        for one, sample in zip(
            (MESSAGE.format("a", BROKEN).encode(), MESSAGE.format("a", GOOD).encode()),
            [raw.encode(Raw("a", b"", "79901", "k", "a", "ADT^A01", NOW_US, "mllp"))] * 2,
            strict=True,
        )
    )
    with closing(bus.producer()) as producer:
        one = Withholding(bus, producer, lambda: NOW_US)
        one.withhold([bad], [conversion.convert(bad, NOW_US)], conversion)
        assert read_gaps(read_topic(bus, gaps.TOPIC)) == [Gap(Position(raw.TOPIC, 0, 7), "k")]
        (made,) = one.withhold([good], [conversion.convert(good, NOW_US)], conversion)
        assert STRICT in {record.topic for record in made.records}
        assert read_gaps(read_topic(bus, gaps.TOPIC)) == []


def test_the_last_word_on_a_gap_counts() -> None:
    gap, waits = Gap(Position("hl7.raw", 0, 1), "k"), Gap(Position("hl7.raw", 0, 2), "k", ("t",))
    words = [gaps.encode(waits), gaps.encode(gap), Record(gaps.TOPIC, b"?", b"?")]
    assert read_gaps(words) == [gap, waits]
    assert read_gaps([*words, gaps.encode_closed(gap.raw)]) == [waits]
