"""Profiles as integrators write them, and the check of a message by one before it is acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from engine.config import ListenerSettings
from engine.facilities.facility import Facility
from engine.hl7 import dictionary
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.conformance.checker import Checker
from engine.hl7.conformance.rules import FieldRule, Place, Presence, Profile
from engine.hl7.delimiters import HeaderFault
from engine.hl7.errors import ReportedError, Severity
from engine.hl7.header import Header
from engine.hl7.message import parse
from engine.hl7.path import Path as FieldPath
from engine.hl7.path import PathFault, parse_path
from engine.language.document import Node, read_document
from engine.language.fault import Fault, Faults, nearest
from engine.language.model import Section, model_faults, place

PAGE = "docs/reference/profiles.md"


class FieldEntry(Section):
    """What is asked of one field or component; what is left out stays as `base` has it."""

    required: bool | None = Field(None, description="true: it must hold a value. false: it need not.")
    table: tuple[str, ...] | None = Field(None, description="The codes that it may hold.")
    length: int | None = Field(None, ge=1, description="The most characters of a repetition.")
    max: int | None = Field(None, ge=1, description="The most repetitions.")
    severity: Literal["error", "warning"] = Field(
        "error", description="A warning is reported in the answer, and refuses nothing."
    )
    about: str = Field("", description="Why.")

    def rule(self) -> FieldRule:
        """The entry as the checker uses it."""
        codes = None if self.table is None else frozenset(self.table)
        severity = Severity.ERROR if self.severity == "error" else Severity.WARNING
        return FieldRule(self.required, codes, self.length, self.max, severity)


class ProfileFile(Section):
    """A profile: what a message must hold to be acknowledged."""

    profile: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$", description="Its name.")
    about: str = Field("", description="What it is for.")
    base: Literal["standard", "none"] = Field(
        "standard", description="standard: what the tables of the message's version ask too. none: only what is here."
    )
    segments: dict[str, dict[str, Presence]] = Field(
        {}, description="By structure (ADT_A01) and segment: `required`, `optional` or `forbidden`."
    )
    fields: dict[str, FieldEntry] = Field({}, description="By path, such as PID-3 or PID-3.1.")


def read_profile(path: Path) -> Profile:
    """Read a profile; raises Faults with every place that is wrong."""
    document = read_document(path)
    try:
        file = ProfileFile.model_validate(document.plain())
    except ValidationError as error:
        raise Faults(model_faults(error, ProfileFile, document, str(path), PAGE)) from None
    faults = [*_check_segments(file, document), *_check_fields(file, document)]
    if faults:
        raise Faults(faults)
    fields = {_place(parse_path(path)): entry.rule() for path, entry in file.fields.items()}
    return Profile(file.profile, file.base == "standard", file.segments, fields)


def _check_segments(file: ProfileFile, document: Node) -> Iterator[Fault]:
    for structure, segments in file.segments.items():
        if structure not in structures():
            mark = place(document, ("segments", structure)) or document.mark
            hint = nearest(structure, structures()) or "write a structure of table 0354, such as ADT_A01"
            yield Fault(mark, "P101", f"segments.{structure}", "HL7 v2 has no such structure", hint)
        for segment in segments:
            if not _is_known(segment):
                mark = place(document, ("segments", structure, segment)) or document.mark
                hint = nearest(segment, all_segments()) or "write a segment of HL7 v2, or one that begins with Z"
                yield Fault(mark, "P102", f"segments.{structure}", f"HL7 v2 has no segment {segment!r}", hint)


def _check_fields(file: ProfileFile, document: Node) -> Iterator[Fault]:
    for spelled in file.fields:
        mark = place(document, ("fields", spelled)) or document.mark
        try:
            path = parse_path(spelled)
        except PathFault:
            yield Fault(mark, "P103", "fields", f"{spelled!r} is no path", "write one such as PID-3 or PID-3.1")
            continue
        if not path.field or path.sequence != 1 or path.repetition != 1 or path.subcomponent:
            yield Fault(mark, "P104", "fields", f"{spelled!r} is no field or component", "write one such as PID-3.1")
        elif not _is_known(path.segment):
            hint = nearest(path.segment, all_segments()) or "write a segment of HL7 v2, or one that begins with Z"
            yield Fault(mark, "P102", "fields", f"HL7 v2 has no segment {path.segment!r}", hint)
        elif not path.segment.startswith("Z") and path.field > _last_field(path.segment):
            hint = f"it has {_last_field(path.segment)}"
            yield Fault(mark, "P105", "fields", f"{path.segment} has no field {path.field}", hint)


def _place(path: FieldPath) -> Place:
    return path.segment, path.field, path.component or 0


def _is_known(segment: str) -> bool:
    return segment.startswith("Z") or segment in all_segments()


@cache
def structures() -> frozenset[str]:
    """The message structures of any version."""
    return frozenset().union(*(dictionary.structure_names(version) for version in dictionary.VERSIONS))


@cache
def all_segments() -> frozenset[str]:
    """The segments of any version."""
    return frozenset().union(*(dictionary.segment_names(version) for version in dictionary.VERSIONS))


@cache
def _last_field(segment: str) -> int:
    return max(dictionary.field_count(segment, version) for version in dictionary.VERSIONS)


class Validation:
    """Checks the bytes of a message by a profile; what cannot be read is left to the stages behind."""

    def __init__(self, profile: Profile) -> None:
        self._checker = Checker(profile)

    def check(self, payload: bytes, header: Header, facility: Facility) -> tuple[ReportedError, ...]:
        """The errors of the message, those that are warnings too; none for one that cannot be read."""
        try:
            text = decode(payload, header.charset, facility.charset, facility.charset_default).text
            return self._checker.check(parse(text))
        except (CharsetFault, HeaderFault):
            return ()


def validation_of(settings: ListenerSettings) -> Validation | None:
    """The check that a listener makes, None for `ack: stored`; raises Faults for a profile that is wrong."""
    if settings.ack != "validated":
        return None
    return Validation(read_profile(settings.profile) if settings.profile else Profile())
