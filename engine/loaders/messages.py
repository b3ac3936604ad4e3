"""Which raw record counts for a message, when several hold a copy of it, and in which generation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.bus.record import Position
from engine.canonical.resource import Origin
from engine.loaders.tables import MESSAGES, Row
from engine.loaders.warehouse import Transaction


class Standing(NamedTuple):
    """The raw record that counts for a message: the first of its copies, in the newest generation heard of."""

    raw: Position
    generation: int

    def counts(self, origin: Origin) -> bool:
        """Whether what has this origin counts now."""
        return origin.raw == self.raw and origin.generation == self.generation


Standings = dict[str, Standing]
"""Standings by message key."""


def find_standings(transaction: Transaction, keys: Iterable[str]) -> Standings:
    """The standings that the warehouse holds of these messages."""
    wanted = [(key,) for key in dict.fromkeys(keys)]
    rows = transaction.find(MESSAGES, tuple(MESSAGES.columns), ("message_key",), wanted)
    return {key: Standing(Position(topic, part, offset), generation) for key, topic, part, offset, generation in rows}


def settle(known: Mapping[str, Standing], origins: Iterable[Origin]) -> Standings:
    """The standings after these origins were heard of too: in any order, the same."""
    settled = dict(known)
    for origin in origins:
        heard = Standing(origin.raw, origin.generation)
        held = settled.get(origin.message_key)
        settled[origin.message_key] = heard if held is None else _first(held, heard)
    return settled


def write_standings(transaction: Transaction, known: Standings, settled: Standings) -> None:
    """Store the standings that are new or not as they were."""
    transaction.insert(MESSAGES, [_row(key, standing) for key, standing in settled.items() if key not in known])
    moved = [_row(key, settled[key]) for key, standing in known.items() if settled[key] != standing]
    transaction.replace(MESSAGES, moved)


def _first(one: Standing, other: Standing) -> Standing:
    if one.raw == other.raw:
        return max(one, other)
    return min(one, other)


def _row(key: str, standing: Standing) -> Row:
    return (key, *standing.raw, standing.generation)
