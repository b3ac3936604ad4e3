from __future__ import annotations

from pathlib import Path

from engine.bus.record import Position
from engine.transforms.in_work import InWork, in_work

FIRST, SECOND = Position("hl7.raw", 0, 0), Position("hl7.raw", 3, 1207)


def test_a_record_is_suspect_when_the_process_ended_in_the_middle_of_it() -> None:
    place = bytearray(InWork.SIZE)
    InWork(place).enter(SECOND)
    after = InWork(place)
    assert (after.ends(FIRST), after.ends(SECOND)) == (0, 1)


def test_ends_in_the_middle_of_the_same_record_are_counted_though_others_come_before_it() -> None:
    place = bytearray(InWork.SIZE)
    for _ in range(3):
        work = InWork(place)
        work.enter(FIRST)
        work.enter(SECOND)
    assert InWork(place).ends(SECOND) == 3


def test_a_record_at_the_very_beginning_of_a_topic_can_be_suspect() -> None:
    place = bytearray(InWork.SIZE)
    assert InWork(place).ends(FIRST) == 0
    InWork(place).enter(FIRST)
    assert InWork(place).ends(FIRST) == 1


def test_a_process_that_ends_between_records_leaves_no_suspect() -> None:
    place = bytearray(InWork.SIZE)
    work = InWork(place)
    work.enter(SECOND)
    work.leave()
    assert InWork(place).ends(SECOND) == 0


def test_an_end_in_the_middle_of_another_record_makes_that_the_suspect() -> None:
    place = bytearray(InWork.SIZE)
    for one in (SECOND, FIRST):
        InWork(place).enter(one)
    after = InWork(place)
    assert (after.ends(FIRST), after.ends(SECOND)) == (1, 0)


def test_what_is_in_work_is_known_to_the_next_process(tmp_path: Path) -> None:
    with in_work(tmp_path / "deep/place") as work:
        work.enter(SECOND)
    with in_work(tmp_path / "deep/place") as work:
        assert work.ends(SECOND) == 1


def test_a_file_that_was_cut_short_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "place").write_bytes(b"")
    with in_work(tmp_path / "place") as work:
        assert work.ends(FIRST) == 0
