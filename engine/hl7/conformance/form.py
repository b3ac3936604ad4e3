"""The check of a message: a profile worked out for one version and structure at a time, and kept."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from engine.hl7 import versions
from engine.hl7.conformance.field_form import FieldForm
from engine.hl7.conformance.found import MOST_ERRORS, Found
from engine.hl7.conformance.grammar import Grammar
from engine.hl7.conformance.rules import Profile, SegmentRule, Usage
from engine.hl7.conformance.segment_form import compile_segment, severity
from engine.hl7.conformance.structures import name_structure
from engine.hl7.dictionary import VERSIONS, find_structure, segment_names
from engine.hl7.errors import ErrorCondition, ReportedError
from engine.hl7.message import Message
from engine.hl7.path import Path, parse_path

MOST_SEGMENTS = 5_000
"""Segments of a message that are looked at; of a longer one the order is not checked."""

MOST_FORMS = 256
"""Forms that are kept: versions and structures that come at the same time."""


class Checker:
    """Checks messages against a profile: `check` tells every error, the first of many."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._form = lru_cache(maxsize=MOST_FORMS)(self._compile)

    def check(self, message: Message) -> tuple[ReportedError, ...]:
        """What is wrong with the message, errors before warnings, no more than MOST_ERRORS."""
        version = versions.nearest(message.version, VERSIONS)
        structure = name_structure(message.code, message.event, message.structure, version)
        event = f"{message.code}^{message.event}"
        return self._form(version, structure, event if event in self._profile.messages else "").check(message)

    def _compile(self, version: str, structure: str, event: str) -> Form:
        return Form(self._profile, version, structure, event)


class Form:
    """What is checked of the messages of one version and structure."""

    def __init__(self, profile: Profile, version: str, structure: str, event: str) -> None:
        self._profile = profile
        self._version = version
        self._rules = profile.rules(structure, event)
        self._presence = [(name, rule) for name, rule in self._rules.segments.items() if rule.usage or rule.maximum]
        optional = frozenset(name for name, rule in self._presence if rule.usage not in (None, Usage.REQUIRED))
        known = find_structure(structure, version) if profile.standard else None
        self._grammar = Grammar(known, optional) if known else None
        self._names = self._checked_names()
        self._segments: dict[str, tuple[FieldForm, ...]] = {}

    def check(self, message: Message) -> tuple[ReportedError, ...]:
        """What is wrong with a message that is of this version and structure."""
        found = Found()
        self._check_lines(message, found)
        if len(message.segments) <= MOST_SEGMENTS:
            self._check_order(message, found)
            self._check_presence(message, found)
        self._check_fields(message, found)
        return found.told()

    def _checked_names(self) -> frozenset[str]:
        """The segments whose fields are checked: those that are expected in the message."""
        names = frozenset(path.segment for path in self._rules.fields)
        if self._grammar:
            return names | self._grammar.names
        return names | segment_names(self._version) if self._profile.standard else names

    def _check_lines(self, message: Message, found: Found) -> None:
        """F8: a line that is no segment breaks the sequence behind the segment before it."""
        for fault in message.faults[:MOST_ERRORS]:
            self._note_order(parse_path(fault.position), found)

    def _check_order(self, message: Message, found: Found) -> None:
        if self._grammar:
            for name, sequence in self._grammar.misplaced([segment.name for segment in message.segments]):
                self._note_order(Path(name, sequence=sequence), found)

    def _check_presence(self, message: Message, found: Found) -> None:
        for name, rule in self._presence:
            count = len(message.of(name))
            if rule.usage is Usage.REQUIRED and not count:
                self._note_order(Path(name), found)
            most = 0 if rule.usage is Usage.FORBIDDEN else rule.maximum
            if most is not None and count > most:
                condition = ErrorCondition.NON_CONFORMANT_CARDINALITY
                self._note(condition, Path(name, sequence=most + 1), rule, found)

    def _check_fields(self, message: Message, found: Found) -> None:
        counts: Counter[str] = Counter()
        for segment in message.segments[:MOST_SEGMENTS]:
            name = segment.name
            if name not in self._names:
                continue
            counts[name] = sequence = counts[name] + 1
            forms = self._segments.get(name)
            if forms is None:
                forms = self._segments[name] = self._compile(name)
            fields = segment.fields
            last = len(fields)
            for form in forms:
                number = form.path.field
                if form.required or (number < last and fields[number]):
                    form.examine(segment, sequence, found)

    def _compile(self, name: str) -> tuple[FieldForm, ...]:
        profile = self._profile
        return compile_segment(name, self._version, self._rules.fields, profile.weights, profile.standard)

    def _note_order(self, where: Path, found: Found) -> None:
        rule = self._rules.segments.get(where.segment, SegmentRule())
        self._note(ErrorCondition.SEGMENT_SEQUENCE_ERROR, where, rule, found)

    def _note(self, condition: ErrorCondition, where: Path, rule: SegmentRule, found: Found) -> None:
        counts = severity(condition, rule.weight, self._profile.weights)
        if counts is not None:
            found.add(condition, where, counts)
