"""The spooled producer: nothing acknowledged is lost, nothing overtakes, whether Kafka answers or not."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from engine.bus.bus import BusError, RecordRefused
from engine.bus.spool import producer as spooled_producer
from engine.bus.spool.owner import Owner
from engine.bus.spool.producer import SpooledProducer, SpoolPlace
from tests.bus.spool.logs import MOST, meter, open_log, record, segments
from tests.bus.spool.shore import Shore
from tests.contract.bus_drive import LONG, Ears
from tests.rig.process import wait_until
from tests.rig.proof import count

CONFIRM = 0.3


@contextmanager
def spooling(
    root: Path,
    shore: Shore,
    *,
    most: int = MOST,
    worker: int = 0,
    workers: int = 1,
    registry: CollectorRegistry | None = None,
    confirm: float = CONFIRM,
) -> Iterator[SpooledProducer]:
    place = SpoolPlace(root, most, worker, workers)
    producer = SpooledProducer(shore, place, confirm, shore.prepare, meter(registry))
    try:
        yield producer
    finally:
        producer.close()


def soon(true: Callable[[], bool]) -> None:
    wait_until(true, "what the test waits for", LONG)


def publish(producer: SpooledProducer, numbers: range) -> Ears:
    """Publish each number by a call of its own and wait until all are durable."""
    ears = Ears()
    for number in numbers:
        producer.publish([record(number)], ears)
    producer.flush(LONG)
    return ears


def test_while_kafka_confirms_nothing_touches_the_disk(tmp_path: Path) -> None:
    shore = Shore()
    with spooling(tmp_path, shore) as producer:
        assert publish(producer, range(500)).heard == [None] * 500
        assert shore.numbers() == list(range(500))
        assert segments(tmp_path / "0") == []
    assert (tmp_path / "0").stat().st_mode & 0o777 == 0o700


def test_what_is_not_confirmed_in_time_is_spooled_in_order_and_forwarded_when_kafka_is_back(tmp_path: Path) -> None:
    shore = Shore()
    with spooling(tmp_path, shore) as producer, capture_logs() as lines:
        publish(producer, range(10))
        shore.sink()
        assert publish(producer, range(10, 60)).heard == [None] * 50
        assert publish(producer, range(60, 90)).heard == [None] * 30
        assert shore.numbers() == list(range(10))
        shore.rise()
        soon(lambda: shore.numbers() == list(range(90)))
        soon(lambda: segments(tmp_path / "0") == [])
        calls = shore.calls
        publish(producer, range(90, 100))
        assert shore.calls == calls + 10
        assert shore.numbers() == list(range(100))
    assert [line["event"] for line in lines] == [
        "messages go to the spool",
        "the spool is empty, messages go straight to Kafka",
    ]


def test_when_one_call_fails_those_behind_it_are_given_up_before_they_overtake_it(tmp_path: Path) -> None:
    shore = Shore()
    with spooling(tmp_path, shore) as producer:
        publish(producer, range(5))
        shore.fails = b"10"
        assert publish(producer, range(5, 40)).heard == [None] * 35
        soon(lambda: len(shore.numbers()) == 40)
    assert shore.numbers() == list(range(40))
    assert shore.abandoned


def test_kafka_that_goes_away_in_the_middle_of_forwarding_is_waited_for_again(tmp_path: Path) -> None:
    shore = Shore(up=False)
    with spooling(tmp_path, shore) as producer:
        publish(producer, range(300))
        shore.sinks_after = 150
        shore.rise()
        soon(lambda: len(shore.stored) == 150)
        publish(producer, range(300, 320))
        soon(lambda: shore.abandoned > 0)
        shore.rise()
        soon(lambda: len(shore.numbers()) == 320)
    assert shore.numbers() == list(range(320))


def test_a_spool_is_forwarded_before_anything_else_after_a_restart(tmp_path: Path) -> None:
    shore = Shore(up=False)
    with spooling(tmp_path, shore) as producer:
        publish(producer, range(40))
    again = Shore()
    with spooling(tmp_path, again) as producer:
        publish(producer, range(40, 60))
        soon(lambda: len(again.numbers()) == 60)
    assert again.numbers() == list(range(60))
    assert again.stored[0].text("id") == "id 0"


def test_messages_are_taken_at_the_start_though_kafka_is_away(tmp_path: Path) -> None:
    shore = Shore(up=False)
    with spooling(tmp_path, shore) as producer:
        assert publish(producer, range(5)).heard == [None] * 5
        shore.rise()
        soon(lambda: shore.numbers() == list(range(5)))
    assert shore.prepared >= 1


def test_kafka_is_had_ready_before_the_first_record(tmp_path: Path) -> None:
    shore = Shore()
    began = threading.Event()

    def prepare() -> None:
        assert began.wait(LONG)
        assert shore.calls == 0

    producer = SpooledProducer(shore, SpoolPlace(tmp_path, MOST), 60.0, prepare, meter())
    ears = Ears()
    producer.publish([record(1)], ears)
    began.set()
    producer.flush(LONG)
    producer.close()
    assert shore.numbers() == [1]


def test_the_largest_size_is_kept_and_more_is_refused_until_kafka_takes_some(tmp_path: Path) -> None:
    shore = Shore(up=False)
    with spooling(tmp_path, shore, most=20_000) as producer:
        ears = Ears()
        for number in range(100):
            producer.publish([record(number, 1000)], ears)
        with pytest.raises(BusError, match="20000 bytes"):
            producer.flush(LONG)
        assert 10 < ears.heard.count(None) < 20
        assert sum(path.stat().st_size for path in segments(tmp_path / "0")) <= 20_000
        shore.rise()
        soon(lambda: segments(tmp_path / "0") == [])
        assert publish(producer, range(100, 103)).heard == [None] * 3
    assert len(shore.numbers()) == ears.heard.count(None) + 3


def test_a_record_that_kafka_refuses_for_good_is_said_and_turns_nothing(tmp_path: Path) -> None:
    shore = Shore()
    shore.refuses = b"3"
    with spooling(tmp_path, shore) as producer:
        ears = Ears()
        for number in range(6):
            producer.publish([record(number)], ears)
        with pytest.raises(BusError):
            producer.flush(LONG)
        assert [type(error) for error in ears.heard] == [*[type(None)] * 3, RecordRefused, *[type(None)] * 2]
        assert segments(tmp_path / "0") == []


def test_a_spooled_record_that_kafka_refuses_for_good_is_set_aside_and_holds_up_nobody(tmp_path: Path) -> None:
    shore = Shore(up=False)
    shore.refuses = b"3"
    registry = CollectorRegistry()
    with spooling(tmp_path, shore, registry=registry) as producer:
        publish(producer, range(6))
        shore.rise()
        soon(lambda: shore.numbers() == [0, 1, 2, 4, 5])
        soon(lambda: segments(tmp_path / "0") == [])
    (aside,) = (tmp_path / "0").glob("*.refused-*")
    assert aside.read_bytes().endswith(b"3")
    assert registry.get_sample_value("engine_spool_refused_total") == 1


def test_a_record_that_was_set_aside_is_forwarded_from_a_folder_of_its_own(tmp_path: Path) -> None:
    """As docs/how-to/run-on-kafka-and-postgresql.md tells it."""
    shore = Shore(up=False)
    shore.refuses = b"3"
    with spooling(tmp_path, shore) as producer:
        publish(producer, range(6))
        shore.rise()
        soon(lambda: segments(tmp_path / "0") == [])
    (aside,) = (tmp_path / "0").glob("*.refused-*")
    marker = aside.name.split(".")[0].split("-")[1]
    (tmp_path / "900").mkdir()
    aside.rename(tmp_path / "900" / f"00000001-{marker}.spool1")
    shore = Shore()
    with spooling(tmp_path, shore):
        soon(lambda: shore.numbers() == [3])


def test_only_one_process_has_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled_producer, "Owner", lambda folder: Owner(folder, patience=0.1))
    with spooling(tmp_path, Shore()), pytest.raises(BusError, match="another process"), spooling(tmp_path, Shore()):
        pass


def test_the_spool_of_a_worker_that_is_no_more_is_forwarded_by_the_first_one(tmp_path: Path) -> None:
    with spooling(tmp_path, Shore(up=False), worker=2, workers=3) as producer:
        publish(producer, range(30))
    shore = Shore()
    with spooling(tmp_path, shore, worker=1, workers=2):
        time.sleep(0.2)
    assert shore.stored == []
    shore = Shore()
    with spooling(tmp_path, shore, worker=0, workers=2) as producer:
        publish(producer, range(30, 40))
        soon(lambda: len(shore.numbers()) == 40)
    assert shore.numbers() == list(range(40))
    assert segments(tmp_path / "2") == []


def test_a_spool_left_behind_while_running_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled_producer, "ADOPT_EVERY", 0.1)
    shore = Shore()
    with spooling(tmp_path, shore) as producer:
        publish(producer, range(3))
        with spooling(tmp_path, Shore(up=False), worker=7, workers=8) as other:
            publish(other, range(10, 13))
        soon(lambda: len(shore.numbers()) == 6)
        publish(producer, range(3, 5))
        soon(lambda: len(shore.numbers()) == 8)
    assert sorted(shore.numbers()) == [0, 1, 2, 3, 4, 10, 11, 12]


def test_depth_age_and_room_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled_producer, "REPORT_EVERY", 0.05)
    registry = CollectorRegistry()

    def value(name: str) -> float:
        return registry.get_sample_value(f"engine_spool_{name}") or 0.0

    shore = Shore(up=False)
    with spooling(tmp_path, shore, most=1_000_000, registry=registry) as producer:
        publish(producer, range(20))
        soon(lambda: value("depth_records") == 20 and value("age_seconds") > 0.2)
        assert value("bytes") + value("room_bytes") == 1_000_000
        assert registry.get_sample_value("engine_spooled_records_total") == 20
        shore.rise()
        soon(lambda: value("depth_records") == value("age_seconds") == value("bytes") == 0)


def test_closing_leaves_what_is_not_forwarded_and_lets_go_of_the_folder(tmp_path: Path) -> None:
    shore = Shore(up=False)
    ears = Ears()
    with spooling(tmp_path, shore) as producer:
        for number in range(20):
            producer.publish([record(number)], ears)
    assert ears.heard == [None] * 20
    with pytest.raises(BusError):
        producer.publish([], ears)
    assert open_log(tmp_path / "0").depth == 20


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(count(3, 60)))
def test_nothing_is_lost_and_nothing_overtakes_however_kafka_comes_and_goes(tmp_path: Path, seed: int) -> None:
    """Records published at full speed while Kafka comes and goes; each arrives, first in the order of publishing."""
    dice = random.Random(seed)
    shore = Shore(up=dice.random() < 0.5)
    ears = Ears()
    with spooling(tmp_path, shore, confirm=0.05) as producer:
        for number in range(3000):
            producer.publish([record(number)], ears)
            if dice.random() < 0.01:
                time.sleep(dice.uniform(0, 0.06))
                dice.choice([shore.rise, shore.sink])()
        shore.rise()
        producer.flush(LONG)
        soon(lambda: len(shore.numbers()) == 3000)
    assert ears.heard == [None] * 3000
    assert shore.numbers() == list(range(3000))
