"""Observations that a report took back: known by their ids, for events of them may come later than the report's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from engine.canonical.elements import REPORT
from engine.canonical.fold import Current
from engine.canonical.results import OBSERVATION, Withdrawal, is_withdrawn, withdraw, withdrawals
from engine.loaders.history import Id
from engine.loaders.tables import WITHDRAWALS
from engine.loaders.warehouse import Transaction

Withdrawals = Mapping[str, set[Withdrawal]]
"""What stands withdrawn, by the observation's id."""

_COLUMNS = tuple(WITHDRAWALS.columns)


def shows_withdrawn(current: Current | None) -> bool:
    """Whether a resource is an observation as withdrawn: what it says by itself only its history tells."""
    return current is not None and current.type == OBSERVATION and is_withdrawn(current.element_versions)


def rewrite(transaction: Transaction, held: Mapping[Id, Current], after: Mapping[Id, Current | None]) -> set[Id]:
    """Store what the reports among `after` take back, in place of what they did as `held`; the observations touched."""
    reports = [key for key in after if key[0] == REPORT]
    old = {one for key in reports for one in _told_by(held.get(key))}
    new = {one for key in reports for one in _told_by(after[key])}
    transaction.remove(WITHDRAWALS, WITHDRAWALS.key, [one[:2] for one in old - new])
    transaction.insert(WITHDRAWALS, sorted(new - old))
    return {(OBSERVATION, one.observation) for one in old ^ new}


def find_withdrawals(transaction: Transaction, ids: Iterable[Id]) -> Withdrawals:
    """What stands withdrawn of the observations among these."""
    wanted = [(identity,) for kind, identity in ids if kind == OBSERVATION]
    found: dict[str, set[Withdrawal]] = defaultdict(set)
    for row in transaction.find(WITHDRAWALS, _COLUMNS, ("observation",), wanted):
        found[row[0]].add(Withdrawal(*row))
    return found


def apply(current: Current, by: Collection[Withdrawal]) -> Current:
    """The observation as it stands after these."""
    done = withdraw(current.body, current.element_versions, by) if by else None
    return current._replace(body=done[0], element_versions=done[1]) if done else current


def _told_by(report: Current | None) -> frozenset[Withdrawal]:
    return withdrawals(report.id, report.element_versions) if report else frozenset()
