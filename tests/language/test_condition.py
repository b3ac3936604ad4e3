from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.condition import (
    DEEPEST,
    All,
    Any,
    Begins,
    Compares,
    Condition,
    Equals,
    Not,
    Reads,
    Same,
    Valued,
    parse_condition,
    paths_of,
)
from engine.language.fault import Faults, Mark, Text
from engine.language.path import FieldPath, read_element, read_field

MARK = Mark("a.yaml", 3, 10)
PID_8 = FieldPath("PID", 8)


def parse(text: str) -> Condition:
    return parse_condition(Text(text, MARK), read_field, "PID-3")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("PID-8 = F", Equals(PID_8, "value", ("F",))),
        ("PID-8 = F|M | 'not told'", Equals(PID_8, "value", ("F", "M", "not told"))),
        ("PID-8 != F", Not(Equals(PID_8, "value", ("F",)))),
        ("PID-8 is PID-3.1", Same(PID_8, FieldPath("PID", 3, component=1))),
        ("PID-8 is not PID-3", Not(Same(PID_8, FieldPath("PID", 3)))),
        ('PID-8 = "<"', Equals(PID_8, "value", ("<",))),
        ("PID-8 begins A97|B05", Begins(PID_8, ("A97", "B05"))),
        ("PID-8 > 6.5", Compares(PID_8, "value", ">", 6.5)),
        ("PID-8 <= -2", Compares(PID_8, "value", "<=", -2)),
        ("PID-8 valued", Valued(PID_8)),
        ("PID-8 not valued", Not(Valued(PID_8))),
        ("PID-8 is date", Reads(PID_8, "date")),
        ("PID-8 is not date", Not(Reads(PID_8, "date"))),
        ("length(PID-8) > 8", Compares(PID_8, "length", ">", 8)),
        ("count ( PID-8 ) = 1", Equals(PID_8, "count", ("1",))),
    ],
)
def test_each_test_is_read(text: str, condition: Condition) -> None:
    assert parse(text) == condition


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    valued = Valued(PID_8)
    assert parse("PID-8 valued or PID-8 valued and not PID-8 valued") == Any((valued, All((valued, Not(valued)))))
    assert parse("(PID-8 valued or PID-8 valued) and PID-8 valued") == All((Any((valued, valued)), valued))


def test_paths_may_lead_into_resources() -> None:
    condition = parse_condition(Text("code.coding[*].code = 2823-3", MARK), read_element, "code")
    assert [str(path) for path in paths_of(condition)] == ["code.coding[*].code"]


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("PID-8", "M202", 5),
        ("PID-8 valed", "M208", 6),
        ("PID-8 = ", "M202", 8),
        ("PID-8 = |", "M209", 8),
        ("PID-8 > x", "M210", 8),
        ("PID-8 > 1e9", "M210", 8),
        ("(PID-8 valued", "M202", 13),
        ("count PID-8 = 1", "M211", 6),
        ("PID-8 valued PID-9", "M203", 13),
        ("8 = 8", "M204", 0),
    ],
)
def test_fault_points_at_the_word(text: str, code: str, offset: int) -> None:
    with pytest.raises(Faults) as caught:
        parse(text)
    fault = caught.value.faults[0]
    assert (fault.code, fault.mark.column - MARK.column) == (code, offset)


def test_nesting_is_bounded() -> None:
    with pytest.raises(Faults) as caught:
        parse("(" * (DEEPEST + 2) + "PID-8 valued" + ")" * (DEEPEST + 2))
    assert caught.value.faults[0].code == "M201"
    with pytest.raises(Faults):
        parse("not " * (DEEPEST + 2) + "PID-8 valued")


WORDS = st.sampled_from(
    [
        "PID-3",
        "PID-3[*]",
        "=",
        "!=",
        "<",
        ">",
        "|",
        "(",
        ")",
        "and",
        "or",
        "not",
        "valued",
        "is",
        "date",
        "count",
        "7",
        "'",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=16).map(" ".join)))
def test_any_text_is_a_condition_or_a_fault(text: str) -> None:
    with suppress(Faults):
        parse(text)
