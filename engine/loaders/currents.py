"""The current resources: what the counting events of the history fold to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from engine.canonical.fold import Current, fold, merge
from engine.canonical.results import OBSERVATION
from engine.loaders.history import Entered, Id, Lost, find_counting
from engine.loaders.messages import Standings
from engine.loaders.rows import CURRENT_COLUMNS, current_row, read_current
from engine.loaders.tables import CURRENT, ID
from engine.loaders.warehouse import Transaction
from engine.loaders.withdrawals import Withdrawals, apply, find_withdrawals, rewrite, shows_withdrawn


class Changes(dict[Id, Current | None]):
    """The resources that are not as they were; None when nothing that counts tells of one any more."""

    def __init__(self, changed: Mapping[Id, Current | None], fresh: Collection[Id] = frozenset()) -> None:
        """`fresh` are those of which nothing was current before."""
        super().__init__(changed)
        self.fresh = fresh


_Folded = dict[Id, Current | None]


class Before(NamedTuple):
    """What a batch tells of resources, which of their events are lost, and how they stood before it."""

    told: Mapping[Id, list[Current]]
    lost: Lost
    held: dict[Id, Current]
    withdrawn: Withdrawals


def look(transaction: Transaction, entered: Entered, settled: Standings) -> Before:
    """Find how the resources stand that a batch tells of, before anything of it is written."""
    told: dict[Id, list[Current]] = defaultdict(list)
    for event in entered.events:
        if settled[event.origin.message_key].counts(event.origin):
            told[event.alone.type, event.alone.id].append(event.alone)
    ids = told.keys() | entered.lost.keys()
    return Before(told, entered.lost, _find(transaction, list(ids)), find_withdrawals(transaction, ids))


def refresh(transaction: Transaction, before: Before, settled: Standings, now_us: int) -> Changes:
    """Bring `current` up to the history, which the batch's events have entered and left, and say what changed.

    New events merge with what is current. Only where a lost event is still to be seen, or an observation was withdrawn,
    is an id folded anew. After that, reports take back what they list no more.
    """
    told, lost, held, withdrawn = before
    stale = {key for key, versions in lost.items() if key not in held or _shows(held[key], versions)}
    stale.update(key for key in told if shows_withdrawn(held.get(key)))
    after = _anew(transaction, stale, settled)
    after.update((key, _merged(held.get(key), each)) for key, each in told.items() if key not in stale)
    _take_back(transaction, held, after, withdrawn, settled)
    changed = {key: current for key, current in after.items() if current != held.get(key)}
    changes = Changes(changed, changed.keys() - held.keys())
    _write(transaction, changes, held, now_us)
    return changes


def _take_back(
    transaction: Transaction, held: dict[Id, Current], after: _Folded, withdrawn: Withdrawals, settled: Standings
) -> None:
    """Withdraw observations in `after`, and add those that stand otherwise because a report changed."""
    rewritten = rewrite(transaction, held, after)
    touched = rewritten - after.keys()
    held.update(_find(transaction, list(touched - held.keys())))
    after.update((key, held[key]) for key in touched & held.keys())
    after.update(_anew(transaction, {key for key in touched if shows_withdrawn(held.get(key))}, settled))
    for identity, by in (find_withdrawals(transaction, after) if rewritten else withdrawn).items():
        current = after[OBSERVATION, identity]
        after[OBSERVATION, identity] = apply(current, by) if current else None


def _find(transaction: Transaction, ids: list[Id]) -> dict[Id, Current]:
    rows = transaction.find(CURRENT, CURRENT_COLUMNS, ID, ids)
    return {(current.type, current.id): current for current in map(read_current, rows)}


def _shows(current: Current, versions: set[str]) -> bool:
    """Whether any of these versions stands behind an element, or is the newest."""
    return current.version in versions or any(claim.version in versions for claim in current.element_versions.values())


def _merged(current: Current | None, told: Iterable[Current]) -> Current | None:
    for alone in told:
        current = alone if current is None else merge(current, alone)
    return current


def _anew(transaction: Transaction, ids: set[Id], settled: Standings) -> _Folded:
    folded: _Folded = dict.fromkeys(ids)
    for event in find_counting(transaction, ids, settled) if ids else ():
        key = (event.type, event.id)
        folded[key] = fold(folded[key], event)
    return folded


def _write(transaction: Transaction, changes: Changes, held: Mapping[Id, Current], now_us: int) -> None:
    rows = {key: current_row(current, now_us) for key, current in changes.items() if current is not None}
    transaction.insert(CURRENT, [row for key, row in rows.items() if key not in held])
    transaction.replace(CURRENT, [row for key, row in rows.items() if key in held])
    transaction.remove(CURRENT, ID, [key for key, current in changes.items() if current is None])
