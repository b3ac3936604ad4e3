from __future__ import annotations

import pytest

from engine.bus.elapsed import is_over

DAY = 86_400_000_000


@pytest.mark.parametrize(("now", "over"), [(100, False), (109, False), (110, True), (DAY, True)])
def test_a_span_is_over_when_it_went_by(now: int, over: bool) -> None:
    assert is_over(100, now, 10) is over


def test_a_clock_that_was_set_back_ends_every_span() -> None:
    assert is_over(3 * DAY, 0, 10)
