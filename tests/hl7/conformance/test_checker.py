"""What is checked of fields: presence, datatypes, codes, lengths, repetitions, by the standard and by a profile."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.conformance.checker import MOST_ERRORS, Checker
from engine.hl7.conformance.rules import FieldRule, Presence, Profile
from engine.hl7.delimiters import HeaderFault
from engine.hl7.errors import Severity
from engine.hl7.message import parse

HEAD = "MSH|^~\\&|HIS|79014|||20260314||ADT^A01^ADT_A01|1|P|{}\rEVN|A01|20260314\r"
PID = "PID|1||7^^^79014^MR||NGUYEN^VAN A||19800102|M\r"
PV1 = "PV1|1|I\r"


def check(text: str, profile: Profile | None = None) -> list[tuple[str, str]]:
    found = Checker(profile or Profile()).check(parse(text))
    return [(error.condition.code, str(error.where)) for error in found]


def adt(pid: str = PID, pv1: str = PV1, rest: str = "", version: str = "2.5") -> str:
    return HEAD.format(version) + pid + pv1 + rest


def profile(place: tuple[str, int, int], rule: FieldRule, *, standard: bool = False) -> Profile:
    return Profile("p", standard, fields={place: rule})


def test_a_conforming_message_has_no_errors() -> None:
    assert check(adt()) == []


@pytest.mark.parametrize(
    ("pid", "pv1", "rest", "found"),
    [
        (PID.replace("7^^^79014^MR", ""), PV1, "", [("101", "PID-3")]),
        (PID, "PV1|1\r", "", [("101", "PV1-2")]),
        (PID.replace("19800102", "1980-01-02"), PV1, "", [("102", "PID-7")]),
        (PID.replace("PID|1", "PID|one"), PV1, "", [("102", "PID-1")]),
        (PID, PV1, "OBX|1|ZZ|X^Y||1||||||F\r", [("103", "OBX-2")]),
        (PID, PV1, "OBX|1|NM|X^Y||1||||||F\rOBX|2|NM|X||1||||x||?\r", [("102", "OBX[2]-9"), ("103", "OBX[2]-11")]),
        (PID, PV1, "AL1|x\r", [("102", "AL1-1"), ("101", "AL1-3")]),
    ],
)
def test_a3_each_error_has_its_condition_and_its_place(
    pid: str, pv1: str, rest: str, found: list[tuple[str, str]]
) -> None:
    assert sorted(check(adt(pid, pv1, rest))) == sorted(found)


def test_a15_fields_beyond_the_standard_and_further_repetitions_are_passed_over() -> None:
    assert check(adt(PID.replace("\r", "|" * 60 + "x\r"), PV1.replace("|I", "|I~I"))) == []


def test_an_hl7_null_is_a_value_and_no_datatype_is_asked_of_it() -> None:
    assert check(adt(PID.replace("19800102", '""'))) == []


def test_a_year_without_month_is_a_date_as_it_is_in_mappings() -> None:
    assert check(adt(PID.replace("19800102", "19580000"))) == []


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_before_2_3_1_no_table_is_asked(version: str) -> None:
    assert [code for code, _ in check(adt(PID.replace("|M", "|9"), version=version)) if code == "103"] == []


def test_a_profile_asks_for_more() -> None:
    assert check(adt(PID.replace("19800102", "")), profile(("PID", 7, 0), FieldRule(required=True))) == [
        ("101", "PID-7")
    ]
    assert check(adt(PID.replace("7^", "^")), profile(("PID", 3, 1), FieldRule(required=True))) == [("101", "PID-3.1")]
    assert check(adt(), profile(("PID", 8, 0), FieldRule(codes=frozenset("12")))) == [("103", "PID-8")]
    assert check(adt(), profile(("PID", 5, 0), FieldRule(length=5))) == [("104", "PID-5")]
    twice = adt(PID.replace("|M", "|M~F"))
    assert check(twice, profile(("PID", 8, 0), FieldRule(most=1))) == [("198", "PID-8")]


def test_a_profile_asks_for_less_than_the_standard() -> None:
    unnamed = adt(PID.replace("NGUYEN^VAN A", ""))
    assert check(unnamed) == [("101", "PID-5")]
    assert check(unnamed, profile(("PID", 5, 0), FieldRule(required=False), standard=True)) == []
    local = adt(rest="OBX|1|LOCAL|X^Y||1||||||F\r")
    assert check(local, profile(("OBX", 2, 0), FieldRule(codes=frozenset({"LOCAL"})), standard=True)) == []
    without = Profile("p", segments={"ADT_A01": {"PV1": Presence.OPTIONAL}})
    assert check(adt(pv1=""), without) == []


def test_a_profile_says_which_segments_there_are() -> None:
    asked = Profile("p", standard=False, segments={"ADT_A01": {"PV2": Presence.REQUIRED, "PV1": Presence.FORBIDDEN}})
    assert check(adt(), asked) == [("100", "PV2"), ("198", "PV1")]


def test_a_warning_is_one() -> None:
    asked = profile(("PID", 13, 0), FieldRule(required=True, severity=Severity.WARNING))
    (found,) = Checker(asked).check(parse(adt()))
    assert found.severity is Severity.WARNING


def test_many_errors_are_reported_up_to_a_bound_in_bounded_time() -> None:
    began = time.process_time()
    assert len(check(adt(rest="OBX|x|ZZ|\r" * 100_000))) == MOST_ERRORS
    check(adt(PID.replace("|M", "|M" + "~?" * 1_000_000)))
    assert time.process_time() - began < 5


@given(st.text(st.sampled_from('MSHPIDOBX|^~&\\\r"19AZ.- '), max_size=200))
def test_whatever_a_message_holds_it_is_checked_without_an_exception(rest: str) -> None:
    try:
        message = parse(HEAD.format("2.5") + rest)
    except HeaderFault:
        return
    assert len(Checker(Profile()).check(message)) <= MOST_ERRORS
