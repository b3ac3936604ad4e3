"""Conditions of the guide, as what a message must hold."""

from __future__ import annotations

import pytest

from engine.commands.conformance.conditions import alternatives
from engine.commands.conformance.needs import Need, Unreadable, spell


def only(condition: str, own: str = "PID-1") -> tuple[Need, ...]:
    (found,) = alternatives(condition, own)
    return found


def test_without_a_condition_nothing_is_needed() -> None:
    assert alternatives("", "PID-3") == [()]


@pytest.mark.parametrize("spelled", ["IF PV1-45 VALUED", "IF PV1-45 IS VALUED"])
def test_valued_is_needed(spelled: str) -> None:
    assert only(spelled) == (Need("PV1-45", "valued"),)


@pytest.mark.parametrize("spelled", ["IF HD.1 NOT VALUED", "IF HD.1 IS EMPTY", "IF HD.1 DOES NOT EXIST"])
def test_a_component_of_a_datatype_begins_with_a_dot(spelled: str) -> None:
    assert only(spelled) == (Need(".1", "empty"),)


@pytest.mark.parametrize("spelled", ['IF OBX-11 IS "X"', 'IF OBX-11 EQUALS "X"', 'IF OBX-11="X"'])
def test_a_value_is_needed(spelled: str) -> None:
    assert only(spelled) == (Need("OBX-11", "in", ("X",)),)


def test_a_list_is_read_whole() -> None:
    assert only('IF XTN.3 NOT IN ("Internet", "X.400")') == (Need(".3", "not in", ("Internet", "X.400")),)


def test_fields_before_one_test_share_it() -> None:
    assert only("IF PID-33 AND PID-34 VALUED") == (Need("PID-33", "valued"), Need("PID-34", "valued"))


def test_either_of_two_fields_is_an_alternative() -> None:
    assert alternatives("IF SCH-26 or SCH-27 VALUED", "SCH") == [
        (Need("SCH-26", "valued"),),
        (Need("SCH-27", "valued"),),
    ]


def test_parentheses_bind_before_and() -> None:
    found = alternatives("IF EVN-5 NOT VALUED AND (MSH-22 IS VALUED OR MSH-4 IS VALUED)", "EVN")
    assert found == [
        (Need("EVN-5", "empty"), Need("MSH-22", "valued")),
        (Need("EVN-5", "empty"), Need("MSH-4", "valued")),
    ]


def test_a_test_without_a_field_is_of_the_one_before_or_of_the_row() -> None:
    assert only('IF IAM-15 VALUED AND NOT "SEL"') == (Need("IAM-15", "valued"), Need("IAM-15", "not in", ("SEL",)))
    assert only("IF NOT VALUED", "HD.3") == (Need(".3", "empty"),)


def test_repetitions_and_letters_are_counted() -> None:
    assert only("IF OBX-5 LST.count GREATER THAN 1") == (Need("OBX-5", "count", (), 2),)
    assert alternatives("IF OBX-5 LST.count LESS THAN OR EQUALS 1 OR OBX-2 IS 'NA'", "OBX")[0] == (
        Need("OBX-5", "count", (), 1),
    )
    assert only("IF PID-7 LENGTH GREATER THAN 8") == (Need("PID-7", "longer", (), 8),)


@pytest.mark.parametrize("spelled", ["IF PV1-20 VALUE", "IF (PID-1 VALUED", "IF PID-3 IN http://a"])
def test_what_is_no_condition_is_told(spelled: str) -> None:
    with pytest.raises(Unreadable):
        alternatives(spelled, "PID")


def test_a_path_is_spelled_as_everywhere() -> None:
    assert [spell(one) for one in ("ORC.1", "PID-3.1", "XCN.9", "HD-3", "PID")] == [
        "ORC-1",
        "PID-3.1",
        ".9",
        ".3",
        "PID",
    ]
