from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.commands.masking import LONGEST, mask


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("Nguyễn^Văn A", "Xxxxxx^Xxx X"),
        (unicodedata.normalize("NFD", "Nguyễn"), "Xxxxxxxx"),
        ("19800102", "99999999"),
        ("BN-25/1&x", "XX-99/9&x"),
        ("٣½", "99"),
        ("\x1b[31m", "?[99x"),
        ("€", "x"),
        ("a" * 99, "x" * 24),
        ("", ""),
    ],
)
def test_shape_is_kept_and_letters_and_digits_are_not(value: str, masked: str) -> None:
    assert mask(value) == masked


@given(st.text())
def test_nothing_but_marks_and_signs_of_ascii_is_left(value: str) -> None:
    masked = mask(value)
    assert len(masked) == min(len(value), LONGEST)
    assert masked.isascii()
    assert masked.isprintable()
    assert {one for one in masked if one.isalnum()} <= set("xX9")
