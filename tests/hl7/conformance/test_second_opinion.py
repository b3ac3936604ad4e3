"""Against hl7apy's own validator, on whether the segments and fields that must be there are there."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.hl7.conformance.form import Checker
from engine.hl7.conformance.rules import STANDARD
from engine.hl7.errors import ErrorCondition
from engine.hl7.message import parse

CHECKER = Checker(STANDARD)
PRESENCE = {ErrorCondition.SEGMENT_SEQUENCE_ERROR, ErrorCondition.REQUIRED_FIELD_MISSING}

FIELDS = {
    "EVN": ["", "20251001073500"],
    "PID": ["", "", "BN0001", "", "Nguyen^An"],
    "PV1": ["", "I"],
    "PV2": ["", "", "a"],
    "DG1": ["1", "", "A97", "", "", "W"],
    "IN1": ["1", "PLAN", "COMPANY"],
    "IN3": ["1"],
    "NK1": ["1"],
}


@lru_cache(maxsize=1024)
def hl7apy_accepts(text: str) -> bool:
    """Whether hl7apy takes the message, its groups found."""
    try:
        parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True).validate()
    except HL7apyException:
        return False
    return True


def engine_accepts(text: str) -> bool:
    return not any(error.condition in PRESENCE for error in CHECKER.check(parse(text)))


def admission(version: str, segments: list[tuple[str, list[str]]]) -> str:
    head = f"MSH|^~\\&|HIS|79901|HUB|SYT79|20251001073512||ADT^A01^ADT_A01|1|P|{version}"
    return "\r".join([head, *("|".join([name, *fields]) for name, fields in segments)])


@pytest.mark.parametrize("version", ["2.4", "2.5", "2.5.1", "2.6"])
@pytest.mark.parametrize("left_out", [None, "EVN", "PID", "PV1"])
def test_a_segment_left_out_is_missed_by_both(version: str, left_out: str | None) -> None:
    segments = [(name, FIELDS[name]) for name in ("EVN", "PID", "PV1", "DG1") if name != left_out]
    text = admission(version, segments)
    assert engine_accepts(text) == hl7apy_accepts(text) == (left_out is None)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_field_or_segment_left_out_at_random_is_missed_by_both(data: st.DataObject) -> None:
    segments = []
    for name in ("EVN", "PID", "NK1", "PV1", "PV2", "DG1", "IN1", "IN3"):
        if data.draw(st.integers(0, 4), name):
            fields = [value if data.draw(st.integers(0, 9)) else "" for value in FIELDS[name]]
            segments.append((name, fields))
    text = admission(data.draw(st.sampled_from(["2.4", "2.5", "2.5.1"])), segments)
    assert engine_accepts(text) == hl7apy_accepts(text)
