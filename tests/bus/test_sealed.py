"""The sealed bus keeps the bus's contract, holds nothing in clear, and passes over only what it should."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Record, Topic
from engine.bus.seal import SealFault, SealKeys, Unopened
from engine.bus.sealed import SealedBus, SealedProducer
from engine.bus.spool.producer import SpooledProducer, SpoolPlace
from tests.bus.spool.logs import meter
from tests.bus.spool.shore import Shore
from tests.contract.bus_contract import BusContract
from tests.contract.bus_drive import LONG, Ears, consuming, drain, numbered, publish, read_all, values
from tests.rig.aging import age

LEASE = 1.0
ONE, TWO = bytes(range(32)), bytes(range(32, 64))
CANARY = b"CANARY-7f3a9c"


class TestSealedBus(BusContract):
    kills = 4

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        return tmp_path / "bus"

    @pytest.fixture
    def bus(self, home: Path) -> Iterator[Bus]:
        with SealedBus(EmbeddedBus(home, lease=LEASE), SealKeys([("one", ONE)])) as bus:
            yield bus

    @pytest.fixture
    def opening(self, home: Path) -> str:
        return (
            "from pathlib import Path\n"
            "from engine.bus.embedded.bus import EmbeddedBus\n"
            "from engine.bus.seal import SealKeys\n"
            "from engine.bus.sealed import SealedBus\n"
            "keys = SealKeys([('one', bytes(range(32)))])\n"
            f"bus = SealedBus(EmbeddedBus(Path({str(home)!r}), lease={LEASE}), keys)\n"
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
        age(self._home, partition, before, hours=2)
        with EmbeddedBus(self._home) as plain:
            plain.enforce(partition.topic, time.time_ns() // 1_000_000)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path / "bus", lease=LEASE) as bus:
        bus.ensure([Topic("t", 2)])
        yield bus


def found_in_clear(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and CANARY in path.read_bytes()]


def test_no_file_below_home_holds_a_value_in_clear(tmp_path: Path, plain: EmbeddedBus) -> None:
    sealed = SealedBus(plain, SealKeys([("one", ONE)]))
    publish(sealed, [Record("t", b"k", CANARY + b"%d" % number) for number in range(50)])
    target = Shore(up=False)
    spooled = SpooledProducer(target, SpoolPlace(tmp_path / "spool", 1 << 20), 0.1, target.prepare, meter())
    producer, ears = SealedProducer(spooled, SealKeys([("one", ONE)])), Ears()
    producer.publish([Record("t", b"k", CANARY)], ears)
    producer.flush(LONG)
    assert found_in_clear(tmp_path) == []
    producer.close()
    assert found_in_clear(tmp_path) == []
    publish(plain, [Record("t", b"k", CANARY)])
    assert found_in_clear(tmp_path) != []
    assert ears.heard == [None]


def test_a_missing_key_holds_its_partition_and_no_other(plain: EmbeddedBus) -> None:
    publish(SealedBus(plain, SealKeys([("two", TWO)])), [Record("t", b"key 0", b"0")])
    keys = SealKeys([("one", ONE)])
    bus = SealedBus(plain, keys)
    publish(bus, numbered("t", range(1, 40)))
    (lost,) = [record for record in read_all(plain, "t") if b"two" in record.value[:10]]
    others = [record for record in read_all(plain, "t") if record.partition != lost.partition]
    with capture_logs() as lines, consuming(bus, "g", ["t"]) as consumer:
        came: list[Record] = []
        faults = 0
        until = time.monotonic() + LONG
        while (len(came) < len(others) or faults < 3) and time.monotonic() < until:
            try:
                came += consumer.poll(100, 0.05)
            except SealFault:
                faults += 1
        assert {record.position for record in came} == {record.position for record in others}
    assert [line["event"] for line in lines] == ["a partition waits for a key"]
    with pytest.raises(SealFault, match="two: shredded"):
        list(bus.read(Partition("t", lost.partition), 0, 99))
    whole = SealedBus(plain, SealKeys([("one", ONE), ("two", TWO)]))
    with consuming(whole, "g", ["t"]) as consumer:
        assert set(values(drain(consumer, 40))) == set(range(40))


def test_a_shredded_key_takes_its_records_with_it_and_they_are_counted(plain: EmbeddedBus) -> None:
    publish(SealedBus(plain, SealKeys([("two", TWO)])), numbered("t", range(10)))
    passed: list[Unopened] = []
    bus = SealedBus(plain, SealKeys([("one", ONE)], ["two"]), passed.append)
    publish(bus, numbered("t", range(10, 20)))
    with consuming(bus, "g", ["t"]) as consumer:
        assert values(drain(consumer, 10)) == list(range(10, 20))
    assert passed == [Unopened.SHREDDED] * 10
    assert values(read_all(bus, "t")) == list(range(10, 20))


def test_a_damaged_record_is_passed_over_and_counted(plain: EmbeddedBus) -> None:
    bus = SealedBus(plain, SealKeys([("one", ONE)]))
    publish(bus, numbered("t", range(3), keys=1))
    (first, *_) = read_all(plain, "t")
    publish(plain, [Record("t", b"other key", first.value, first.headers)])
    passed: list[Unopened] = []
    again = SealedBus(plain, SealKeys([("one", ONE)]), passed.append)
    assert values(read_all(again, "t")) == [0, 1, 2]
    assert passed == [Unopened.DAMAGED]


def test_a_compacted_topic_forgets_a_key_by_an_empty_value(plain: EmbeddedBus) -> None:
    bus = SealedBus(plain, SealKeys([("one", ONE)]))
    bus.ensure([Topic("state", 1, compacted=True)])
    publish(bus, [Record("state", b"k", b"1"), Record("state", b"k", b"")])
    assert [record.value for record in read_all(plain, "state")][-1] == b""
    assert [record.value for record in read_all(bus, "state")][-1] == b""
