from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.path import EVERY, ElementPath, FieldPath, Step, read_element, read_field, read_part


@pytest.mark.parametrize("text", ["PID-3", "PID-3[*].1", "PID-3[2].1.2", "Z01-12.4"])
def test_path_is_spelled_as_it_is_read(text: str) -> None:
    assert str(read_field(text)) == text


@pytest.mark.parametrize("text", ["PID", "PID-0", "pid-3", "PID-3.0", "PID-3[", "OBX[2]-5", "PID-3 ", ".1", ""])
def test_what_is_no_field_of_a_segment_is_none(text: str) -> None:
    assert read_field(text) is None


def test_part_of_a_datatype_begins_at_the_component() -> None:
    assert read_part(".1.2") == FieldPath("", component=1, subcomponent=2)
    assert str(read_part(".7")) == ".7"
    assert read_part("1.2") is None
    assert read_part(".1.2.3") is None
    assert read_part(".0") is None


def test_path_into_a_resource_has_steps() -> None:
    path = read_element("code.coding[*].code")
    assert path == ElementPath((Step("code"), Step("coding", EVERY), Step("code")))
    assert str(path) == "code.coding[*].code"
    assert read_element("code..coding") is None
    assert read_element("__class__") is None
    assert read_element(".".join("a" * 16))
    assert read_element(".".join("a" * 17)) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (read_field, read_part, read_element):
        found = read(text)
        assert found is None or read(str(found) or ".") == found  # the whole of a value adds nothing to a place
