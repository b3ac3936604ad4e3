"""What the demo prints: tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from demo.chart import Chart, Result
from demo.evidence import Alert
from demo.ledger import Ledger, Line
from demo.senders import SENDERS

_KINDS = {sender.code: sender.kind for sender in SENDERS} | {"": "(no facility)"}
_FLAGS = {"HH": "bold red", "LL": "bold red", "H": "yellow", "L": "yellow", "A": "yellow"}


def show_ledger(expected: Ledger, found: Ledger) -> Table:
    """A line for each facility and type, and whether it came as it must."""
    table = _table("What became of the messages", "facility", "type")
    for column in ("sent", "loaded", "dead", "resent", "refused"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    last = None
    for kind, line in found.items():
        name = f"{line.facility} {_KINDS.get(line.facility, '')}".strip() if line.facility != last else ""
        right = expected.get(kind) == line
        mark = Text("✓", "green") if right else Text(f"✗ {_counts(expected.get(kind))}", "red")
        table.add_row(name, line.code or "?", *_cells(line), mark)
        last = line.facility
    total = [sum(counts) for counts in zip(*(_numbers(line) for line in found.values()), strict=True)]
    table.add_section()
    table.add_row("all", "", *map(str, total), style="bold")
    return table


def show_dead(letters: Sequence[Mapping[str, Any]]) -> Table:
    """The dead letters by reason and place."""
    table = _table("Dead letters: kept, with the reason", "facility", "type", "reason", "stage", "where")
    table.add_column("n", justify="right")
    counts: dict[tuple[str, ...], int] = {}
    for letter in letters:
        key = tuple(str(letter[name]) for name in ("facility", "type", "reason", "stage", "where"))
        counts[key] = counts.get(key, 0) + 1
    for key, count in sorted(counts.items()):
        table.add_row(*key, str(count))
    return table


def show_chart(chart: Chart) -> RenderableType:
    """One patient and what was found."""
    facts = Table.grid(padding=(0, 2))
    facts.add_row("patient", Text(f"{chart.name}, {chart.sex}, born {chart.born}", "bold"))
    facts.add_row("identifiers", ", ".join(chart.identifiers))
    for name, entries in (("encounter", chart.encounters), ("diagnosis", chart.conditions)):
        facts.add_row(name, "; ".join(entries))
    title = Text("One patient, as the warehouse has it", "italic")
    return Group(title, Padding(facts, (0, 1)), _results(chart.results))


def show_alerts(alerts: Sequence[Alert]) -> Table:
    """The alerts that rules raised, and the cases that are to be notified."""
    table = _table("Alerts", "rule", "facility", "patient", "LOINC", "value")
    for alert in alerts:
        table.add_row(
            alert.rule, alert.facility, alert.patient, alert.result.loinc, Text(alert.result.value, "bold red")
        )
    return table


def _results(results: Sequence[Result]) -> Table:
    table = _table("", "taken", "result", "LOINC", "value", "range", "flag")
    for result in results:
        style = _FLAGS.get(result.flag, "")
        flag = Text(result.flag, style)
        table.add_row(result.when, result.name, result.loinc, Text(result.value, style), result.reference, flag)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title or None, title_justify="left", header_style="dim", box=None)
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _numbers(line: Line) -> tuple[int, ...]:
    return line.sent, line.loaded, line.dead, line.duplicate, line.refused


def _cells(line: Line) -> list[str]:
    sent, *others = _numbers(line)
    return [str(sent), *(str(count) if count else "·" for count in others)]


def _counts(line: Line | None) -> str:
    return " ".join(_cells(line)) if line else "nothing"
