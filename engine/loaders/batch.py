"""Loading one batch: what decides on the warehouse's content, over table operations inside one transaction.

The content is a function of the set of events and receipts that were given, whatever their order, their repeats and
the batches they came in:

- `messages`: of all raw records with a copy of a message the first counts, in the newest generation heard of.
- `receipts`: the newest of each raw record.
- `history`: the events of the raw records that count, in all their generations.
- `current`: the fold of the history rows of the newest generations.
- what follows `current`: the rows of views, for one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine.bus.record import Partition, Position
from engine.canonical.receipt import Receipt
from engine.loaders.currents import Changes, look, refresh
from engine.loaders.event import Event
from engine.loaders.history import enter, write_history
from engine.loaders.messages import find_standings, settle, write_standings
from engine.loaders.offsets import fence, find_offsets, unseen, write_offsets
from engine.loaders.receipts import find_newer, write_receipts
from engine.loaders.tables import CURRENT, HISTORY, RECEIPTS
from engine.loaders.warehouse import Transaction

Follow = Callable[[Transaction, Changes, int], Mapping[str, int]]
"""Writes what hangs on current resources, in the transaction that changed them and at its time; gives rows by table."""


@runtime_checkable
class Checking(Protocol):
    """A Follow that has something to ask of the warehouse before it."""

    def check(self, transaction: Transaction) -> None:
        """Raise WarehouseError when it cannot follow here; asked in each transaction, before anything is written."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read from the bus, with the positions it was read at.

    `stands` is where this loader believes the warehouse stands in the batch's partitions, nothing where it has not
    begun; `offsets` is where it will stand.
    """

    events: Sequence[tuple[Position, Event]]
    receipts: Sequence[tuple[Position, Receipt]]
    stands: Mapping[Partition, int]
    offsets: Mapping[Partition, int]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a batch did: rows written by table, and the current resources that changed."""

    rows: Mapping[str, int]
    changes: Changes


def load_batch(transaction: Transaction, batch: Batch, now_us: int, follows: Collection[Follow] = ()) -> Loaded:
    """Load what was not loaded before and move the offsets; raises Overtaken when the warehouse stands elsewhere.

    What is read of the warehouse is read first, so that it writes while the rest is worked out.
    """
    stored = find_offsets(transaction, batch.offsets)
    fence(stored, batch.stands, batch.offsets)
    events = unseen(batch.events, stored)
    receipts = unseen(batch.receipts, stored)
    origins = [*(receipt.origin for receipt in receipts), *(event.origin for event in events)]
    known = find_standings(transaction, (origin.message_key for origin in origins))
    settled = settle(known, origins)
    entered = enter(transaction, events, known, settled)
    before = look(transaction, entered, settled)
    newer = find_newer(transaction, receipts)
    _check(transaction, follows)
    write_history(transaction, entered, now_us)
    changes = refresh(transaction, before, settled, now_us)
    write_standings(transaction, known, settled)
    write_receipts(transaction, newer, now_us)
    write_offsets(transaction, stored, batch.offsets)
    rows = {HISTORY.name: len(entered.events), CURRENT.name: len(changes), RECEIPTS.name: len(newer.receipts)}
    for follow in follows:
        rows |= follow(transaction, changes, now_us)
    return Loaded(rows, changes)


def _check(transaction: Transaction, follows: Iterable[object]) -> None:
    for follow in follows:
        if isinstance(follow, Checking):
            follow.check(transaction)
