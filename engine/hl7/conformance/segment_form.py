"""What one segment is checked for, field by field: the standard's tables with a profile's rules over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.hl7 import versions
from engine.hl7.conformance.datatypes import READERS
from engine.hl7.conformance.field_form import MOST_REPETITIONS, FieldForm
from engine.hl7.conformance.rules import FieldRule, Usage, Weight
from engine.hl7.dictionary import Entry, field_count, find_codes, find_field
from engine.hl7.errors import ErrorCondition, Severity
from engine.hl7.path import Path

LISTENERS = frozenset({1, 2, 9, 10, 11, 12, 18})
"""Fields of MSH that the listener reads before and judges by rules of its own."""

OPEN_TABLES = frozenset({"0356", "0359", "0399", "0418"})
"""HL7 tables whose values the standard tells by description or leaves to others, such as countries."""

TABLES_SINCE = (2, 3, 1)
"""The version whose fields tell HL7's tables (ID) from the users' (IS) throughout: before it an ID may be of either."""

CONDITIONAL = frozenset({Path("OBX", 2), Path("OBX", 4), Path("OBR", 27), Path("ORC", 7)})
"""Fields that the tables of some versions call required, and the standard conditional or optional."""

Weights = Mapping[ErrorCondition, Weight]

_NO_RULE = FieldRule()
_SEVERITIES = {Weight.ERROR: Severity.ERROR, Weight.WARNING: Severity.WARNING, Weight.IGNORE: None}
_OBSERVATION = Path("OBX", 5)
_VALUE_TYPE = 2


def severity(condition: ErrorCondition, rule: Weight | None, weights: Weights) -> Severity | None:
    """What an error is told with: the rule's own weight, else that of its condition."""
    return _SEVERITIES[rule or weights.get(condition, Weight.ERROR)]


def compile_segment(
    name: str, version: str, rules: Mapping[Path, FieldRule], weights: Weights, standard: bool
) -> tuple[FieldForm, ...]:
    """The checks of the segment in order of its fields; `rules` are those of a profile for any segments."""
    paths = {path: rule for path, rule in rules.items() if path.segment == name}
    if standard:
        numbers: Iterable[int] = range(1, field_count(name, version) + 1)
        paths = {Path(name, number): _NO_RULE for number in numbers} | paths
    forms = (
        _compile_field(path, _expected(path, version) if standard else None, version, rule, weights)
        for path, rule in sorted(paths.items(), key=lambda one: _place(one[0]))
    )
    return tuple(form for form in forms if form.checks)


def _place(path: Path) -> tuple[int, int, int]:
    return path.field, path.component or 0, path.subcomponent or 0


def _expected(path: Path, version: str) -> Entry | None:
    """What the version's tables say of a field that is to be checked; a withdrawn one is ignored."""
    if path.component is not None or (path.segment == "MSH" and path.field in LISTENERS):
        return None
    entry = find_field(path.segment, path.field, version)
    return None if entry and entry.maximum == 0 else entry


def _compile_field(path: Path, entry: Entry | None, version: str, rule: FieldRule, weights: Weights) -> FieldForm:
    usage = rule.usage or (Usage.REQUIRED if entry and entry.minimum and path not in CONDITIONAL else Usage.OPTIONAL)
    codes = rule.codes if rule.codes is not None else _codes(entry, version)
    typed = entry is not None and path == _OBSERVATION
    reads = READERS.get(entry.datatype) if entry else None

    def weigh(wanted: object, condition: ErrorCondition) -> Severity | None:
        return severity(condition, rule.weight, weights) if wanted else None

    return FieldForm(
        path,
        required=weigh(usage is Usage.REQUIRED, ErrorCondition.REQUIRED_FIELD_MISSING),
        forbidden=weigh(usage is Usage.FORBIDDEN, ErrorCondition.NON_CONFORMANT_CARDINALITY),
        datatype=weigh(reads or typed, ErrorCondition.DATA_TYPE_ERROR),
        table=weigh(codes, ErrorCondition.TABLE_VALUE_NOT_FOUND),
        longest=weigh(rule.length, ErrorCondition.VALUE_TOO_LONG),
        cardinality=weigh(rule.maximum, ErrorCondition.NON_CONFORMANT_CARDINALITY),
        reads=reads,
        typed_by=_VALUE_TYPE if typed else 0,
        codes=codes,
        length=rule.length or 0,
        maximum=rule.maximum or 0,
        look=_look(rule.maximum or (entry.maximum if entry else None)),
    )


def _codes(entry: Entry | None, version: str) -> frozenset[str]:
    """The codes of an HL7 table: a field of datatype ID has no others."""
    if entry is None or entry.datatype != "ID" or entry.table in OPEN_TABLES or versions.order(version) < TABLES_SINCE:
        return frozenset()
    return find_codes(entry.table)


def _look(maximum: int | None) -> int:
    return min(maximum or MOST_REPETITIONS, MOST_REPETITIONS)
