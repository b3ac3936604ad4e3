"""The receipts that the warehouse keeps: of each raw record the newest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.canonical.receipt import Outcome, Receipt
from engine.loaders.rows import receipt_row
from engine.loaders.tables import RAW, RECEIPTS, Row
from engine.loaders.warehouse import Transaction

_SUCCESS = {Outcome.DEAD: 0, Outcome.IGNORED: 1, Outcome.MAPPED: 2}
_ORDER = ("generation", "outcome", "events", "reason")


class Newer(NamedTuple):
    """Receipts that are newer than those stored, and the raw records of which one is stored."""

    receipts: list[Receipt]
    held: set[Row]


def find_newer(transaction: Transaction, receipts: Iterable[Receipt]) -> Newer:
    """Those of the receipts that are newer than what is stored, one of each raw record.

    Of two of one generation, which a repeated attempt makes, the more successful is the newer.
    """
    newest = {receipt.origin.raw: receipt for receipt in sorted(receipts, key=_order)}
    held = {row[:3]: _rank(*row[3:]) for row in transaction.find(RECEIPTS, (*RAW, *_ORDER), RAW, list(newest))}
    newer = [receipt for raw, receipt in newest.items() if raw not in held or _order(receipt) > held[raw]]
    return Newer(newer, set(held))


def write_receipts(transaction: Transaction, newer: Newer, now_us: int) -> None:
    """Store newer receipts."""
    rows = [receipt_row(receipt, now_us) for receipt in newer.receipts]
    transaction.insert(RECEIPTS, [row for row in rows if row[:3] not in newer.held])
    transaction.replace(RECEIPTS, [row for row in rows if row[:3] in newer.held])


def _order(receipt: Receipt) -> Row:
    return _rank(receipt.origin.generation, receipt.outcome.value, receipt.events, receipt.reason)


def _rank(generation: int, outcome: str, events: int, reason: str) -> Row:
    return generation, _SUCCESS[Outcome(outcome)], events, reason
