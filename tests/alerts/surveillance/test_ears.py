"""EARS, against the formulas of the papers computed another way: by the statistics module, in fractions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.surveillance.ears import Ears, ears

CLOSE = 1e-6
WORKED = (4, 6, 5, 3, 7, 5, 4, 6, 5, 9, 12, 20)
"""The worked example of docs/explanation/surveillance.md."""


def _paper_c1(counts: Sequence[int], t: int) -> float:
    """Fricker et al. 2008, 2.1: (Y(t) - mean(Y(t-7)...Y(t-1))) / S."""
    window = [Fraction(one) for one in counts[t - 7 : t]]
    return float(counts[t] - statistics.mean(window)) / math.sqrt(statistics.variance(window))


def _paper_c2(counts: Sequence[int], t: int) -> float:
    """The same with the days t-9 to t-3."""
    window = [Fraction(one) for one in counts[t - 9 : t - 2]]
    return float(counts[t] - statistics.mean(window)) / math.sqrt(statistics.variance(window))


def _paper_c3(counts: Sequence[int], t: int) -> float:
    """The sum of max(0, C2(i) - 1) for i from t-2 to t."""
    return math.fsum(max(0.0, _paper_c2(counts, i) - 1) for i in (t - 2, t - 1, t))


def _upper_of_r(counts: Sequence[int], t: int, alpha: float) -> float:
    """The upper bound of C1 in R's surveillance::earsC: the mean and z(1 - alpha) standard deviations."""
    window = counts[t - 7 : t]
    return statistics.mean(window) + statistics.NormalDist().inv_cdf(1 - alpha) * statistics.stdev(window)


def test_the_worked_example_is_right() -> None:
    """By hand: days 5 to 11 add up to 48, their squares to 376; days 3 to 9 have the mean 5, and 10 around it."""
    found = ears(WORKED)
    assert found.c1 == pytest.approx((20 - 48 / 7) / math.sqrt((376 - 48 * 48 / 7) / 6), abs=CLOSE)
    assert found.c2 == pytest.approx((20 - 5) / math.sqrt(10 / 6), abs=CLOSE)
    assert found.c1 == pytest.approx(_paper_c1(WORKED, 11), abs=CLOSE)
    assert found.c3 == pytest.approx(_paper_c3(WORKED, 11), abs=CLOSE)
    assert found.alarms == ("C1", "C2", "C3")


@given(st.lists(st.integers(0, 400), min_size=12, max_size=40))
def test_the_statistics_are_those_of_the_papers(counts: list[int]) -> None:
    t = len(counts) - 1
    found = ears(counts)
    if len(set(counts[t - 7 : t])) > 1:
        assert found.c1 == pytest.approx(_paper_c1(counts, t), abs=CLOSE, rel=1e-9)
    if all(len(set(counts[i - 9 : i - 2])) > 1 for i in (t - 2, t - 1, t)):
        assert found.c2 == pytest.approx(_paper_c2(counts, t), abs=CLOSE, rel=1e-9)
        assert found.c3 == pytest.approx(_paper_c3(counts, t), abs=CLOSE, rel=1e-9)


@given(st.lists(st.integers(0, 50), min_size=8, max_size=8).filter(lambda found: len(set(found[:7])) > 1))
def test_an_alarm_of_c1_is_one_of_r_at_three_standard_deviations(counts: list[int]) -> None:
    alpha = 1 - statistics.NormalDist().cdf(3)
    bound = _upper_of_r(counts, 7, alpha)
    if abs(counts[7] - bound) > CLOSE:
        assert ("C1" in ears(counts).alarms) == (counts[7] > bound)


def test_a_slow_rise_raises_c3_before_c2() -> None:
    found = ears((5, 7, 4, 6, 5, 7, 4, 6, 5, 8, 8, 8))
    assert found.c2 is not None
    assert found.c2 < 3
    assert found.alarms == ("C3",)


def test_seven_equal_days_have_no_spread() -> None:
    assert ears([2] * 12) == Ears(0.0, 0.0, 0.0)
    assert ears([2] * 11 + [3]) == Ears(math.inf, math.inf, math.inf)
    assert ears([2] * 11 + [1]) == Ears(-math.inf, -math.inf, 0.0)


def test_a_least_spread_keeps_one_case_after_none_from_being_an_alarm() -> None:
    assert ears([0] * 11 + [1], least_sd=0.5).alarms == ()
    assert ears([0] * 11 + [2], least_sd=0.5).alarms == ("C1", "C2", "C3")


@pytest.mark.parametrize(("days", "known"), [(7, "---"), (8, "1--"), (9, "1--"), (10, "12-"), (11, "12-"), (12, "123")])
def test_each_statistic_begins_when_its_baseline_is_whole(days: int, known: str) -> None:
    found = ears(([1, 2, 3] * 4)[:days])
    said = "".join(number if one is not None else "-" for one, number in zip(found, "123", strict=True))
    assert said == known


def test_days_that_are_not_known_are_left_out_of_the_baseline() -> None:
    counts = [None, 3, 5, None, 4, 6, 4, 5, 3, 5, None, 9]
    assert ears(counts) == Ears(None, None, None)
    found = ears(counts, least_days=4)
    assert found.c1 == pytest.approx((9 - statistics.mean([4, 6, 4, 5, 3, 5])) / statistics.stdev([4, 6, 4, 5, 3, 5]))
    assert found.c2 is not None
    assert found.c3 is None, "the day before is not known, and so not whether it was one of too many"


def test_a_day_that_is_not_known_has_no_statistic() -> None:
    assert ears([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, None]) == Ears(None, None, None)
    assert ears([]) == Ears(None, None, None)
