"""What `engine conformance` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from rich.table import Table

from engine.commands.conformance.judge import Verdict
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.reasons import Reason
from engine.commands.terminal import Console

WIDEST = 2000
"""So many letters of what came are shown of one row."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are, how many of them are covered, and how many others have a reason."""

    rows: int
    covered: int
    excused: int

    @property
    def open(self) -> int:
        """Rows neither covered nor excused."""
        return self.rows - self.covered - self.excused

    @property
    def part(self) -> float:
        """The part covered."""
        return self.covered / self.rows if self.rows else 1.0


def count(verdicts: Iterable[Verdict], reasons: Mapping[str, Reason]) -> Count:
    """Count verdicts."""
    found = list(verdicts)
    missing = [one for one in found if not one.is_covered]
    return Count(len(found), len(found) - len(missing), sum(one.row.id in reasons for one in missing))


def print_table(
    verdicts: Sequence[Verdict], reasons: Mapping[str, Reason], console: Console, *, uncovered: bool
) -> None:
    """Print the counts by map and by kind, and with `uncovered` each row that is neither covered nor excused."""
    console.print(_by_map(verdicts, reasons))
    console.print(_by_kind(verdicts, reasons))
    for one in verdicts if uncovered else ():
        if not one.is_covered and one.row.id not in reasons:
            console.print("\n".join(_lines(one)))


def print_json(verdicts: Sequence[Verdict], reasons: Mapping[str, Reason], *, uncovered: bool) -> str:
    """The same as JSON: a list of rows."""
    shown = [one for one in verdicts if not uncovered or not (one.is_covered or one.row.id in reasons)]
    return orjson.dumps([_entry(one, reasons) for one in shown], option=orjson.OPT_INDENT_2).decode()


def _by_map(verdicts: Sequence[Verdict], reasons: Mapping[str, Reason]) -> Table:
    table = _table("map")
    for kind in Kind:
        for name in sorted({one.row.map for one in verdicts if one.row.kind == kind}):
            of_map = [one for one in verdicts if one.row.kind == kind and one.row.map == name]
            table.add_row(name, *_cells(count(of_map, reasons)))
    return table


def _by_kind(verdicts: Sequence[Verdict], reasons: Mapping[str, Reason]) -> Table:
    table = _table("kind")
    for kind in Kind:
        found = [one for one in verdicts if one.row.kind == kind]
        if found:
            table.add_row(kind, *_cells(count(found, reasons)))
    return table


def _table(first: str) -> Table:
    table = Table(box=None)
    table.add_column(first, no_wrap=True)
    for name in ("rows", "covered", "excused", "open", "%"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(found: Count) -> tuple[str, ...]:
    percent = f"{int(found.part * 1000) / 10:.1f}"
    return str(found.rows), str(found.covered), str(found.excused), str(found.open), percent


def _lines(one: Verdict) -> list[str]:
    row = one.row
    asks = " ".join(part for part in (row.condition, row.narrative and f"({row.narrative})") if part)
    head = " ".join(part for part in (f"\n{row.id}", row.path, asks) if part)
    sent = [f"    sent      {line}" for line in one.message.strip("\r").split("\r")] if one.message else []
    return [head, f"    expected  {one.expected}", f"    came      {_short(one.came)}", *sent]


def _short(came: Any) -> str:
    text = came if isinstance(came, str) else orjson.dumps(came, default=str).decode()
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"


def _entry(one: Verdict, reasons: Mapping[str, Reason]) -> dict[str, Any]:
    row = one.row
    reason = reasons.get(row.id)
    return {
        "row": row.id,
        "kind": row.kind,
        "map": row.map,
        "path": row.path,
        "condition": row.condition,
        "narrative": row.narrative,
        "target": row.target,
        "covered": one.is_covered,
        "reason": reason.reason if reason else None,
        "how": one.how,
        "expected": one.expected,
        **({} if one.is_covered else {"sent": one.message, "came": _short(one.came)}),
    }
