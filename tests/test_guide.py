"""The shipped mappings beside the HL7 v2-to-FHIR guide: how much of it they cover, and why not the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from engine.canonical import r4
from engine.commands.conformance.conditions import alternatives
from engine.commands.conformance.corrections import read_corrections
from engine.commands.conformance.judge import Verdict
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.readings import read_readings
from engine.commands.conformance.reasons import read_floor, read_reasons
from engine.commands.conformance.report import count
from engine.commands.conformance.rows import Row, read_guide
from engine.commands.conformance.survey import Survey
from engine.commands.conformance.targets import parse_target
from tests.transforms.folders import SHIPPED, whole

FOLDER = SHIPPED / "guide"
GUIDE = read_guide(FOLDER)
ROWS = {row.id: row for row in GUIDE.rows}
JUDGED = [row for row in GUIDE.rows if not row.is_placeholder]
READINGS = read_readings(FOLDER / "readings.yaml")
REASONS = read_reasons(FOLDER / "uncovered.tsv")
FLOOR = read_floor(FOLDER / "floor.yaml")
FULL = 0.98
"""From this part on each row that is not covered needs a reason."""

pytestmark = pytest.mark.timeout(600)
"""Some 30,000 messages are transformed, which takes a while where others use the machine."""


@cache
def verdicts() -> Mapping[Kind, list[Verdict]]:
    found: dict[Kind, list[Verdict]] = {kind: [] for kind in Kind}
    for one in Survey(FOLDER, whole()).judge():
        found[one.row.kind].append(one)
    return found


@pytest.mark.parametrize("kind", list(Kind))
def test_no_less_is_covered_than_the_floor(kind: Kind) -> None:
    assert count(verdicts()[kind], REASONS).part >= FLOOR[kind]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_row_with_a_reason_is_not_covered(kind: Kind) -> None:
    assert [one.row.id for one in verdicts()[kind] if one.is_covered and one.row.id in REASONS] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_a_row_that_is_not_covered_has_a_reason_where_nearly_all_are(kind: Kind) -> None:
    missing = [one.row.id for one in verdicts()[kind] if not one.is_covered and one.row.id not in REASONS]
    assert FLOOR[kind] < FULL or missing == []


def test_the_guide_has_as_many_rows_as_it_was_published_with() -> None:
    assert [len(GUIDE.of(kind)) for kind in Kind] == [402, 1097, 647, 4763]


def test_no_row_is_called_as_another() -> None:
    assert len(ROWS) == len(GUIDE.rows)


def test_every_reason_is_of_a_row_as_it_stands() -> None:
    rows = [(ROWS[one.row].path, ROWS[one.row].target) for one in REASONS.values() if one.row in ROWS]
    assert rows == [(one.path, one.target) for one in REASONS.values()]


def test_every_reason_says_something() -> None:
    assert [one.row for one in REASONS.values() if len(one.reason) < len("too short")] == []


def test_every_correction_is_of_something_that_stands_in_the_guide() -> None:
    assert [one for one in read_corrections(FOLDER / "corrections.yaml") if one not in GUIDE.used] == []


def test_every_correction_has_its_reason() -> None:
    assert [one for one in read_corrections(FOLDER / "corrections.yaml") if not one.because.strip()] == []


def test_every_condition_in_words_is_read() -> None:
    told = {row.narrative for row in JUDGED if row.narrative}
    assert told - set(READINGS.narratives) - {row.narrative for row in JUDGED if row.id in READINGS.rows} == set()


def test_every_reading_is_of_something_that_stands_in_the_guide() -> None:
    assert set(READINGS.rows) - set(ROWS) == set()
    assert set(READINGS.narratives) - {row.narrative for row in GUIDE.rows} == set()


@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.SEGMENT, Kind.DATATYPE])
def test_every_condition_can_be_satisfied(kind: Kind) -> None:
    assert all(alternatives(row.condition, row.path) for row in GUIDE.of(kind))


@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.SEGMENT, Kind.DATATYPE])
def test_every_target_begins_at_a_type_of_fhir(kind: Kind) -> None:
    assert [row.id for row in GUIDE.of(kind) if not row.is_placeholder and not _begins_well(row)] == []


def _begins_well(row: Row) -> bool:
    return r4.is_type(parse_target(row.target).root)
