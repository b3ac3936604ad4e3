from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.conformance.grammar import Grammar, Misplaced
from engine.hl7.dictionary import VERSIONS, Part, find_structure, structure_names

MOST = 3
"""Repetitions of what repeats without end."""


def grammar(structure: str, version: str = "2.5.1", *optional: str) -> Grammar:
    found = find_structure(structure, version)
    assert found is not None
    return Grammar(found, frozenset(optional))


def misplaced(structure: str, names: str, *optional: str) -> list[str]:
    found = grammar(structure, "2.5.1", *optional).misplaced(names.split())
    return [f"{name}[{sequence}]" for name, sequence in found]


@st.composite
def conforming(draw: st.DrawFn, part: Part) -> list[str]:
    """The segments of a message that is as the part of a structure has it."""
    if not part.parts:
        return [part.name]
    inner = [draw(st.sampled_from(part.parts))] if part.choice else part.parts
    names: list[str] = []
    for one in inner:
        most = MOST if one.maximum is None else one.maximum
        for _ in range(draw(st.integers(one.minimum, max(one.minimum, min(most, MOST))))):
            names += draw(conforming(one))
    return names


STRUCTURES = st.sampled_from([(name, version) for version in VERSIONS for name in sorted(structure_names(version))])


@given(st.data())
def test_whatever_a_structure_allows_is_in_order(data: st.DataObject) -> None:
    name, version = data.draw(STRUCTURES)
    structure = find_structure(name, version)
    assert structure is not None
    assert Grammar(structure).misplaced(data.draw(conforming(structure))) == []


@given(st.data())
def test_any_order_of_any_segments_is_told_of_without_end_or_error(data: st.DataObject) -> None:
    name, version = data.draw(STRUCTURES)
    checked = grammar(name, version)
    names = data.draw(st.lists(st.sampled_from([*sorted(checked.names), "ZZZ", ""]), max_size=30))
    found = checked.misplaced(names)
    assert len(found) == len(set(found))
    assert all(one.name in checked.names and one.sequence <= names.count(one.name) + 1 for one in found)


@pytest.mark.parametrize(
    ("structure", "names", "expected"),
    [
        ("ADT_A01", "MSH EVN PID PV1", []),
        ("ADT_A01", "MSH EVN PID", ["PV1[1]"]),
        ("ADT_A01", "MSH PID PV1", ["EVN[1]"]),
        ("ADT_A01", "MSH PID EVN PV1", ["EVN[1]"]),
        ("ADT_A01", "MSH EVN PID DG1 PV1", ["PV1[1]"]),
        ("ADT_A01", "MSH EVN PID PV1 IN2", ["IN1[1]"]),
        ("ADT_A01", "MSH EVN PID PV1 IN1 IN2 IN1 IN3", []),
        ("ORU_R01", "MSH PID OBX OBX", ["OBR[1]"]),
        ("ORU_R01", "MSH PID OBR OBX NTE OBX OBR OBX PID OBR OBX", []),
        ("ORU_R01", "MSH PID PV1 NK1 OBR", ["NK1[1]"]),
        ("ORM_O01", "MSH PID ORC RXO ORC OBR OBX", []),
        ("ORM_O01", "MSH PID ORC NTE OBR OBX", ["OBR[1]"]),
        ("ADT_A01", "", ["MSH[1]"]),
    ],
)
def test_what_is_missing_or_out_of_sequence_is_told_once(structure: str, names: str, expected: list[str]) -> None:
    assert misplaced(structure, names) == expected


def test_segments_that_the_structure_does_not_know_are_passed_over() -> None:
    assert misplaced("ADT_A01", "MSH ZZZ EVN OBR PID XYZ PV1 Z01") == []


def test_more_of_a_segment_than_the_structure_has_is_passed_over() -> None:
    assert misplaced("ADT_A01", "MSH EVN PID PID PV1 PV1 PV2 PV2") == []
    assert misplaced("ADT_A01", "MSH EVN PID PV1 UB1 UB1 PDA PDA") == []
    assert misplaced("ORU_R01", "MSH PID PV1 PV2 PV1 PV2 OBR OBX") == []


def test_a_segment_may_be_made_optional() -> None:
    assert misplaced("ADT_A01", "MSH EVN PID", "PV1") == []


def test_a_choice_that_may_be_empty_is_not_missed() -> None:
    empty = Part("EMPTY", parts=(Part("AAA", 0),))
    choice = Part("CHOICE", parts=(Part("BBB"), empty), choice=True)
    assert Grammar(Part("ALL", parts=(Part("MSH"), choice, Part("ZZZ")))).misplaced(["MSH", "ZZZ"]) == []


def test_of_a_missing_group_the_first_segment_is_told() -> None:
    assert grammar("ORU_R01").misplaced(["MSH"]) == [Misplaced("OBR", 1)]


def test_the_sets_of_places_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.hl7.conformance.grammar.MOST_SETS", 2)
    checked = grammar("ORU_R01")
    assert checked.misplaced(["MSH", "PID", "OBR", "OBX", "NTE", "OBX", "OBR", "OBX"]) == []
    assert len(checked._sets) == 2
