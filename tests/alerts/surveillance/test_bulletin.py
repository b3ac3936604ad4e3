"""A week's bulletin: against the mean of the four weeks before, and since the first of the year."""

from __future__ import annotations

import pytest

from engine.alerts.surveillance.bulletin import EVERYWHERE, Counted, Figures, bulletin, figures, most
from engine.alerts.surveillance.weeks import Week, read_week

WEEK = Week(2026, 47)


def test_a_week_is_compared_with_the_mean_of_four() -> None:
    cases = {Week(2026, number): count for number, count in enumerate([10, 20, 30, 40, 50], 1)}
    assert figures(Week(2026, 5), cases, 150) == Figures(50, 25.0, 1.0, 150)


def test_the_four_weeks_reach_into_the_year_before() -> None:
    cases = {Week(2026, 53): 8, Week(2026, 52): 4, Week(2026, 51): 0, Week(2027, 1): 4, Week(2027, 2): 2}
    assert figures(Week(2027, 2), cases, 6) == Figures(2, 4.0, -0.5, 6)


def test_without_cases_before_there_is_no_change_to_tell() -> None:
    assert figures(WEEK, {WEEK: 3}, 3).change is None


def test_figures_of_the_city_are_those_of_a_count_by_hand() -> None:
    """Dengue: An 3 2 4 3 and now 9, mean 3, +200 %; Binh 1 0 0 1 and now 0, mean 0.5, -100 %; the city 4 2 4 4 and 9.

    Its mean is 14 / 4 = 3.5, and 9 against it are 157.142857 % more.
    """
    an, binh = (3, 2, 4, 3, 9), (1, 0, 0, 1, 0)
    weeks = [Week(2026, number) for number in range(43, 48)]
    counted = [
        Counted("dengue", place, week, count)
        for place, counts in (("An", an), ("Binh", binh))
        for week, count in zip(weeks, counts, strict=True)
    ]
    counted += [Counted("measles", "Binh", WEEK, 1), Counted("measles", "Binh", WEEK, 1)]
    found = bulletin(counted, {("dengue", "An"): 210, ("dengue", "Binh"): 40, ("mumps", "An"): 7}, WEEK)
    assert found == {
        "dengue": {
            EVERYWHERE: Figures(9, 3.5, 5.5 / 3.5, 250),
            "An": Figures(9, 3.0, 2.0, 210),
            "Binh": Figures(0, 0.5, -1.0, 40),
        },
        "measles": {EVERYWHERE: Figures(2, 0.0, None, 0), "Binh": Figures(2, 0.0, None, 0)},
        "mumps": {EVERYWHERE: Figures(0, 0.0, None, 7), "An": Figures(0, 0.0, None, 7)},
    }
    assert list(found) == ["dengue", "measles", "mumps"]
    assert list(found["dengue"]) == [EVERYWHERE, "An", "Binh"]


def test_the_places_with_most_cases_are_told_and_the_city_always() -> None:
    counted = [Counted("dengue", place, WEEK, count) for place, count in (("b", 2), ("a", 2), ("c", 0), ("d", 9))]
    by_place = bulletin(counted, {}, WEEK)["dengue"]
    assert list(most(by_place, 2)) == [EVERYWHERE, "d", "a"]
    assert list(most(by_place, 9)) == [EVERYWHERE, "d", "a", "b"]
    assert list(most(by_place, 0)) == [EVERYWHERE, "d", "a", "b", "c"]


def test_a_week_is_written_as_it_is_read_and_named_by_each_of_its_days() -> None:
    assert [str(read_week(text)) for text in ("2026-W47", "2026-11-16", "2026-11-22")] == ["2026-W47"] * 3
    with pytest.raises(ValueError, match="47"):
        read_week("week 47")
