"""The mover: cases of the bus become moves, and a mover that ends anywhere and comes back comes to the same."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.alerts.event import read_event
from engine.alerts.surveillance.mover import GROUP, Moving, read_known, run_mover
from engine.alerts.surveillance.records import MOVES, PLACES, read_move
from engine.alerts.surveillance.tally import Kept, counts, take
from engine.bus.bus import Bus, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.canonical import case
from tests.alerts.surveillance.made import DISEASES, TODAY, reference, told, words


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure([Topic(case.TOPIC, 2), Topic(MOVES, 2), Topic(PLACES, 1, compacted=True)])
        yield bus


def publish(bus: Bus, records: Sequence[Record]) -> None:
    producer = bus.producer()
    producer.publish(records, lambda _error: None)
    producer.close()


def run(bus: Bus, enough: Callable[[], bool]) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run_mover, args=(bus, DISEASES, stop))
    thread.start()
    ends = time.monotonic() + 30
    while not enough() and time.monotonic() < ends:
        time.sleep(0.02)
    stop.set()
    thread.join()
    assert enough()


def is_read(bus: Bus) -> bool:
    done, spans = bus.committed(GROUP, case.TOPIC), bus.spans(case.TOPIC)
    return all(done.get(one, 0) == span.next for one, span in spans.items())


def counted(bus: Bus) -> dict[str, Counter[Any]]:
    tallies: dict[str, dict[str, Kept]] = {}
    for record in read_topic(bus, MOVES):
        one = read_move(read_event(record))
        tallies[one.key] = take(tallies.get(one.key, {}), one, TODAY)
        assert record.key.decode() == one.key
    found = {key: counts(one) for key, one in tallies.items()}
    return {key: one for key, one in found.items() if one}


def test_cases_are_counted_where_the_last_word_on_them_says(bus: Bus) -> None:
    records = list(words(1, 60, 400))
    publish(bus, records)
    run(bus, lambda: is_read(bus))
    assert counted(bus) == reference(records)


def test_a_mover_that_comes_back_goes_on_where_the_other_was(bus: Bus) -> None:
    publish(bus, [told(1, 1, place="27301")])
    run(bus, lambda: is_read(bus))
    publish(bus, [told(1, 2, place="26740"), told(2, 3)])
    run(bus, lambda: is_read(bus))
    assert counted(bus) == {"dengue/26740": Counter({TODAY: 1}), "dengue/27301": Counter({TODAY: 1})}


def test_a_batch_that_comes_again_in_part_comes_to_the_same(bus: Bus) -> None:
    records = list(words(2, 30, 200))
    moving = Moving(DISEASES, {})
    first, remembered = moving.take(records[:150])
    publish(bus, [*first, *remembered])
    again, more = Moving(DISEASES, read_known(read_topic(bus, PLACES))).take(records[100:])
    publish(bus, [*again, *more])
    assert counted(bus) == reference(records)


def test_what_died_before_it_was_remembered_comes_again(bus: Bus) -> None:
    records = list(words(3, 30, 200))
    publish(bus, Moving(DISEASES, {}).take(records[:150])[0][:90])
    publish(bus, Moving(DISEASES, {}).take(records)[0])
    assert counted(bus) == reference(records)


def test_what_is_no_case_is_passed_over(bus: Bus) -> None:
    good = told(1, 1)
    bad = [Record(case.TOPIC, b"k", b"{}", {}), Record(case.TOPIC, b"k", b"{", good.headers)]
    publish(bus, [*bad, good])
    run(bus, lambda: is_read(bus))
    assert counted(bus) == reference([good])


def test_a_case_is_looked_up_by_the_event_of_its_diagnosis() -> None:
    cases = [told(1, 0, place="27301"), told(1, 1, place="26740")]
    moves, _ = Moving(DISEASES, {}).take(cases)
    assert len({one.text("ce_id") for one in moves}) == 3
    diagnoses = {one.text("ce_id") for one in cases}
    assert {read_move(read_event(one)).event for one in moves} == diagnoses
