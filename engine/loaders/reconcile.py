"""Reconciliation: what became of every raw record, counted from the stores.

    received = loaded + dead + duplicate + ignored + held + in flight, and what is left is missing

Pure: `engine/loaders/evidence.py` reads the stores.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from engine.bus.record import Partition, Position
from engine.canonical.receipt import Outcome
from engine.loaders.warehouse import Entry


class Fate(StrEnum):
    """Where a raw record stands; each is one of these."""

    LOADED = "loaded"
    """Every event that its receipt names is in the history."""
    DEAD = "dead"
    """It, or one of its events, is a dead letter."""
    DUPLICATE = "duplicate"
    """Another raw record holds the same message and counts."""
    IGNORED = "ignored"
    """It asks for nothing, or somebody said so of its dead letter."""
    HELD = "held"
    """It waits with its key, because the bus does not take what it came to now."""
    IN_FLIGHT = "in_flight"
    """The transformer or the loader has yet to reach it."""
    MISSING = "missing"
    """None of these: it is lost."""


class Accepted(NamedTuple):
    """A raw record as its headers tell."""

    raw: Position
    facility: str
    message_type: str
    received_us: int


class Refusal(NamedTuple):
    """A dead letter of the listener: a message that was not accepted."""

    facility: str
    message_type: str
    refused_us: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stages left behind, read later than the raw records and in this order."""

    transformed: Mapping[Partition, int]
    """What the transformer committed."""
    waiting: Container[Position]
    """Raw records of which an event or a receipt is on the bus beyond the loader's offsets."""
    ledger: Iterable[Entry]
    """What the warehouse knows of raw records, in order of their positions."""
    dead: Container[Position]
    """Raw records of dead letters."""
    dropped: Container[Position] = ()
    """Raw records of whose dead letters somebody said that they ask for nothing."""
    held: Container[Position] = ()
    """Raw records that wait with their keys."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Raw records by fate; refused messages never were raw records."""

    received: int = 0
    loaded: int = 0
    dead: int = 0
    duplicate: int = 0
    ignored: int = 0
    held: int = 0
    in_flight: int = 0
    missing: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What one facility sent of one message type in one hour (UTC, `2026-01-31T09`); empty text stands for all."""

    facility: str
    message_type: str
    hour: str
    counts: Counts


class Account(NamedTuple):
    """The reconciliation: its lines, and the raw records that are missing."""

    lines: Sequence[Line]
    missing: Sequence[Position]


PLACE = ("facility", "message_type", "hour")

_Place = tuple[str, str, str]
_Tally = dict[_Place, Counter[str]]


def reconcile(accepted: Iterable[Accepted], evidence: Evidence, refused: Iterable[Refusal] = ()) -> Account:
    """Count the fate of every raw record; `accepted` is in order of positions.

    Raw records that the bus no longer keeps are counted from the ledger.
    """
    tally: _Tally = defaultdict(Counter)
    missing = []
    for record, entry in _paired(accepted, evidence.ledger):
        fate = find_fate(record.raw, entry, evidence)
        tally[record.facility, record.message_type, _hour(record.received_us)].update(["received", fate.value])
        if fate is Fate.MISSING:
            missing.append(record.raw)
    for refusal in refused:
        tally[refusal.facility, refusal.message_type, _hour(refusal.refused_us)]["refused"] += 1
    return Account(_lines(tally), missing)


def find_fate(raw: Position, entry: Entry | None, evidence: Evidence) -> Fate:
    """Where one raw record stands, by its entry in the ledger and by what else is known.

    What the transformer had not committed is on its way whatever is known of it: topics are written one after the
    other, so that its receipt may be loaded before its events are on the bus.
    """
    if entry and entry.is_copy:
        return Fate.DUPLICATE
    if entry and entry.outcome == Outcome.IGNORED:
        return Fate.IGNORED
    if entry and entry.outcome == Outcome.MAPPED and entry.loaded >= entry.events:
        return Fate.LOADED
    if raw in evidence.held:
        return Fate.HELD
    if raw in evidence.dropped:
        return Fate.IGNORED
    if raw in evidence.dead:
        return Fate.DEAD
    is_ahead = raw.offset >= evidence.transformed.get(Partition(raw.topic, raw.partition), 0)
    return Fate.IN_FLIGHT if is_ahead or raw in evidence.waiting else Fate.MISSING


def total(lines: Iterable[Line], *by: str) -> list[Line]:
    """The lines added up over all that `by` (`facility`, `message_type`, `hour`) does not name."""
    tally: _Tally = defaultdict(Counter)
    for line in lines:
        place = (line.facility, line.message_type, line.hour)
        kept = [text if name in by else "" for name, text in zip(PLACE, place, strict=True)]
        tally[kept[0], kept[1], kept[2]].update(asdict(line.counts))
    return _lines(tally)


def _paired(accepted: Iterable[Accepted], ledger: Iterable[Entry]) -> Iterator[tuple[Accepted, Entry | None]]:
    both: Iterator[Accepted | Entry] = merge(accepted, ledger, key=lambda known: known.raw)
    for raw, knowing in groupby(both, key=lambda known: known.raw):
        known = list(knowing)
        entry = next((each for each in known if isinstance(each, Entry)), None)
        first = known[0]
        yield Accepted(raw, first.facility, first.message_type, first.received_us), entry


def _hour(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).strftime("%Y-%m-%dT%H")


def _lines(tally: _Tally) -> list[Line]:
    return [Line(*place, Counts(**counter)) for place, counter in sorted(tally.items())]
