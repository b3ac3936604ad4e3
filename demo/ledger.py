"""The ledger of the demo: what must become of the feed, what the engine says became of it, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from demo.message import Fate, FeedMessage
from engine.loaders.reconcile import Line as Account

Kind = tuple[str, str]
"""Facility and MSH-9.1; both empty for what tells neither."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of the messages of one facility and type."""

    facility: str
    code: str
    sent: int
    loaded: int
    dead: int
    duplicate: int
    refused: int


Ledger = Mapping[Kind, Line]


def expect(feed: Iterable[FeedMessage]) -> dict[Kind, Line]:
    """What the feed says must become of it."""
    fates = Counter((kind_of(message.facility, message.type), message.expected_fate) for message in feed)
    kinds = sorted({kind for kind, _ in fates})
    return {kind: _line(kind, {fate: fates[kind, fate] for fate in Fate}) for kind in kinds}


def observe(expected: Ledger, accounts: Iterable[Account]) -> dict[Kind, Line]:
    """What the lines of reconciliation say, for the kinds that were sent and any other that they tell of.

    A message that was sent and neither refused nor stored counts as a duplicate: the listener answered it as one that
    is there already. The engine's own count of those must agree.
    """
    fates: Counter[tuple[Kind, Fate]] = Counter()
    for account in accounts:
        for fate in Fate:
            fates[kind_of(account.facility, account.message_type), fate] += getattr(account.counts, fate)
    kinds = sorted({*expected, *(kind for kind, _ in fates)})
    return {kind: _seen(kind, expected, {fate: fates[kind, fate] for fate in Fate}) for kind in kinds}


def kind_of(facility: str, message_type: str) -> Kind:
    """The line that a message belongs to."""
    code = "" if message_type == "other" else message_type.partition("^")[0]
    return "" if facility.startswith("unregistered-") else facility, code


def _seen(kind: Kind, expected: Ledger, fates: Mapping[Fate, int]) -> Line:
    sent = expected[kind].sent if kind in expected else 0
    unstored = max(sent - sum(fates.values()), 0)
    return _line(kind, {**fates, Fate.DUPLICATE: fates[Fate.DUPLICATE] + unstored})


def _line(kind: Kind, fates: Mapping[Fate, int]) -> Line:
    counts = [fates[fate] for fate in (Fate.LOADED, Fate.DEAD, Fate.DUPLICATE, Fate.REFUSED)]
    return Line(*kind, sum(counts), *counts)
