"""Cases of a disease by place and day: corrected, cancelled, moved, repeated, late, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.surveillance import tally
from engine.alerts.surveillance.moves import NOWHERE, Case, Diseases, Known, Move, case_of, diseases_of, known_of, move
from engine.alerts.surveillance.tally import Kept, counts, evidence, take
from engine.canonical.version import version

TODAY = date(2026, 11, 26)
DISEASES = {"dengue": ("A97",), "influenza": ("J09", "J10", "J11"), "fever": ("A97", "A92")}
DENGUE = {"dengue": ("A97",)}


def case(
    number: int, stamp: int, code: str = "A97.1", place: str = "27301", ago: int = 0, subject: str = "", **told: bool
) -> Case:
    day, stamped = TODAY - timedelta(days=ago), f"{stamp:05d}"
    said = {"stands": True, "confirmed": False} | told
    return Case(f"c{number}", stamped, subject or f"s{number}", "79001", f"e{stamp}", (code,), place, day, **said)


class Fold:
    """Both folds, one after the other, as they stand on a bus."""

    def __init__(self) -> None:
        self.known: dict[str, Known | None] = {}
        self.tallies: dict[str, dict[str, Kept]] = {}

    def take(self, cases: Sequence[Case], diseases: Diseases = DENGUE) -> Fold:
        for one in cases:
            self.known[one.id], moves = move(known_of_plain(self.known.get(one.id)), one, diseases)
            self.count(moves)
        return self

    def count(self, moves: Sequence[Move]) -> None:
        for one in moves:
            self.tallies[one.key] = take(self.tallies.get(one.key, {}), one, TODAY)

    def counts(self) -> dict[str, dict[date, int]]:
        found = {key: dict(counts(one)) for key, one in self.tallies.items()}
        return {key: one for key, one in found.items() if one}


def known_of_plain(known: Known | None) -> Known | None:
    return known_of(known.plain() if known else None)


def test_a_case_that_is_told_twice_counts_once() -> None:
    assert Fold().take([case(1, 1), case(1, 1), case(1, 2)]).counts() == {"dengue/27301": {TODAY: 1}}


def test_a_case_that_moves_is_subtracted_where_it_was() -> None:
    fold = Fold().take([case(1, 1), case(2, 2), case(1, 3, place="26740")])
    assert fold.counts() == {"dengue/27301": {TODAY: 1}, "dengue/26740": {TODAY: 1}}
    assert fold.take([case(1, 4)]).counts() == {"dengue/27301": {TODAY: 2}}


def test_a_case_that_is_cancelled_or_of_another_disease_counts_no_more() -> None:
    assert Fold().take([case(1, 1), case(1, 2, stands=False)]).counts() == {}
    assert Fold().take([case(1, 1), case(1, 2, code="J18.9")]).counts() == {}


def test_a_case_that_was_cancelled_stays_so_when_an_older_message_comes_late() -> None:
    assert Fold().take([case(1, 1), case(1, 3, stands=False), case(1, 2)]).counts() == {}


def test_a_case_that_was_cancelled_before_it_came_does_not_count() -> None:
    assert Fold().take([case(1, 2, stands=False), case(1, 1)]).counts() == {}


def test_a_late_case_is_of_its_own_day() -> None:
    found = Fold().take([case(1, 1), case(2, 2, ago=5)]).counts()
    assert found == {"dengue/27301": {TODAY: 1, TODAY - timedelta(days=5): 1}}


def test_a_day_that_is_corrected_moves_the_case() -> None:
    assert Fold().take([case(1, 1), case(1, 2, ago=3)]).counts() == {
        "dengue/27301": {TODAY - timedelta(days=3): 1},
    }


def test_a_day_to_come_is_counted_today() -> None:
    move = Move("dengue", "27301", "c", "1", TODAY + timedelta(days=400), "s")
    assert counts(take({}, move, TODAY)) == {TODAY: 1}


def test_a_person_counts_once_within_one_illness() -> None:
    visits = [case(1, 1, subject="s", ago=40), case(2, 2, subject="s", ago=4), case(3, 3, subject="s")]
    assert Fold().take(visits).counts() == {
        "dengue/27301": {TODAY - timedelta(days=40): 1, TODAY - timedelta(days=4): 1},
    }


def test_a_code_may_be_of_several_diseases() -> None:
    assert diseases_of(("X", "A97.1"), DISEASES) == ("dengue", "fever")
    assert sorted(Fold().take([case(1, 1)], DISEASES).counts()) == ["dengue/27301", "fever/27301"]


def test_a_diagnosis_of_no_disease_that_is_watched_leaves_nothing() -> None:
    fold = Fold().take([case(1, 1, code="I10")])
    assert fold.known == {"c1": None}
    assert fold.tallies == {}


def test_cases_of_long_ago_are_not_kept() -> None:
    old = take({}, Move("dengue", "27301", "c", "1", TODAY - timedelta(days=tally.KEEP + 1)), TODAY)
    assert old == {}
    kept = take({}, Move("dengue", "27301", "c", "1", TODAY), TODAY)
    later = TODAY + timedelta(days=tally.KEEP + 1)
    assert take(kept, Move("dengue", "27301", "d", "2", later), later).keys() == {"d"}


def test_evidence_is_of_the_newest_cases() -> None:
    fold = Fold().take([case(1, 1, ago=3), case(2, 2), case(3, 3, ago=1), case(2, 4, stands=False)])
    found = evidence(fold.tallies["dengue/27301"], TODAY - timedelta(days=2))
    assert found == ("e3",)


def test_only_confirmed_cases_count_where_it_is_asked() -> None:
    fold = Fold().take([case(1, 1), case(2, 2, confirmed=True)])
    assert counts(fold.tallies["dengue/27301"], confirmed=True) == {TODAY: 1}


def read(day: str, place: str = "", stamp: str = "1") -> Case:
    told = {"codes": ["A97"], "stands": True, "confirmed": False, "place": place, "day": day}
    at_us = 1_795_708_799_000_000  # 22:59:59 of TODAY where the city is
    return case_of(told, case="c", stamp=stamp, subject="s", facility="f", event="e", received_us=at_us)


def test_a_record_without_a_day_that_can_be_is_of_the_day_when_it_came() -> None:
    assert [read(day).day for day in ("", "2999-01-01", "2026-02-30")] == [TODAY] * 3
    assert read("2026-11-01").day == date(2026, 11, 1)


def test_a_case_that_names_no_day_is_of_that_of_its_first_message_however_late_that_came() -> None:
    sent_us = 1_795_708_799_000_000 - 3 * 86_400_000_000
    stamp = f"{version(sent_us, None, 1_795_708_799_000_000, '')}/1"
    assert (read("", stamp=stamp).day, read("", stamp=stamp).dated) == (TODAY - timedelta(days=3), False)
    again = case(1, 2)._replace(dated=False)
    assert Fold().take([case(1, 1, ago=3)._replace(dated=False), again]).counts() == {
        "dengue/27301": {TODAY - timedelta(days=3): 1}
    }
    assert Fold().take([case(1, 1, ago=3), case(1, 2, ago=2)]).counts() == {
        "dengue/27301": {TODAY - timedelta(days=2): 1}
    }


def test_what_was_remembered_of_a_case_before_days_were_is_read() -> None:
    known = known_of({"stamp": "00001", "keys": ["dengue/27301"]})
    assert move(known, case(1, 2)._replace(dated=False), DENGUE)[1][0].day == TODAY


def test_a_case_without_a_commune_is_counted_for_none() -> None:
    assert (read("").place, read("", "27301").place) == (NOWHERE, "27301")


CASES = st.builds(
    lambda number, stamp, code, place, ago, stands: case(number, stamp, code, place, ago=ago, stands=stands),
    st.integers(1, 3),
    st.integers(1, 6),
    st.sampled_from(["A97.0", "A97.1"]),
    st.sampled_from(["27301", "26740"]),
    st.integers(0, 9),
    st.booleans(),
)


@given(st.lists(CASES, max_size=12, unique_by=lambda one: (one.id, one.stamp)), st.randoms(use_true_random=False))
def test_counts_come_to_the_last_word_on_each_case(cases: list[Case], rng: Random) -> None:
    newest = {one.id: one for one in sorted(cases, key=lambda one: one.stamp)}
    expected: dict[str, dict[date, int]] = {}
    for one in newest.values():
        if one.stands:
            days = expected.setdefault(f"dengue/{one.place}", {})
            days[one.day] = days.get(one.day, 0) + 1
    again = [*cases, *cases]
    rng.shuffle(again)
    assert Fold().take(again).counts() == expected


@given(st.lists(CASES, max_size=8, unique_by=lambda one: (one.id, one.stamp)), st.randoms(use_true_random=False))
def test_moves_that_come_in_any_order_come_to_the_same(cases: list[Case], rng: Random) -> None:
    whole = Fold().take(cases)
    moves: list[Move] = []
    known: dict[str, Known | None] = {}
    for one in cases:
        known[one.id], found = move(known.get(one.id), one, DENGUE)
        moves += [*found, *found]
    rng.shuffle(moves)
    shuffled = Fold()
    shuffled.count(moves)
    assert shuffled.counts() == whole.counts()
