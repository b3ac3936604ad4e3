"""Counts of feeds: what a process tells of a minute comes again with more, and never counts twice."""

from __future__ import annotations

import orjson

from engine.bus.record import Record
from engine.canonical.envelope import decode
from engine.canonical.feed import KEPT_US, LATE_US, MINUTE_US, NOBODY, TYPE, FeedTally, is_late
from engine.canonical.receipt import Outcome
from engine.canonical.version import version

NOW_US = 1_790_000_000_000_000
MINUTE = NOW_US - NOW_US % MINUTE_US


def counted(*messages: tuple[str, int, Outcome, str]) -> FeedTally:
    tally = FeedTally("0a")
    for facility, at_us, outcome, reason in messages:
        tally.add(facility, at_us, outcome, reason, late=False, unmapped=1)
    return tally


def body(record: Record) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(record.value)
    return found


def test_a_minute_of_a_facility_is_one_record() -> None:
    tally = counted(
        ("79901", MINUTE, Outcome.MAPPED, ""),
        ("79901", MINUTE + MINUTE_US - 1, Outcome.DEAD, "VALUE"),
        ("79901", MINUTE + 5, Outcome.IGNORED, ""),
    )
    (record,) = tally.records(NOW_US)
    assert record.key == b"79901"
    assert body(record) == {
        "resourceType": TYPE,
        "minute": MINUTE,
        "received": 3,
        "mapped": 1,
        "ignored": 1,
        "dead": {"VALUE": 1},
        "late": 0,
        "unmapped": 3,
    }


def test_what_is_told_again_has_the_same_name_and_a_newer_version() -> None:
    tally = counted(("79901", MINUTE, Outcome.MAPPED, ""))
    (first,) = tally.records(NOW_US)
    tally.forget(NOW_US)
    assert tally.records(NOW_US) == []
    tally.add("79901", MINUTE, Outcome.MAPPED, "", late=True, unmapped=0)
    (second,) = tally.records(NOW_US)
    before, after = decode(first), decode(second)
    assert (before.id, before.origin.facility, before.type) == (after.id, "79901", TYPE)
    assert before.origin.version < after.origin.version
    assert (body(second)["received"], body(second)["late"]) == (2, 1)


def test_what_did_not_become_durable_is_told_again() -> None:
    tally = counted(("79901", MINUTE, Outcome.MAPPED, ""))
    assert len(tally.records(NOW_US)) == len(tally.records(NOW_US + 1)) == 1


def test_a_minute_that_is_long_over_is_forgotten() -> None:
    tally = counted(("79901", MINUTE, Outcome.MAPPED, ""))
    tally.records(NOW_US)
    tally.forget(MINUTE + KEPT_US + 1)
    tally.add("79901", MINUTE, Outcome.MAPPED, "", late=False, unmapped=0)
    (again,) = tally.records(NOW_US)
    assert body(again)["received"] == 1


def test_a_record_that_names_no_facility_is_nobodys() -> None:
    (record,) = counted(("", MINUTE, Outcome.DEAD, "NOT_HL7")).records(NOW_US)
    assert record.key == NOBODY.encode()


def test_a_message_is_late_an_hour_after_its_own_time() -> None:
    stamp = version(NOW_US - LATE_US, None, NOW_US, "")
    assert is_late(NOW_US, stamp)
    assert not is_late(NOW_US - 1, stamp)
    assert not is_late(NOW_US, "")
