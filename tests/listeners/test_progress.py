"""What may be committed of a partition whose records are finished in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.bus.record import Position
from engine.listeners.progress import REMEMBERED, Progress


def test_nothing_is_passed_over_that_is_not_finished() -> None:
    progress = Progress(10)
    assert progress.next == 10
    assert [progress.begin(offset) for offset in (10, 11, 14)] == [True, True, True]
    assert progress.next == 10
    progress.finish(11)
    assert progress.next == 10
    progress.finish(10)
    assert progress.next == 14
    progress.finish(14)
    assert progress.next == 15


def test_a_record_that_is_read_again_is_not_taken_up_again() -> None:
    progress = Progress(3)
    assert progress.begin(4)
    assert not progress.begin(4)
    assert not progress.begin(2)


@given(st.lists(st.integers(0, 3), max_size=40).flatmap(lambda gaps: st.permutations(list(enumerate(gaps)))))
def test_what_may_be_committed_is_the_lowest_that_is_not_finished(shuffled: list[tuple[int, int]]) -> None:
    offsets, progress, at = dict[int, int](), Progress(0), 0
    for number, gap in sorted(shuffled):
        at += gap
        offsets[number] = at
        assert progress.begin(at)
        at += 1
    left = set(offsets.values())
    for number, _ in shuffled:
        progress.finish(offsets[number])
        left.discard(offsets[number])
        assert progress.next == min(left, default=at)


def test_a_raw_record_is_new_once_among_the_last_ones() -> None:
    progress = Progress(0)
    assert progress.is_new(Position("hl7.raw", 0, 0))
    assert not progress.is_new(Position("hl7.raw", 0, 0))
    assert all(progress.is_new(Position("hl7.raw", 1, number)) for number in range(REMEMBERED))
    assert progress.is_new(Position("hl7.raw", 0, 0))
