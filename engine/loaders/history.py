"""The history: every event of the raw records that count, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from engine.canonical.resource import Resource
from engine.loaders.event import Event
from engine.loaders.messages import Standings, find_standings
from engine.loaders.rows import HISTORY_COLUMNS, history_row, read_event
from engine.loaders.tables import HISTORY, ID, RAW, Row
from engine.loaders.warehouse import Transaction

Id = tuple[str, str]
"""A resource's type and id."""

Lost = Mapping[Id, set[str]]
"""For ids, the versions of those events that counted and count no more."""


class Entered(NamedTuple):
    """What a batch does to the history: the events that are new in it, and those that count no more."""

    events: list[Event]
    lost: Lost
    dropped: list[Row]
    """The raw records whose events leave it."""


def enter(transaction: Transaction, events: Iterable[Event], known: Standings, settled: Standings) -> Entered:
    """Find what is new of raw records that count, and what is lost of those that did so while `known` stood."""
    kept = {_key(event): event for event in events if settled[event.origin.message_key].raw == event.origin.raw}
    moved = {key for key, standing in known.items() if settled[key] != standing}
    touched = moved | known.keys() & {event.origin.message_key for event in kept.values()}
    earlier: dict[Row, str] = {known[key].raw: key for key in touched}
    rows = transaction.find(HISTORY, (*HISTORY.key, *ID, "version"), RAW, list(earlier))
    dropped: list[Row] = [known[key].raw for key in moved if settled[key].raw != known[key].raw]
    held = {row[:5] for row in rows}
    fresh = [event for key, event in kept.items() if key not in held]
    counted = ((row, earlier[row[:3]]) for row in rows)
    lost = _lost(row for row, key in counted if key in moved and row[3] == known[key].generation)
    return Entered(fresh, lost, dropped)


def write_history(transaction: Transaction, entered: Entered, now_us: int) -> None:
    """Drop what leaves the history, and add what is new in it."""
    transaction.remove(HISTORY, RAW, entered.dropped)
    transaction.insert(HISTORY, [history_row(event, now_us) for event in entered.events])


def find_counting(transaction: Transaction, ids: Collection[Id], settled: Standings) -> Iterator[Resource]:
    """All events that count for these ids; `settled` goes before the standings that the warehouse holds."""
    events = [read_event(row) for row in transaction.find(HISTORY, HISTORY_COLUMNS, ID, list(ids))]
    others = {event.origin.message_key for event in events} - settled.keys()
    standings = {**find_standings(transaction, others), **settled}
    return (event for event in events if standings[event.origin.message_key].counts(event.origin))


def _lost(rows: Iterable[Row]) -> Lost:
    lost: dict[Id, set[str]] = defaultdict(set)
    for *_, resource_type, identity, version in rows:
        lost[resource_type, identity].add(version)
    return lost


def _key(event: Event) -> Row:
    return (*event.origin.raw, event.origin.generation, event.resource.place)
