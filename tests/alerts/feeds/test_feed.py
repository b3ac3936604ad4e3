"""Rules of feeds, over weeks of made-up senders: a hospital, and a clinic that is shut at night and on Sundays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from engine.alerts.alert import Alert, Severity, Status
from engine.alerts.course import Course
from engine.alerts.event import Event
from engine.alerts.feeds.feed import Check, Feed, Known, Of
from engine.alerts.feeds.hours import CITY, HOUR_US, is_holiday, slot_of
from engine.alerts.feeds.profile import Learned, expected, learn, mean_of, reached
from engine.alerts.memory import encode, read_kept
from engine.alerts.rule import Policy, Rule
from engine.bus.record import Position
from engine.canonical.feed import MINUTE_US, TYPE
from engine.canonical.version import version

Rate = Callable[[datetime], int]
"""Messages of ten minutes."""
TEN_US = 10 * MINUTE_US


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=CITY).timestamp()) * 1_000_000


BEGIN = us("2026-09-28")
"""A Monday."""


def clinic(when: datetime) -> int:
    return 4 if 8 <= when.hour < 17 and when.weekday() < 6 and not is_holiday(when.date()) else 0


def hospital(when: datetime) -> int:
    return 60 if 7 <= when.hour < 17 else 8


def event(at_us: int, minute_us: int, number: int = 1, **counts: int) -> Event:
    name = f"p{number}/{minute_us}/79901"
    body = {"resourceType": TYPE, "minute": minute_us, "received": 0, "dead": {}, "late": 0, "unmapped": 0, **counts}
    if "dead_value" in counts:
        body["dead"] = {"VALUE": body.pop("dead_value")}
    known = ("79901", "", version(None, number, at_us, ""), 0, at_us, Position("feed_counts", 0, 0))
    return Event(f"{name}/{at_us}", TYPE, name, *known, body)


def sent(rate: Rate, first_us: int, stop_us: int) -> Iterator[Event]:
    for at_us in range(first_us, stop_us, TEN_US):
        count = rate(datetime.fromtimestamp(at_us / 1_000_000, CITY))
        if count:
            yield event(at_us + MINUTE_US, at_us, received=count)


def course_of(feed: Feed) -> Course:
    return Course([Rule("feed", "feed", "", Severity.WARNING, "", ("feed_counts",), feed, Policy())])


def alerts(course: Course) -> list[Alert]:
    return sorted((one.alert for one in course.standing.values()), key=lambda one: one.started_us)


def play(course: Course, events: Iterator[Event], until_us: int) -> None:
    """Events as they come, with a look at the clock every ten minutes in between."""
    clock_us = 0
    for one in events:
        clock_us = clock_us or one.received_us
        for at_us in range(clock_us, one.received_us, TEN_US):
            course.pass_time(at_us)
        course.take(one, "feed_counts", one.received_us)
        clock_us = one.received_us
    for at_us in range(clock_us, until_us, TEN_US):
        course.pass_time(at_us)


def test_a_hospital_that_stops_at_noon_is_silent_soon_after() -> None:
    course, stop = course_of(Feed(Check.SILENCE)), us("2026-10-21T12:00")
    play(course, sent(hospital, BEGIN, stop), us("2026-10-21T14:00"))
    (found,) = alerts(course)
    assert (found.facility, found.status, found.started_us) == ("79901", Status.FIRING, stop - TEN_US + MINUTE_US)


def test_a_minute_that_is_to_come_hides_no_silence() -> None:
    course, stop, year = course_of(Feed(Check.SILENCE)), us("2026-10-21T12:00"), 365 * 24 * HOUR_US
    course.take(event(BEGIN, BEGIN + year, 2, received=5), "feed_counts", BEGIN)
    play(course, sent(hospital, BEGIN, stop), us("2026-10-21T14:00"))
    assert [one.status for one in alerts(course)] == [Status.FIRING]


def test_a_silence_ends_with_the_first_message() -> None:
    course, stop, again = course_of(Feed(Check.SILENCE)), us("2026-10-21T12:00"), us("2026-10-21T15:00")
    play(course, sent(hospital, BEGIN, stop), us("2026-10-21T14:00"))
    play(course, sent(hospital, again, again + TEN_US), again + TEN_US)
    (found,) = alerts(course)
    assert (found.status, found.ended_us) == (Status.RESOLVED, again)


def test_a_clinic_is_not_silent_at_night_nor_on_sunday_nor_on_a_holiday() -> None:
    course, stop = course_of(Feed(Check.SILENCE)), us("2026-11-23")
    play(course, sent(clinic, BEGIN, stop), stop)
    assert alerts(course) == []


def test_a_clinic_that_does_not_open_is_silent_within_the_morning() -> None:
    course = course_of(Feed(Check.SILENCE))
    play(course, sent(clinic, BEGIN, us("2026-10-20T17:00")), us("2026-10-21T08:20"))
    assert alerts(course) == []
    play(course, iter(()), us("2026-10-21T08:20"))
    for at_us in range(us("2026-10-21T08:20"), us("2026-10-21T10:00"), TEN_US):
        course.pass_time(at_us)
    assert [one.status for one in alerts(course)] == [Status.FIRING]


def test_a_facility_is_not_judged_before_it_is_known() -> None:
    course, stop = course_of(Feed(Check.SILENCE)), us("2026-10-05T12:00")
    play(course, sent(hospital, BEGIN, stop), stop + 3 * HOUR_US)
    assert alerts(course) == []


def test_an_outage_does_not_teach_that_silence_is_usual() -> None:
    course, stop = course_of(Feed(Check.SILENCE)), us("2026-10-21T12:00")
    play(course, sent(hospital, BEGIN, stop), us("2026-10-23T12:00"))
    kept = course.kept["feed", "79901"].state
    assert kept is not None
    assert kept["profile"]["3-10"][1] == 360.0


def test_a_hospital_that_sends_a_third_is_short() -> None:
    course, change = course_of(Feed(Check.DROP, expected=60)), us("2026-10-21T09:00")
    play(course, sent(hospital, BEGIN, change), change)
    assert alerts(course) == []
    play(course, sent(lambda _: 20, change, change + 2 * HOUR_US), change + 2 * HOUR_US)
    (found,) = alerts(course)
    assert change < found.started_us <= change + HOUR_US


def test_a_message_is_late_or_dead_or_holds_unknown_codes() -> None:
    for of, name in ((Of.LATE, "late"), (Of.DEAD, "dead_value"), (Of.UNMAPPED, "unmapped")):
        course = course_of(Feed(Check.SHARE, of=of, above=0.1))
        course.take(event(BEGIN + MINUTE_US, BEGIN, received=30, **{name: 2}), "feed_counts", BEGIN + MINUTE_US)
        assert alerts(course) == []
        again = event(BEGIN + 2 * MINUTE_US, BEGIN, number=2, received=30, **{name: 9})
        course.take(again, "feed_counts", BEGIN + 2 * MINUTE_US)
        assert [one.status for one in alerts(course)] == [Status.FIRING]
        course.pass_time(BEGIN + 2 * HOUR_US)
        assert [one.status for one in alerts(course)] == [Status.RESOLVED]


def test_only_the_reasons_that_are_asked_for_count() -> None:
    course = course_of(Feed(Check.COUNT, above=3, reasons=frozenset({"CHARSET"})))
    course.take(event(BEGIN, BEGIN, received=30, dead_value=9), "feed_counts", BEGIN)
    assert alerts(course) == []


def test_an_older_word_that_comes_late_changes_nothing() -> None:
    course = course_of(Feed(Check.COUNT, above=5))
    newer = event(BEGIN + MINUTE_US, BEGIN, number=1, received=9, dead_value=1)
    older = event(BEGIN, BEGIN, number=1, received=9, dead_value=9)
    for one in (newer, older, newer):
        course.take(one, "feed_counts", BEGIN + MINUTE_US)
    assert alerts(course) == []


@pytest.mark.parametrize(
    ("day", "holiday"),
    [(date(2026, 2, 17), True), (date(2026, 9, 2), True), (date(2026, 11, 25), False), (date(2027, 2, 6), True)],
)
def test_tet_and_the_national_day_are_holidays(day: date, holiday: bool) -> None:
    assert is_holiday(day) is holiday


def test_a_holiday_that_was_never_seen_is_taken_for_a_sunday() -> None:
    profile = {"6-8": Learned(3, 2.0), "1-8": Learned(3, 50.0)}
    assert mean_of(profile, slot_of(us("2026-02-17T08:30"))) == 2.0
    assert mean_of(profile, "3-8") == 2.0
    assert mean_of(profile, "3-9") == 0.0


def test_a_profile_follows_what_changes() -> None:
    profile: dict[str, Learned] = {}
    for week in range(20):
        profile = learn(profile, BEGIN + week * 7 * 24 * HOUR_US, 10 if week < 4 else 80)
    assert 70 < mean_of(profile, "0-0") < 80


def test_what_was_to_be_expected_is_reached_when_it_says() -> None:
    profile = {f"{day}-{hour}": Learned(8, 30.0 if 8 <= hour < 17 else 0.0) for day in range(7) for hour in range(24)}
    evening = us("2026-10-20T16:50")
    found = reached(profile, evening, 10.0)
    assert found == us("2026-10-21T08:10")
    assert expected(profile, evening, found) == pytest.approx(10.0)
    assert reached({}, evening, 1.0) is None
    assert found - evening > timedelta(hours=15) / timedelta(microseconds=1)


def test_what_is_kept_of_a_silent_feed_is_written_and_read_again() -> None:
    course, stop = course_of(Feed(Check.SILENCE)), us("2026-10-21T12:00")
    play(course, sent(hospital, BEGIN, stop), us("2026-10-21T14:00"))
    assert any(kept.lives for kept in course.kept.values())
    assert read_kept(encode(place, kept) for place, kept in course.kept.items()) == course.kept


def test_of_what_closed_long_ago_no_more_than_three_months_are_looked_at() -> None:
    hours, year = list[int](), 365 * 24 * HOUR_US
    known = Known(BEGIN, BEGIN, BEGIN + year, Hours(hours), {})
    assert not Feed(Check.SILENCE)._is_silent(known, BEGIN + year)
    assert len(hours) <= 91 * 24


class Hours(dict[str, Learned]):
    """A profile of nothing, which notes what it is asked for."""

    def __init__(self, asked: list[int]) -> None:
        super().__init__()
        self._asked = asked

    def __contains__(self, slot: object) -> bool:
        self._asked.append(1)
        return True

    def __missing__(self, slot: str) -> Learned:
        return Learned(1, 0.0)
