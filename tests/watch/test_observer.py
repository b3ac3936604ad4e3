"""What one process learns of the whole engine from its topics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.alerts import standing as standings
from engine.alerts.alert import Severity, Status
from engine.alerts.standing import Silenced
from engine.bus.bus import Bus
from engine.bus.record import Record
from engine.canonical import raw, receipt
from engine.canonical.dead import Reason
from engine.canonical.receipt import Outcome
from engine.loaders.loader import GROUP as LOADER
from engine.watch import following
from engine.watch.facilities import Facilities
from engine.watch.kept import keep, restore
from engine.watch.lag import find_lags
from engine.watch.observer import Observer
from engine.watch.open_alerts import OpenAlerts
from tests.watch.stage import (
    HOUR_US,
    NOW_US,
    REGISTRY,
    SECOND,
    commit_receipts,
    letter,
    message,
    open_stage,
    publish,
    standing,
    told,
)


class Heard:
    """A meter that remembers."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.looks = 0

    def delivered(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def looked(self, facilities: Facilities, alerts: OpenAlerts, now_us: int) -> None:
        assert facilities.coverage(now_us)
        assert alerts.by_severity(now_us)
        self.looks += 1


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with open_stage(tmp_path) as bus:
        yield bus


def observing(bus: Bus, heard: Heard | None = None, now_us: int = NOW_US + 90 * SECOND) -> Observer:
    return Observer(bus, REGISTRY, 60 * SECOND, lambda: now_us, heard or Heard())


def test_a_message_is_received_when_it_is_stored_and_loaded_when_the_loader_stands_behind_its_receipt(
    bus: Bus,
) -> None:
    observer = observing(bus)
    publish(bus, [message(), message("79902"), told(0), told(1, "79902", outcome=Outcome.DEAD)])
    observer.turn()
    tally = observer.facilities.of("79901")
    assert (tally.received, tally.loaded, tally.received_us) == (1, 0, NOW_US)
    commit_receipts(bus)
    observer.turn()
    assert (tally.loaded, tally.loaded_us, tally.late) == (1, NOW_US, 1)
    assert observer.facilities.of("79902").loaded == 0


def test_what_was_loaded_before_anybody_looked_is_not_called_late(bus: Bus) -> None:
    heard = Heard()
    publish(bus, [told(0)])
    commit_receipts(bus)
    observer = observing(bus, heard)
    observer.turn()
    publish(bus, [told(1)])
    commit_receipts(bus)
    observer.turn()
    tally = observer.facilities.of("79901")
    assert (tally.loaded, tally.late, heard.seconds, heard.looks) == (2, 1, [90.0], 2)


def test_a_backlog_that_is_read_in_turns_is_not_called_late(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 1)
    heard = Heard()
    publish(bus, [told(0), told(1), told(2)])
    commit_receipts(bus)
    observer = observing(bus, heard)
    for _ in range(3):
        observer.turn()
    assert (observer.facilities.of("79901").loaded, heard.seconds) == (3, [])


def test_a_message_that_is_transformed_again_counts_once(bus: Bus) -> None:
    heard = Heard()
    observer = observing(bus, heard)
    observer.turn()
    publish(bus, [told(5), told(6), told(5), told(6)])
    commit_receipts(bus)
    observer.turn()
    assert (observer.facilities.of("79901").loaded, len(heard.seconds)) == (2, 2)


def test_dead_letters_are_counted_by_facility_and_by_reason_of_the_last_day(bus: Bus) -> None:
    observer = observing(bus)
    publish(bus, [letter(), letter(), letter("79902", Reason.CHARSET), letter(at_us=NOW_US - 30 * HOUR_US)])
    observer.turn()
    assert observer.letters.last_day(NOW_US) == [("VALUE", 2), ("CHARSET", 1)]
    assert observer.facilities.of("79901").dead == 3


def test_alerts_are_open_until_they_are_resolved_and_silent_ones_are_not_counted(bus: Bus) -> None:
    observer = observing(bus)
    silenced = standing("quiet", silenced=Silenced("an", NOW_US + HOUR_US, "planned"))
    told_of = [standing("a"), standing("b", severity=Severity.CRITICAL, started_us=NOW_US - 5), silenced]
    publish(bus, [*map(standings.encode, told_of), Record(standings.TOPIC, b"x", b"no JSON")])
    observer.turn()
    assert [one.alert.rule for one in observer.alerts.newest_first()] == ["b", "a", "quiet"]
    assert observer.alerts.by_severity(NOW_US) == {"critical": 1, "warning": 1, "information": 0}
    publish(bus, [standings.encode(standing("a", status=Status.RESOLVED))])
    observer.turn()
    assert [one.alert.rule for one in observer.alerts.newest_first()] == ["b", "quiet"]


def test_the_next_process_goes_on_where_the_last_one_stopped(bus: Bus, tmp_path: Path) -> None:
    publish(bus, [message(), told(0), letter()])
    commit_receipts(bus)
    first = observing(bus)
    first.turn()
    keep(first, tmp_path / "observe.json")
    publish(bus, [message(), told(0), told(1)])
    commit_receipts(bus)
    second = observing(bus)
    restore(second, tmp_path / "observe.json")
    second.turn()
    tally = second.facilities.of("79901")
    assert (tally.received, tally.loaded, tally.late, tally.dead) == (2, 2, 0, 1)
    assert (tmp_path / "observe.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"positions": 1}', '{"positions": {"a": 1}, "passed": []}'])
def test_a_file_that_cannot_be_read_costs_counts_and_no_more(bus: Bus, tmp_path: Path, text: str) -> None:
    (tmp_path / "observe.json").write_text(text)
    publish(bus, [message()])
    observer = observing(bus)
    restore(observer, tmp_path / "observe.json")
    observer.turn()
    assert observer.facilities.of("79901").received == 1


def test_a_long_history_is_begun_near_its_end(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BACK", 3)
    publish(bus, [message() for _ in range(10)])
    observer = observing(bus)
    observer.turn()
    assert observer.facilities.of("79901").received == 3


def test_a_backlog_is_read_in_turns(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 4)
    publish(bus, [message() for _ in range(10)])
    observer = observing(bus)
    counts = []
    for _ in range(3):
        observer.turn()
        counts.append(observer.facilities.of("79901").received)
    assert counts == [4, 8, 10]


def test_lag_is_what_a_group_has_yet_to_read_and_how_old_that_is(bus: Bus) -> None:
    publish(bus, [message(), message(), told(0)])
    stored = max(one.timestamp for at, span in bus.spans(raw.TOPIC).items() for one in bus.read(at, 0, span.next))
    found = {(one.group, one.topic): one for one in find_lags(bus, {"g": [raw.TOPIC, "gone"], LOADER: [receipt.TOPIC]})}
    lag = found["g", raw.TOPIC]
    assert (lag.records, lag.is_first, abs((lag.oldest_us or 0) - stored * 1000) < SECOND) == (2, True, True)
    assert (found["g", "gone"].records, found["g", "gone"].oldest_us) == (0, None)
    commit_receipts(bus)
    assert [one.records for one in find_lags(bus, {LOADER: [receipt.TOPIC]})] == [0]
