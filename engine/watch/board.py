"""What the status page shows, taken together at one moment; nothing of a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.alerts.standing import Standing
from engine.facilities.facility import Facility
from engine.transforms.activation import Activation
from engine.watch.facilities import REPORTING_US, Group, Share
from engine.watch.lag import Lag
from engine.watch.observer import Observer
from engine.watch.rounds import Account, Rounds
from engine.watch.tally import Tally

SILENT_US = 2 * 3600 * 1_000_000
"""After so long a feed that should send is called silent, as by the alert rule FeedSilent."""
ROWS = 50
"""Facilities on one page."""
MOST_ALERTS = 30


class Wanted(NamedTuple):
    """Which facilities are asked for; empty text stands for all."""

    sector: str = ""
    kind: str = ""
    page: int = 1


class Feed(NamedTuple):
    """One facility: when it last sent, how much within the hour, and what of it is not as it should be."""

    facility: Facility
    received_us: int
    last_hour: int
    loaded_us: int
    late: int
    dead: int
    lacking: tuple[str, ...]
    """Types that should come from it and did not within a day."""
    is_silent: bool


class Board(NamedTuple):
    """The page's content; `feeds` are those of one page of `pages`."""

    now_us: int
    wanted: Wanted
    feeds: Sequence[Feed]
    pages: int
    silent: int
    last_hour: int
    coverage: Mapping[Group, Share]
    alerts: Sequence[Standing]
    open_alerts: int
    letters: Sequence[tuple[str, int]]
    lags: Sequence[Lag]
    activation: Activation | None
    account: Account | None


def take_board(observer: Observer, rounds: Rounds, now_us: int, wanted: Wanted) -> Board:
    """What is known now."""
    with observer.lock:
        feeds = [_feed(facility, tally, now_us) for facility, tally in observer.facilities]
        coverage = observer.facilities.coverage(now_us)
        alerts = observer.alerts.newest_first()
        letters = observer.letters.last_day(now_us)
    asked = sorted((one for one in feeds if _is_wanted(one.facility, wanted)), key=_urgency)
    pages = max(-(-len(asked) // ROWS), 1)
    page = min(max(wanted.page, 1), pages)
    return Board(
        now_us=now_us,
        wanted=wanted._replace(page=page),
        feeds=asked[(page - 1) * ROWS : page * ROWS],
        pages=pages,
        silent=sum(one.is_silent for one in feeds),
        last_hour=sum(one.last_hour for one in feeds),
        coverage=coverage,
        alerts=alerts[:MOST_ALERTS],
        open_alerts=len(alerts),
        letters=letters,
        lags=rounds.lags,
        activation=rounds.activation,
        account=rounds.account,
    )


def _feed(facility: Facility, tally: Tally, now_us: int) -> Feed:
    lacking = (code for code in facility.expects if tally.types.get(code, 0) < now_us - REPORTING_US)
    is_silent = bool(facility.expects) and tally.received_us < now_us - SILENT_US
    return Feed(
        facility,
        tally.received_us,
        tally.last_hour(now_us),
        tally.loaded_us,
        tally.late,
        tally.dead,
        tuple(lacking),
        is_silent,
    )


def _is_wanted(facility: Facility, wanted: Wanted) -> bool:
    return wanted.sector in ("", facility.sector) and wanted.kind in ("", facility.kind)


def _urgency(feed: Feed) -> tuple[bool, int]:
    """Silent feeds first, the longest silent of them before the others; then those that sent last."""
    return (not feed.is_silent, feed.received_us if feed.is_silent else -feed.received_us)
