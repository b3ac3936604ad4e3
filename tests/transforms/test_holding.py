"""Messages whose events the bus does not take now wait with their keys, in order, while all others flow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.bus import Bus, BusError, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.growth import LOOK_US
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition, Position, Record, Topic
from engine.canonical import dead, envelope, held, raw, receipt, unmapped
from engine.canonical.dead import Reason
from engine.canonical.held import Held
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome
from engine.canonical.resource import Resource
from engine.facilities.facility import Registry
from engine.transforms import holding as held_keys
from engine.transforms import transformer
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.holding import Holding, HoldLimits, after_failure
from engine.transforms.publishing import publish_records
from engine.transforms.transformer import GROUP, Transformer
from tests.rig.process import wait_until
from tests.transforms.folders import patient

NOW_US = 1_790_000_000_000_000
MESSAGE = "MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|C{0}|P|2.5\rPID|1||B{0}^^^H^PI|||||{1}\r"
PATIENTS, PLACES = "fhir.patient", "review.men"
"""Two topics, the second of which is not there until a test makes it."""


class Running:
    """A transformer on a thread; events of men go to a topic of their own too."""

    def __init__(self, bus: Bus, conversion: Conversion, limits: HoldLimits) -> None:
        self.bus = bus
        self.waiting = 0
        self.outcomes: list[Outcome] = []
        self._conversion = conversion
        self._limits = limits
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        assert seconds >= 0
        self.outcomes += [one.outcome for one in batch]

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
        """The messages whose events are on a topic, each in order of its last appearance."""
        kinds = [str(envelope.decode(one).body["gender"]) for one in read_topic(self.bus, topic)]
        return list(reversed(dict.fromkeys(reversed(kinds))))

    def receipts(self, outcome: Outcome) -> int:
        told = [receipt.decode(one) for one in read_topic(self.bus, receipt.TOPIC)]
        return len({one.origin.raw for one in told if one.outcome is outcome})

    def told(self, count: int) -> None:
        self.until(lambda: self.waiting == count, f"{count} that wait")

    def _count(self, count: int) -> None:
        self.waiting = count

    def _run(self) -> None:
        with closing(self.bus.producer()) as producer:
            holding = Holding(self.bus, producer, self._limits, lambda: time.time_ns() // 1000, self._count)
            work = Transformer(self.bus, producer, lambda: self._conversion, lambda: NOW_US, self, holding=holding)
            work.run(self._stop)


def route(resource: Resource) -> list[str]:
    men = [PLACES] if str(resource.body["gender"]).startswith("M") else []
    return [PATIENTS, *men]


def store(bus: Bus, *told: tuple[str, str]) -> None:
    """Messages, each of a key and of a kind that tells its number: M is for those that the bus does not take."""
    records = [
        raw.encode(Raw(f"r{kind}", MESSAGE.format(kind, kind).encode(), "79901", key, kind, "ADT^A01", NOW_US, "mllp"))
        for key, kind in told
    ]
    with closing(bus.producer()) as producer:
        publish_records(producer, records)


def prepare(bus: Bus) -> None:
    bus.ensure([Topic(name, 2) for name in (raw.TOPIC, PATIENTS, receipt.TOPIC, dead.TOPIC, unmapped.TOPIC)])
    bus.ensure([Topic(held.TOPIC, 1, compacted=True)])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_keys, "FIRST_PAUSE_US", 50_000)
    monkeypatch.setattr(held_keys, "LONGEST_PAUSE_US", 200_000)


@pytest.fixture
def conversion(tmp_path: Path) -> Conversion:
    return Conversion(patient(tmp_path / "mappings", "gender: PID-8"), 1, Registry(), route)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare(bus)
        yield bus


PATIENT = HoldLimits(600_000_000, 100)
MIXED = [("k1", "F1"), ("k2", "M2"), ("k1", "F3"), ("k2", "F4"), ("k3", "F5"), ("k2", "M6"), ("k2", "F7")]


def all_through(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion, PATIENT) as running:
        running.told(4)
        running.until(lambda: {"F1", "F3", "F5"} <= set(running.kinds(PATIENTS)), "the others")
        assert sorted(held.read_held(read_topic(bus, held.TOPIC))) == sorted(
            one.position for one in read_topic(bus, raw.TOPIC) if one.key == b"k2"
        )
        store(bus, ("k2", "F8"), ("k4", "F9"))
        running.told(5)
        running.until(lambda: "F9" in running.kinds(PATIENTS), "what came later")
        bus.ensure([Topic(PLACES, 2)])
        running.told(0)
        running.until(lambda: running.receipts(Outcome.MAPPED) == 9, "every receipt")
        order = [one for one in running.kinds(PATIENTS) if one in ("M2", "F4", "M6", "F7", "F8")]
        assert order == ["M2", "F4", "M6", "F7", "F8"]
        assert running.kinds(PLACES) == ["M2", "M6"]
        assert list(read_topic(bus, dead.TOPIC)) == []
        assert running.outcomes == [Outcome.MAPPED] * 9
        running.until(lambda: sum(bus.committed(transformer.GROUP, raw.TOPIC).values()) == 9, "the offsets")


def test_a_key_waits_in_order_while_the_others_flow(bus: Bus, conversion: Conversion) -> None:
    all_through(bus, conversion)


def test_on_kafka_a_key_waits_in_order_while_the_others_flow(
    kafka_bootstrap: str, topic_prefix: str, conversion: Conversion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (raw, receipt, dead, held):
        monkeypatch.setattr(module, "TOPIC", topic_prefix + module.TOPIC)
    monkeypatch.setattr("engine.transforms.transformer.GROUP", topic_prefix + GROUP)
    monkeypatch.setattr(f"{__name__}.PLACES", topic_prefix + PLACES)
    monkeypatch.setattr(f"{__name__}.PATIENTS", topic_prefix + PATIENTS)
    with KafkaBus(kafka_bootstrap, deadline=3.0) as bus:
        prepare(bus)
        all_through(bus, conversion)


def test_what_waits_too_long_is_a_dead_letter_and_its_key_flows_on(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion, HoldLimits(500_000, 100)) as running:
        running.until(lambda: running.receipts(Outcome.DEAD) == 2, "the dead letters")
        running.until(lambda: running.receipts(Outcome.MAPPED) >= 5, "all others")
        running.told(0)
    letters = list(read_topic(bus, dead.TOPIC))
    assert {one.text("dead_reason") for one in letters} == {Reason.BUS}
    assert {one.key for one in letters} == {b"k2"}
    assert max(int(one.text("dead_attempts")) for one in letters) >= 2
    assert all(PLACES in one.text("dead_detail") for one in letters)


def test_who_takes_over_knows_what_waits(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion, PATIENT) as running:
        running.told(4)
    bus.ensure([Topic(PLACES, 2)])
    with Running(bus, conversion, PATIENT) as again:
        again.until(lambda: held.read_held(read_topic(bus, held.TOPIC)) == {}, "none that waits")
        assert again.kinds(PLACES) == ["M2", "M6"]
        assert again.receipts(Outcome.MAPPED) == 7


def test_where_too_many_would_wait_everything_waits(bus: Bus, conversion: Conversion) -> None:
    store(bus, *MIXED)
    with Running(bus, conversion, HoldLimits(600_000_000, 3)) as running:
        running.until(lambda: "F5" in running.kinds(PATIENTS), "what the bus takes")
        time.sleep(0.3)
        assert running.waiting == 0
        assert sum(bus.committed(GROUP, raw.TOPIC).values()) < 7
        bus.ensure([Topic(PLACES, 2)])
        running.until(lambda: running.receipts(Outcome.MAPPED) == 7, "every receipt")


def test_a_bus_that_takes_nothing_holds_no_key(bus: Bus, conversion: Conversion) -> None:
    store(bus, ("k1", "M1"))
    with Running(bus, conversion, PATIENT) as running:
        time.sleep(1)
        assert running.waiting == 0
        bus.ensure([Topic(PLACES, 2)])
        running.until(lambda: running.receipts(Outcome.MAPPED) == 1, "the receipt")


def test_what_follows_a_failure_under_its_key_waits_too() -> None:
    keys = [b"a", b"b", b"a", b"a", b"b"]
    records = [Record("t", key, b"", partition=0, offset=offset) for offset, key in enumerate(keys)]
    found = after_failure(records, {records[2].position})
    assert [one.offset for one in found] == [2, 3]


def test_the_last_word_on_a_record_counts() -> None:
    one, other = (Held(Position("hl7.raw", 0, at), "k", NOW_US) for at in (2, 1))
    words = [held.encode(one), held.encode(other), held.encode_freed(one.raw), Record(held.TOPIC, b"?", b"?")]
    assert held.read_held(words) == {other.raw: other}
    assert list(held.read_held([*words, held.encode(one)])) == [other.raw, one.raw]


def test_partitions_of_others_are_not_taken_over(bus: Bus) -> None:
    words = [held.encode(Held(Position(raw.TOPIC, part, 5), f"k{part}", NOW_US)) for part in (0, 1)]
    with closing(bus.producer()) as producer:
        publish_records(producer, words)
        holding = Holding(bus, producer, PATIENT, lambda: NOW_US)
        holding.take_over(frozenset({Partition(raw.TOPIC, 1)}))
        assert (holding.holds(b"k0"), holding.holds(b"k1")) == (False, True)
        with pytest.raises(BusError, match="too many"):
            Holding(bus, producer, HoldLimits(1, 0), lambda: NOW_US).hold([Record("t", b"k", b"", offset=1)])


def test_what_another_transformer_let_wait_is_known_though_the_partitions_came_back(tmp_path: Path) -> None:
    clock = [NOW_US]
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure([Topic(raw.TOPIC, partitions=1), Topic(held.TOPIC, partitions=1)])
        with closing(bus.producer()) as producer:
            one, other = (Holding(bus, producer, HoldLimits(1, 100), lambda: clock[0]) for _ in range(2))
            mine = frozenset({Partition(raw.TOPIC, 0)})
            one.take_over(mine)
            other.hold([Record(raw.TOPIC, b"k", b"", {}, partition=0, offset=0)])
            one.take_over(mine)
            assert not one.holds(b"k")  # it looks every few seconds
            clock[0] += LOOK_US
            one.take_over(mine)
            assert one.holds(b"k")


def test_a_clock_that_was_set_back_lets_no_key_wait_for_it(bus: Bus, conversion: Conversion) -> None:
    store(bus, ("k1", "M1"))
    (record,) = read_topic(bus, raw.TOPIC)
    told = [NOW_US]
    with closing(bus.producer()) as producer:
        holding = Holding(bus, producer, PATIENT, lambda: told[0])
        holding.hold([record])
        assert holding.retry(conversion) == []
        told[0] -= 3 * 86_400_000_000
        bus.ensure([Topic(PLACES, 2)])
        assert [one.outcome for one in holding.retry(conversion)] == [Outcome.MAPPED]
