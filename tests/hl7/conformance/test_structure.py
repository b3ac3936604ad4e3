"""Structures: segments that are missing or out of place, and all that is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7 import dictionary
from engine.hl7.conformance.structure import check_structure, segments_of, structure_of

ADT = ["MSH", "EVN", "PID", "PV1"]
ORU = ["MSH", "PID", "PV1", "ORC", "OBR", "NTE", "OBX", "NTE", "OBX", "ORC", "OBR", "OBX"]


def errors(names: list[str], structure: str = "ADT_A01", version: str = "2.5") -> list[str]:
    return [str(error.where) for error in check_structure(names, structure, version)]


@pytest.mark.parametrize(
    ("names", "structure", "found"),
    [
        (ADT, "ADT_A01", []),
        (["MSH", "EVN", "PID", "NK1", "NK1", "PV1", "PV2", "OBX", "AL1", "DG1", "IN1", "IN2", "IN1"], "ADT_A01", []),
        (["MSH", "PID", "PV1"], "ADT_A01", ["EVN"]),
        (["MSH", "EVN"], "ADT_A01", ["PID", "PV1"]),
        (["MSH", "EVN", "PV1", "PID"], "ADT_A01", ["PID"]),
        (["MSH", "EVN", "PID", "PID", "PV1"], "ADT_A01", ["PID[2]"]),
        ([*ADT, "NK1"], "ADT_A01", ["NK1"]),
        (ORU, "ORU_R01", []),
        (["MSH", "OBR", "OBX"], "ORU_R01", []),
        (["MSH", "PID", "OBX"], "ORU_R01", ["OBR", "OBX"]),
        (["MSH"], "ORU_R01", ["OBR"]),
    ],
)
def test_what_is_missing_or_out_of_place_is_named(names: list[str], structure: str, found: list[str]) -> None:
    assert errors(names, structure) == found


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["ZXX", "ARV", "PRT", "XYZ", ""])), max_size=8))
def test_a15_segments_that_the_structure_has_not_are_passed_over_wherever_they_stand(
    more: list[tuple[int, str]],
) -> None:
    names = list(ADT)
    for at, name in more:
        names.insert(at, name)
    assert errors(names) == []


@pytest.mark.parametrize(
    ("declared", "code", "event", "version", "structure"),
    [
        ("ADT_A01", "ADT", "A04", "2.5", "ADT_A01"),
        ("", "ADT", "A04", "2.5", "ADT_A01"),
        ("", "ADT", "A08", "2.1", "ADT_A08"),
        ("", "ORU", "R01", "2.3", "ORU_R01"),
        ("", "SIU", "S14", "2.5.1", "SIU_S14"),
        ("", "MDM", "T08", "2.5", "MDM_T02"),
        ("XXX_X99", "ADT", "A28", "2.5", "ADT_A05"),
        ("", "ADT", "A40", "2.5", "ADT_A39"),
        ("", "ZZZ", "Z01", "2.5", ""),
        ("", "ADT", "", "2.5", ""),
    ],
)
def test_the_structure_follows_from_msh_9(declared: str, code: str, event: str, version: str, structure: str) -> None:
    assert structure_of(declared, code, event, version) == structure


@pytest.mark.parametrize("version", dictionary.VERSIONS)
def test_no_order_of_a_structure_s_segments_is_without_an_end(version: str) -> None:
    for structure in sorted(dictionary.structure_names(version)):
        names = sorted(segments_of(dictionary.find_structure(structure, version)))
        check_structure(names * 2, structure, version)


def test_an_unknown_structure_is_not_checked() -> None:
    assert errors(["MSH", "PV1"], "ZZZ_Z01") == []


def test_very_many_segments_cost_little() -> None:
    assert errors(["MSH", "PID"] + ["OBR", "OBX", "NTE"] * 50_000, "ORU_R01") == []
