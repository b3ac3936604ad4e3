"""The tally of one facility."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from engine.watch.tally import SLOT_US, SLOTS, Tally, read_tally

NOW_US = 1_790_000_000_000_000


@given(st.lists(st.integers(min_value=-SLOTS * 2, max_value=0)))
def test_the_last_hour_counts_what_came_in_its_twelve_slots_in_any_order(slots: list[int]) -> None:
    tally = Tally()
    for slot in slots:
        tally.receive(NOW_US + slot * SLOT_US, None)
    assert tally.last_hour(NOW_US) == sum(1 for slot in slots if slot > -SLOTS)


def test_the_last_hour_is_empty_an_hour_later() -> None:
    tally = Tally()
    tally.receive(NOW_US, "ADT")
    assert (tally.last_hour(NOW_US), tally.last_hour(NOW_US + SLOTS * SLOT_US)) == (1, 0)


@given(st.integers(min_value=0, max_value=1 << 50), st.sampled_from(["ADT", "ORU"]))
def test_a_tally_is_read_as_it_was_written(number: int, code: str) -> None:
    tally = Tally(received=number, late=3, dead=1, loaded_us=number, types={code: number})
    assert read_tally(orjson.loads(orjson.dumps(tally.body()))) == tally
