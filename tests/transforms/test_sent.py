"""What is read of plain messages as it was sent is what the code for any message reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.delimiters import STANDARD
from engine.language.fault import Mark
from engine.transforms import fields, sent
from engine.transforms.codes import Codes
from engine.transforms.fields import Scene
from engine.transforms.mapping import Code, Table
from engine.transforms.values import TYPES, ValueFault
from tests.transforms.folders import FACILITY

values = st.text("aB1 .^~&+-0295\u00a0\u1ec5", max_size=12)


def scene() -> Scene:
    return Scene(STANDARD, FACILITY, "utf-8", "")


@given(values)
def test_head_is_the_text_of_a_plain_field(value: str) -> None:
    assert sent.head(value) == fields.text(value, scene())


@given(values | st.from_regex(r"(19|20)[0-9]{6}([0-9]{6})?", fullmatch=True), st.sampled_from(sorted(sent.READERS)))
def test_a_type_reads_what_was_sent_as_it_reads_its_text(value: str, reader: str) -> None:
    kind = TYPES[reader.removeprefix("sent_")]
    zone = (FACILITY.zone,) if kind.zoned else ()
    text = fields.text(value, scene())
    known = sent.READERS[reader]
    there = known[FACILITY.zone] if isinstance(known, sent.SentThere) else known
    assert [there[value], there[value]] == [kind.read(text, *zone) if text else None] * 2


def test_a_broken_value_is_refused_and_an_empty_one_is_not() -> None:
    sent.refuse_sent(" ^x", "PID-7", "date")
    with pytest.raises(ValueFault, match="PID-7"):
        sent.refuse_sent("x^y", "PID-7", "date")


def test_a_code_is_looked_up_by_its_text_and_noted_when_it_is_not_held() -> None:
    codes = Codes(Table("T", Mark(""), "", {"a": Code("A")}), "code", {"a": "A"})
    here = scene()
    assert [sent.look_up(codes, one, "", here) for one in (" a ", "a^b", "", "^a")] == ["A", "A", None, None]
    assert here.misses == []
    assert sent.look_up(codes, "b~a", "text", here) == {"text": "b"}
    assert here.misses == [("T", "b")]
