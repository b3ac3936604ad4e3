from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.conformance.datatypes import READERS

GOOD = {
    "NM": ["0", "-1", "+2.50", ".5", "12.", " 7 "],
    "SI": ["1", "0012"],
    "DT": ["1980", "198001", "19800229", "19580000"],
    "TM": ["07", "0730", "073059", "073059.1234", "2359+0700"],
    "TS": ["1980", "20240101093000.1234+0700"],
    "DTM": ["20240101", "202401010930-0500"],
}
BAD = {
    "NM": ["<5", "1e3", "1,5", "--1", "٣", ".", "5 mg"],
    "SI": ["-1", "1.5", "A"],
    "DT": ["1980-01-02", "19801301", "19800230", "198001021200", "80"],
    "TM": ["24", "7", "0760", "07:30", "073059.", "0730+1500"],
    "TS": ["20240101T0930", "202413", "2024-01-01", "today"],
    "DTM": ["20240230", "0000", "2024010124"],
}


def pairs(values: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(datatype, text) for datatype, texts in values.items() for text in texts]


@pytest.mark.parametrize(("datatype", "text"), pairs(GOOD))
def test_what_the_datatype_allows_is_a_value(datatype: str, text: str) -> None:
    assert READERS[datatype](text)


@pytest.mark.parametrize(("datatype", "text"), pairs(BAD))
def test_what_the_datatype_does_not_allow_is_none(datatype: str, text: str) -> None:
    assert not READERS[datatype](text)


@given(st.sampled_from(sorted(READERS)), st.text())
def test_any_text_can_be_asked_about(datatype: str, text: str) -> None:
    READERS[datatype](text)
