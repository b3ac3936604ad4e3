from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.people import FAMILIES, GIVENS, MIDDLES, STREETS
from demo.places import COMMUNES
from engine.hl7.syllables import is_syllable

TEXTS = (
    *FAMILIES,
    *(name for names in (*GIVENS.values(), *MIDDLES.values()) for name in names),
    *STREETS,
    *(commune.name for commune in COMMUNES),
    "chẩn đoán xuất huyết giảm tiểu cầu, quỳnh, giếng, nghiêng, khuya, thuở, ngoằn, gì, yêu, ỷ, ươm, khuỷu",
)
WORDS = sorted({word for text in TEXTS for word in re.findall(r"[^\W\d_]+", text)})


@pytest.mark.parametrize("word", WORDS)
def test_words_of_vietnam_are_syllables_in_any_case(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(word.upper())


@pytest.mark.parametrize("word", ["", "Müller", "größer", "été", "nguyÔn", "đ", "á́n", "nguyễnx", "zá", "wi"])
def test_other_words_are_none(word: str) -> None:
    assert not is_syllable(word)


@given(st.text(max_size=20))
def test_any_text_is_a_syllable_or_not(text: str) -> None:
    is_syllable(text)
