"""The tests that stand beside mappings: each sample through its mapping, and what came out against what should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from engine.bus.record import Position
from engine.canonical.raw import TOPIC, Raw
from engine.facilities.facility import Facility
from engine.hl7.fault import HL7Fault
from engine.hl7.path import PathFault, parse_path
from engine.language.files import is_file
from engine.language.result import TestResult
from engine.transforms.compare import differences
from engine.transforms.mapping import KEEP, Group, InlineTest, Mapping, MessageMapping, Overlay, ResourceRule, Table
from engine.transforms.mapping_set import MappingSet, View
from engine.transforms.message_map import StructureFault
from engine.transforms.places import find, index
from engine.transforms.transform import Transformed, transform
from engine.transforms.values import ValueFault

HEAD = "MSH|^~\\&|||||20250101000000||{}|1|P|2.5.1\r"
FACILITY = Facility("test", "test")
RECEIVED_US = 1_767_225_600_000_000


class Unusable(Exception):
    """A test that cannot be run: what is wrong with it."""


class Bench(Protocol):
    """Runs the tests of one file."""

    def run(self, test: InlineTest) -> list[str]:
        """What differs."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test and what it needs to be run."""

    mapping: str
    test: InlineTest
    bench: Bench

    @property
    def title(self) -> str:
        return f"{self.mapping} :: {self.test.name}"

    def run(self) -> TestResult:
        """Run it."""
        try:
            found = tuple(self.bench.run(self.test))
        except (Unusable, HL7Fault, StructureFault, ValueFault) as error:
            found = (str(error),)
        return TestResult(self.title, self.test.mark, found)


def run_inline_tests(mappings: MappingSet) -> Iterator[TestResult]:
    """Run every test of a set of mappings, in the order of files."""
    return (case.run() for case in inline_tests(mappings))


def inline_tests(mappings: MappingSet) -> Iterator[Case]:
    """Every test of a set of mappings, in the order of files."""
    sources = mappings.sources
    for mapping in (*sources.segments.values(), *sources.datatypes.values()):
        yield from _cases(mapping.name, mapping.tests, _MappingBench(mappings.standard, mapping))
    for table in sources.tables.values():
        yield from _cases(table.name, table.tests, _TableBench(table))
    for message in sources.messages:
        yield from _cases(message.name, message.tests, _MessageBench(mappings, FACILITY, message.mark.file))
    for overlay in sources.overlays:
        yield from _of_overlay(mappings, overlay)


def _of_overlay(mappings: MappingSet, overlay: Overlay) -> Iterator[Case]:
    facility = Facility(overlay.codes[0], overlay.codes[0])
    view = mappings.view(facility.code)
    for mapping in overlay.datatypes.values():
        yield from _cases(f"{overlay.name} {mapping.name}", mapping.tests, _MappingBench(view, mapping))
    for table in overlay.tables.values():
        bench = _TableBench(view.sources.tables[table.name])
        yield from _cases(f"{overlay.name} {table.name}", table.tests, bench)
    yield from _cases(overlay.name, overlay.tests, _MessageBench(mappings, facility, overlay.mark.file))


def _cases(name: str, tests: Sequence[InlineTest], bench: Bench) -> Iterator[Case]:
    return (Case(name, test, bench) for test in tests)


class _MappingBench:
    """Runs the tests of one segment or datatype mapping."""

    def __init__(self, view: View, mapping: Mapping) -> None:
        self._view = view
        self._mapping = mapping

    def run(self, test: InlineTest) -> list[str]:
        """What differs."""
        made = self._datatype(test) if self._mapping.kind == "datatype" else self._segment(test)
        absent = [f"{name}: is there" for name in test.absent if made and name in made]
        return [*differences(test.expect, made), *absent]

    def _datatype(self, test: InlineTest) -> Any:
        if test.change:
            raise Unusable("a datatype has no fields to change - write another sample")
        return self._view.make(self._mapping.name, test.sample or self._mapping.sample, FACILITY)

    def _segment(self, test: InlineTest) -> Any:
        given = test.sample or self._mapping.sample
        sample = change(given if given.startswith("MSH") else HEAD.format("") + given, test.change)
        made = _outcome(self._view, _alone(self._mapping), sample)
        return made[0] if made else None


class _TableBench:
    """Runs the tests of one table: each looks one code up."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def run(self, test: InlineTest) -> list[str]:
        """What differs."""
        table = self._table
        key = find(index(table), test.sample) if table.match else test.sample
        code = table.codes.get(key, replace(KEEP, code=test.sample) if table.default == KEEP else table.default)
        made = code and {"code": code.code, "system": code.system or table.system, "display": code.display}
        return differences(test.expect, made)


class _MessageBench:
    """Runs the tests of whole messages, which stand in files beside the mapping."""

    def __init__(self, mappings: MappingSet, facility: Facility, file: str) -> None:
        self._mappings = mappings
        self._facility = facility
        self._folder = Path(file).parent

    def run(self, test: InlineTest) -> list[str]:
        """What differs."""
        done = transform_text(self._read(test), self._mappings, self._facility)
        if done.refusal:
            return [f"the message is a dead letter: {done.refusal.reason} at {done.refusal.where}"]
        made: dict[str, Any] = {}
        for resource in done.resources:
            made.setdefault(resource.type, []).append(resource.body)
        absent = [f"{name}: is there" for name in test.absent if name in made]
        return [*_by_type(test.expect, made), *absent]

    def _read(self, test: InlineTest) -> str:
        path = self._folder / test.message
        try:
            text = path.read_bytes().decode("utf-8") if is_file(path) else None
        except (OSError, UnicodeDecodeError):
            text = None
        if text is None:
            raise Unusable(f"the message {test.message!r} cannot be read - write it as UTF-8 beside the mapping")
        return change(text, test.change)


def transform_text(text: str, mappings: MappingSet, facility: Facility) -> Transformed:
    """A message that is at hand as text, transformed as if it had just come from the facility."""
    raw = Raw("test", text.encode(), facility.code, "test", "test", "other", RECEIVED_US, "test")
    return transform(raw, Position(TOPIC, 0, 0), facility, mappings, 0)


def _outcome(view: View, mapping: MessageMapping, text: str) -> list[Any]:
    return [one.body for one in view.run(mapping, text, FACILITY)]


def _alone(mapping: Mapping) -> MessageMapping:
    """A message mapping that makes the resource of one segment mapping and nothing else."""
    mark = mapping.mark
    rule = ResourceRule(mapping.type, False, mark, mapping.type, mapping.source, mapping.name)
    return MessageMapping(
        f"test {mapping.name}", "", (), (), mapping.mark, mapping.mark, Group("", (), mapping.mark, (rule,))
    )


def _by_type(expect: Any, made: dict[str, Any]) -> list[str]:
    """A map stands for the first resource of its type, a list for all of them in order."""
    if not isinstance(expect, dict | None):
        raise Unusable("what a message comes to is told by type of resource - write { Patient: { … } }")
    found = []
    for kind, wanted in (expect or {}).items():
        bodies = made.get(kind, [])
        got = bodies if isinstance(wanted, list) else next(iter(bodies), None)
        found += differences(wanted, got, kind)
    return found


def change(text: str, changes: Any) -> str:
    """A message with fields of it set; raises Unusable for a path that is no field of a segment there."""
    lines = text.replace("\r\n", "\r").replace("\n", "\r").split("\r")
    for spelled, value in changes.items():
        try:
            path = parse_path(spelled)
        except PathFault as fault:
            raise Unusable(f"{spelled!r} cannot be changed: {fault}") from None
        places = [index for index, line in enumerate(lines) if line.startswith(path.segment)]
        if not path.field or path.component or len(places) < path.sequence:
            raise Unusable(f"{spelled!r} cannot be changed - name a field of a segment that the sample has")
        fields = lines[places[path.sequence - 1]].split("|")
        number = path.field - (path.segment == "MSH")
        fields += [""] * (number + 1 - len(fields))
        fields[number] = value
        lines[places[path.sequence - 1]] = "|".join(fields)
    return "\r".join(lines)
