"""Whether the mappings cover a row: the probes that are sent for it, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.commands.conformance import expect
from engine.commands.conformance.aims import Probe
from engine.commands.conformance.conditions import alternatives
from engine.commands.conformance.expect import Expectation
from engine.commands.conformance.look import Output
from engine.commands.conformance.needs import Needs, Unreadable
from engine.commands.conformance.readings import Reading, Readings
from engine.commands.conformance.rows import Guide, Row
from engine.commands.conformance.targets import Hop, parse_target
from engine.transforms.inline_tests import FACILITY, transform_text
from engine.transforms.mapping_set import MappingSet


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a row is covered, and what was seen: the probe, what was expected where, and what came instead."""

    row: Row
    is_covered: bool
    how: str = ""
    message: str = ""
    expected: str = ""
    came: Any = None


Way = Callable[[Row], Verdict]
"""Sends a code of a table through a row that uses the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What all judges share."""

    guide: Guide
    readings: Readings
    mappings: MappingSet
    run: Callable[[str], Output | str]
    """The resources that a message comes to, or why it is a dead letter."""

    def needs(self, row: Row) -> list[Needs]:
        """The ways to satisfy the condition of a row; none where it cannot be read."""
        try:
            return alternatives(row.condition, row.path)
        except Unreadable:
            return []


def runner(mappings: MappingSet) -> Callable[[str], Output | str]:
    """Runs messages through the mappings, each only once while it is fresh."""

    @lru_cache(maxsize=256)
    def run(message: str) -> Output | str:
        done = transform_text(message, mappings, FACILITY)
        if done.refusal:
            return f"a dead letter: {done.refusal.reason} {done.refusal.where}: {done.refusal.detail}"
        return Output([one.body for one in done.resources])

    return run


def expectation(row: Row, constant: str, probe: Probe, reading: Reading) -> Expectation:
    """What a row expects at its target; `constant` is one that stands in the target itself."""
    value = reading.expect or constant
    if value:
        return expect.present() if value == "*" else expect.constant(value)
    assigned = row.assignment
    if assigned.startswith("/") or (_ends_in_reference(row) and not assigned):
        return expect.present()
    if assigned:
        return expect.constant(expect.put_together(assigned, probe.values, probe.head))
    return expect.any_of(probe.tokens) if probe.tokens else expect.present()


def _ends_in_reference(row: Row) -> bool:
    """Whether a row only asks for a reference: no map says what of the value is in the resource."""
    return not row.type_map and isinstance((parse_target(row.target).steps or ("",))[-1], Hop)


def code_expected(code: Row, *, whole: bool) -> Expectation:
    """What a code of a table leads to: with its system and display where the table itself is at hand."""
    return expect.coded(code.target, code.fhir_type, code.references) if whole else expect.coded(code.target)


def first(tries: Iterator[Verdict], row: Row, nothing: str) -> Verdict:
    """The first try that covers the row, else the one that tells most: the first that was no dead letter."""
    best: Verdict | None = None
    for one in tries:
        if one.is_covered:
            return one
        if best is None or (isinstance(best.came, str) and not isinstance(one.came, str)):
            best = one
    return best or Verdict(row, False, expected=nothing)


def shown(output: Output, root: str, nodes: Sequence[Any]) -> Any:
    """What stands at a target, or where nothing does the resources of its type."""
    found = output.of(root)
    return (
        list(nodes)
        or found
        or f"no {root}; made were {', '.join(sorted({one['resourceType'] for one in output.bodies}))}"
    )
