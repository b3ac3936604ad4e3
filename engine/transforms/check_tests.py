"""Checking the tests that stand beside mappings: samples that are no HL7, and what FHIR does not have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.canonical import r4
from engine.hl7.delimiters import HeaderFault
from engine.hl7.message import Message, parse
from engine.hl7.path import PathFault, parse_path
from engine.hl7.standard import segments
from engine.language.document import Node
from engine.language.fault import Mark, nearest
from engine.language.files import is_file
from engine.language.gather import Gather
from engine.transforms.check_expected import check_absent, check_expected
from engine.transforms.inline_tests import HEAD
from engine.transforms.mapping import InlineTest, Mapping, MessageMapping, Overlay, Sources
from engine.transforms.mapping_set import layered
from engine.transforms.trees import types_made

SAMPLE_HINT = "write it as a sender would send it, such as PID|1||123"


def check_tests(sources: Sources, gather: Gather) -> None:
    """Note the faults of all tests."""
    checker = _TestChecker(gather)
    datatypes = [one for overlay in sources.overlays for one in overlay.datatypes.values()]
    for mapping in (*sources.segments.values(), *sources.datatypes.values(), *datatypes):
        checker.mapping(mapping)
    for message in sources.messages:
        checker.messages(message, message.tests, types_made([message], sources))
    for overlay in sources.overlays:
        view = layered(sources, overlay)
        checker.messages(overlay, overlay.tests, types_made(view.messages, view))


class _TestChecker:
    """Checks the tests of one file after the other."""

    def __init__(self, gather: Gather) -> None:
        self._gather = gather

    def mapping(self, mapping: Mapping) -> None:
        """The sample and the tests of a segment or datatype mapping."""
        shared = None
        if mapping.kind == "segment" and mapping.sample:
            shared = self._sample(mapping.sample, mapping.source, mapping.sample_mark or mapping.mark, mapping.name)
        for test in mapping.tests:
            where = f"{mapping.name}.tests"
            sample = test.sample or mapping.sample
            if not sample and not _part(test, "sample"):
                self._gather.add(test.mark, "M352", where, "the test has no sample", "write sample: beside the tests")
                continue
            message = shared
            if mapping.kind == "segment" and test.sample:
                message = self._sample(sample, mapping.source, _mark(test, "sample"), where)
            if message is not None or mapping.kind == "datatype":
                self._changes(test, message, where)
            check_expected(_part(test, "expect"), mapping.type, where, self._gather)
            check_absent(_part(test, "absent"), mapping.type, where, self._gather)

    def messages(self, home: MessageMapping | Overlay, tests: Sequence[InlineTest], types: set[str]) -> None:
        """The tests that stand beside a message mapping or in an overlay."""
        where = f"{home.name}.tests"
        for test in tests:
            message = self._message(Path(home.mark.file).parent, test, where)
            if message is not None and self._fits(message, home, test, where):
                self._changes(test, message, where)
            self._types(test, types, where)

    def _fits(self, message: Message, home: MessageMapping | Overlay, test: InlineTest, where: str) -> bool:
        """Whether a sample beside a message mapping is one of its messages and has what it needs; faults are noted."""
        if isinstance(home, Overlay) or any(spelled.startswith("MSH-9") for spelled in test.change):
            return True
        mark = _mark(test, "message")
        if not home.events:
            return True  # its checker noted that
        if message.code != home.code or (message.event and message.event not in home.events):
            what = f"the sample is no {home.code}^{'|'.join(home.events)}, and never comes to this mapping"
            self._gather.add(mark, "M351", where, what, "write the test beside the mapping of that event")
            return False
        missing = [one for one in home.needs if one in segments() and not message.of(one)]
        for segment in missing:
            what = f"the sample has no {segment}, which the mapping needs"
            self._gather.add(mark, "M351", where, what, "add the segment to the sample")
        return not missing

    def _types(self, test: InlineTest, types: set[str], where: str) -> None:
        expect = _part(test, "expect")
        if expect and not isinstance(expect.value, dict | None):
            what = "what a message comes to is told by type of resource"
            self._gather.add(expect.mark, "M357", where, what, "write { Patient: { … } }")
        for kind, entry in expect.items() if expect else ():
            mark = expect.keys[kind] if expect else test.mark
            if kind not in types:
                hint = nearest(kind, types) or f"it makes {', '.join(sorted(types))}"
                self._gather.add(mark, "M354", where, f"no mapping makes a {kind!r} here", hint)
                continue
            for one in self._gather.entries(entry):
                check_expected(one, kind, where, self._gather)
        for one in self._gather.entries(_part(test, "absent")):
            if not r4.is_resource(str(one.value)):
                hint = nearest(str(one.value), types) or "write the type of a resource"
                self._gather.add(one.mark, "M354", where, f"FHIR has no resource {one.value!r}", hint)

    def _message(self, folder: Path, test: InlineTest, where: str) -> Message | None:
        mark = _mark(test, "message")
        if not test.message:
            self._gather.add(
                test.mark, "M352", where, "the test has no message", "name its file: message: samples/a.hl7"
            )
            return None
        path = folder / test.message
        try:
            text = path.read_bytes().decode("utf-8") if is_file(path) else None
        except OSError:
            text = None
        except UnicodeDecodeError:
            self._gather.add(mark, "M353", where, f"{test.message!r} is not UTF-8", "save the file as UTF-8")
            return None
        if text is None:
            what = f"there is no file {test.message!r} that can be read"
            near = [path.relative_to(folder).as_posix() for path in folder.rglob("*.hl7")]
            hint = nearest(test.message, near) or f"write it beside {folder.name}/, or correct its name"
            self._gather.add(mark, "M353", where, what, hint)
            return None
        return self._parsed(text, mark, where)

    def _sample(self, sample: str, segment: str, mark: Mark, where: str) -> Message | None:
        """The sample as a message of its own, None where it is none or lacks the segment that it is for."""
        message = self._parsed(HEAD.format("") + sample, mark, where)
        if message is not None and segment != "MSH" and not message.of(segment):
            found = ", ".join(dict.fromkeys(one.name for one in message.segments[1:])) or "nothing"
            what = f"the sample has no {segment}, which the mapping reads"
            self._gather.add(mark, "M351", where, what, f"begin it with {segment}|; it holds {found}")
            return None
        return message

    def _parsed(self, text: str, mark: Mark, where: str) -> Message | None:
        try:
            message = parse(text)
        except HeaderFault as fault:
            self._gather.add(mark, "M350", where, f"the sample is no HL7: {fault}", "begin it with MSH|^~\\&|")
            return None
        if message.faults:
            stray = message.faults[0]
            what = f"the sample does not parse: {stray.count} lines after {stray.position} are no segments"
            self._gather.add(mark, "M350", where, what, SAMPLE_HINT)
            return None
        return message

    def _changes(self, test: InlineTest, message: Message | None, where: str) -> None:
        change = _part(test, "change")
        for spelled in change.value if change and isinstance(change.value, dict) else ():
            wrong = _wrong_change(spelled, message)
            if wrong:
                hint = "name a field of a segment that the sample has, such as PID-8"
                self._gather.add(change.keys[spelled] if change else test.mark, "M355", where, wrong, hint)


def _wrong_change(spelled: str, message: Message | None) -> str:
    """Why a field cannot be set before a test, "" where it can."""
    if message is None:
        return f"{spelled!r} cannot be changed: there is no segment"
    try:
        path = parse_path(spelled)
    except PathFault:
        return f"{spelled!r} is no path"
    if not path.field or path.component or path.repetition != 1:
        return f"{spelled!r} is no whole field"
    if len(message.of(path.segment)) < path.sequence:
        return f"the sample has no {path.segment}{f'[{path.sequence}]' if path.sequence > 1 else ''} to change"
    return ""


def _part(test: InlineTest, key: str) -> Node | None:
    return test.node.get(key) if test.node else None


def _mark(test: InlineTest, key: str) -> Mark:
    found = _part(test, key)
    return found.mark if found else test.mark
