"""`engine diff`: what two sets of mappings make of the same messages, and where it differs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table

from engine.bus.bus import Bus
from engine.commands.comparison import Comparison, Differences, Example, Show
from engine.commands.corpus import Arrival, raw_count, read_files, read_raw, shown
from engine.commands.explain.shown import wide_console
from engine.commands.terminal import Console
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.language.fault import Fault, Faults, Mark
from engine.language.gather import Gather
from engine.parts import open_bus, require_home
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet

DIFFERENT = 1
RENAMED_SHARE = 0.01
"""Of the messages; where more of them have resources under other ids, a note says so."""


def diff_sets(
    settings: Settings, sets: tuple[Path, Path], corpus: Sequence[Path], facility: str | None, show: Show
) -> int:
    """Compare over files, without any over `hl7.raw`; returns 1 when something differs. Raises Faults of both sets."""
    old, new = load_both(*sets, settings.optional_resources)
    registry = read_registry(settings.registry_file())
    comparison = Comparison(old, new, registry, show)
    if corpus:
        _add_all(comparison, read_files(corpus, registry, facility), None)
    else:
        require_home(settings)
        with closing(open_bus(settings)) as bus:
            _add_raw(comparison, bus, facility)
    if show.as_json:
        sys.stdout.write(orjson.dumps(as_body(comparison, old.version, new.version)).decode() + "\n")
    else:
        print_differences(comparison, old.version, new.version)
    return DIFFERENT if comparison.changed else 0


def load_both(old: Path, new: Path, optional: Collection[str]) -> tuple[MappingSet, MappingSet]:
    """Both sets; raises Faults with what is wrong in either."""
    gather = Gather()
    loaded = [gather.attempt(partial(load_mappings, folder, optional)) for folder in (old, new)]
    if loaded[0] is None or loaded[1] is None:
        raise Faults(gather.faults)
    return loaded[0], loaded[1]


def _add_raw(comparison: Comparison, bus: Bus, facility: str | None) -> None:
    _add_all(comparison, read_raw(bus, facility), raw_count(bus))


def _add_all(comparison: Comparison, arrivals: Iterable[Arrival], total: int | None) -> None:
    for arrival in shown(arrivals, "comparing", total):
        comparison.add(arrival)
    if not comparison.messages:
        raise Faults([Fault(Mark("engine diff"), "C024", "", "there is no message to compare with", "name files")])


def as_body(comparison: Differences, old: str, new: str) -> dict[str, Any]:
    """The comparison as JSON; `old` and `new` say of what."""
    return {
        "old": old,
        "new": new,
        "messages": comparison.messages,
        "changed": comparison.changed,
        "dead": [
            {"old": before, "new": after, "count": count, "examples": comparison.refused[before, after]}
            for (before, after), count in comparison.refusals.most_common()
        ],
        "differences": [
            {
                "resource": row[0],
                "element": row[1],
                "kind": row[2],
                "count": count,
                "examples": [one._asdict() for one in comparison.examples[row]],
            }
            for row, count in sorted(comparison.rows.items())
        ],
        "renamed": dict(comparison.renamed),
    }


def print_differences(comparison: Differences, old: str, new: str) -> None:
    """Print the comparison for people."""
    console = wide_console()
    messages = f"{comparison.messages:,} messages, {comparison.changed:,} of them come out otherwise"
    console.print(f"{old} -> {new}: {messages}", markup=False)
    for (before, after), count in comparison.refusals.most_common():
        where = ", ".join(comparison.refused[before, after])
        console.print(f"  {count:,} {_became(before, after)}: {where}", markup=False)
    if comparison.rows:
        console.print(_table(comparison), markup=False)
    _print_notes(console, comparison)


def _became(before: str, after: str) -> str:
    if before and after:
        return f"dead letters {before} become {after}"
    return f"become dead letters {after}" if after else f"are dead letters no longer ({before})"


def _table(comparison: Differences) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("element", "", "count", "in", "old", "new"):
        table.add_column(column, overflow="fold", justify="right" if column == "count" else "left")
    for row, count in sorted(comparison.rows.items()):
        element = f"{row[0]}.{row[1]}" if row[1] else row[0]
        first, *others = comparison.examples[row] or [Example("", None, None)]
        table.add_row(element, row[2], f"{count:,}", first.where, first.old, first.new)
        for one in others:
            table.add_row("", "", "", one.where, one.old, one.new)
    return table


def _print_notes(console: Console, comparison: Differences) -> None:
    for kind, count in comparison.renamed.most_common():
        if count > comparison.messages * RENAMED_SHARE:
            note = f"note: in {count:,} messages {kind} resources went and others came"
            console.print(f"{note} - their ids may have changed, see `identity`", markup=False)
