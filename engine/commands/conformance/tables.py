"""Table rows: a code of v2 gives the guide's code, system and display, through a row that uses the table.

A row without a code of v2 is probed with the code that it leads to. A table that no row of the guide uses is looked
up by its name among the shipped ones, and so is one that shipped mappings read though the guide's rows that use it are
not covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, zip_longest

from engine.commands.conformance.datatypes import ways as datatype_ways
from engine.commands.conformance.judge import Context, Verdict, Way
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.rows import Row
from engine.commands.conformance.segments import ways as segment_ways
from engine.transforms.mapping import Rule, Sources, Table

MOST_TRIED = 12
"""So many ways are tried for one code."""
SAMPLE = 3
"""With so many codes a way is tried before all codes of the table take it."""
MOST_WAYS = 100
CODED = ("CodeableConcept", "Coding", "coding")


class TableJudge:
    """Judges table rows, table by table."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ways: dict[str, list[Way]] = {}
        self._read = frozenset(tables_read(context.mappings.sources))

    def judge(self, row: Row) -> Verdict:
        """Probe a code by the ways that work for its table, else look the table up."""
        if row.map not in self._ways:
            self._ways[row.map] = self._find(row.map)
        best: Verdict | None = None
        for way in self._ways[row.map]:
            found = replace(way(row), row=row)
            if found.is_covered:
                return found
            best = best or found
        direct = self._look_up(row)
        return direct if direct.is_covered or best is None else best

    def _users(self, name: str) -> list[Row]:
        users = [one for one in self._context.guide.rows if one.vocabulary == name and one.kind != Kind.TABLE]
        users = [one for one in users if not one.is_placeholder]
        return sorted(
            users, key=lambda one: (one.fhir_type not in CODED, one.kind == Kind.DATATYPE, bool(one.condition))
        )

    def _find(self, name: str) -> list[Way]:
        """The ways by which a code of the table arrives; the first one where none does."""
        codes = [one for one in self._context.guide.of(Kind.TABLE) if one.map == name]
        sample = [one for one in codes if one.path][:SAMPLE] or codes[:SAMPLE]
        every = list(islice(self._every(name), MOST_WAYS))
        good = [way for way in every if any(way(one).is_covered for one in sample)]
        return [*good, *(way for way in every if way not in good)][:MOST_TRIED] if good else every[:1]

    def _every(self, name: str) -> Iterator[Way]:
        """The ways through all rows that use the table: the first of each, then the second …"""
        ways = [
            (segment_ways if user.kind == Kind.SEGMENT else datatype_ways)(user, self._context)
            for user in self._users(name)
        ]
        for turn in zip_longest(*ways):
            yield from (way for way in turn if way is not None)

    def _look_up(self, row: Row) -> Verdict:
        table = self._table(row.map)
        says = " ".join(one for one in (row.target, row.fhir_type, repr(row.references)) if one)
        if table is None:
            return Verdict(row, False, "", "", says, "no table is called so")
        used = bool(self._users(row.map))
        if used and table.name not in self._read:
            return Verdict(row, False, "", "", says, f"no mapping reads the table {table.name}")
        found = table.codes.get(row.path or row.target)
        is_covered = found is not None and (found.code, found.system or table.system) == (row.target, row.fhir_type)
        is_covered = is_covered and found is not None and found.display in (row.references, "")
        way = f"in the table {table.name} alone" + ("" if used else ": the guide uses it nowhere")
        return Verdict(row, is_covered, way, row.path or row.target, says, str(found))

    def _table(self, name: str) -> Table | None:
        tables = self._context.mappings.sources.tables
        plain, _, made = name.removesuffix("]").partition("[")
        return tables.get(f"{plain}.{made}" if made else plain) or tables.get(name)


def tables_read(sources: Sources) -> Iterator[str]:
    """The tables that any mapping reads."""
    for mapping in (*sources.segments.values(), *sources.datatypes.values()):
        yield from _of_rules(mapping.rules)
    for message in sources.messages:
        for group in message.body.walk():
            for resource in group.resources:
                yield from _of_rules(resource.rules)


def _of_rules(rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        for one in rule.alternatives:
            if one.source is not None and one.source.table:
                yield one.source.table
            yield from _of_rules(one.rules)
