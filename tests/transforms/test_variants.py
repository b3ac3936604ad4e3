"""Variants of functions give what the functions give."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.hl7.message import parse
from engine.transforms import compile as compiling
from engine.transforms import layout, variants
from engine.transforms.mapping_set import View
from engine.transforms.plan import ResourcePlan
from engine.transforms.variants import Variants
from tests.rig.proof import count
from tests.transforms.folders import FACILITY, HEAD, patient, shipped
from tests.transforms.test_plain import SAMPLES, VALUES, changed, changes, outcome

ELEMENTS = """
    identifier: 'PID-3[*] as CX'
    name.text: PID-5.2 | PID-5 as text
    name.given: 'PID-5[*] & PID-9'
    birthDate: PID-7 as date
    gender: [{ from: PID-8, when: PID-8 = F|M }, PID-9, { value: other, when: PID-3 valued }]
    telecom.value: { from: PID-13, when: 'count(PID-13[*]) < 2 and PID-8 != F' }
    telecom.use: { value: home }
    contact: { when: PID-8 = F, elements: { name: { elements: { text: PID-9.1, family: PID-9.2 } }, gender: PID-8 } }
    deceasedDateTime: { from: PID-29 as dateTime, when: PID-29 is dateTime and PID-8 != A }
    deceasedBoolean: PID-30 as boolean
    multipleBirthInteger: { from: PID-25 as integer, when: PID-25 is integer or PID-8 = X }
    maritalStatus.coding.code:
      - { from: PID-16, when: PID-8 = M and PID-5 valued }
      - { from: PID-17, when: PID-8 begins F }
"""
CX = """
    datatype: CX
    type: Identifier
    elements:
      value: .1
      system: { value: 'http://example.org/1', when: .5 = MR }
      type.coding.code: [{ from: .5, when: .5 = MR|PI }, .4 | .5]
      type.text: { value: a number, when: .5 = MR or .2 not valued }
      assigner.display: .4.1
      period.start: { from: .7 as date, when: .5 != XX and .7 is date }
"""
XPN = """
    datatype: XPN
    type: HumanName
    elements: { family: .1, given: .2 & .3, text: .1 & .2, prefix: .5 }
"""
FIELDS = (3, 5, 7, 8, 9, 13, 16, 17, 25, 29, 30)
WORDS = (*VALUES, "F", "M", "MR", "1^^^A^MR", "2^^^&B^PI~3^4^^^MR", "9^^^H^XX^^20250101")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a variant for everything, the first time, and a form the second."""
    monkeypatch.setattr(variants, "SEEN", 1)
    monkeypatch.setattr(layout, "MOST_FORMS", 1 << 20)
    monkeypatch.setattr(variants, "MOST", 1 << 20)
    monkeypatch.setattr(compiling, "MOST_VARIANTS", 1 << 20)


@cache
def small() -> View:
    """A mapping of one segment with most of what the language has."""
    return patient(Path(mkdtemp()), ELEMENTS, datatypes__CX=CX).standard


def check(view: View, text: str) -> None:
    general = outcome(view, parse(text), text, plain=False)
    assert outcome(view, parse(text), text, plain=True) == general
    assert outcome(view, parse(text), text, plain=True) == general  # which the functions make that it has by now
    assert outcome(view, parse(text), text, plain=True) == general  # and now the function of its form


@settings(max_examples=count(150, 5_000))
@given(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(WORDS)))
def test_variants_give_what_the_code_for_any_message_gives(values: dict[int, str]) -> None:
    fields = ["PID", *(values.get(number, "7" if number == 3 else "") for number in range(1, 31))]
    check(small(), f"{HEAD.format('ADT^A01')}\r{'|'.join(fields)}")


@cache
def named() -> View:
    return patient(Path(mkdtemp()), "name: 'PID-5[*] as XPN'", datatypes__XPN=XPN).standard


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(("A", "B C", " D ", " ", "", "E&F")), min_size=1, max_size=6), max_size=3))
def test_a_component_of_blanks_is_an_empty_one_to_variants_too(names: list[list[str]]) -> None:
    check(named(), f"{HEAD.format('ADT^A01')}\rPID|||7||{'~'.join(map('^'.join, names))}")


@pytest.mark.prove
@settings(max_examples=count(3, 1_000))
@given(st.sampled_from(SAMPLES), changes)
def test_variants_of_the_shipped_mappings_do_so_too(name: str, changes: list[tuple[int, int, str]]) -> None:
    check(shipped().view(FACILITY.code), changed(name, changes))


def test_a_variant_is_compiled_when_it_has_been_asked_for_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "SEEN", 3)
    found = Variants[str, str](str.upper)
    assert [found.count("a") for _ in range(3)] == [None, None, "A"]
    assert found.known == {"a": "A"}
    assert found.count("b") is None


def test_there_are_only_so_many_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "MOST", 2)
    found = Variants[int, int](abs)
    assert [found.count(number) for number in (-1, -2, -3)] == [1, 2, None]


def test_only_so_many_are_counted_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "SEEN", 2)
    found = Variants[int, int](abs)
    for number in range(variants.MOST_COUNTED * 3):
        found.count(number)
    assert len(found._counts) <= variants.MOST_COUNTED + 1


def test_a_set_of_mappings_without_variants_left_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "MOST_VARIANTS", 0)
    view = patient(tmp_path, ELEMENTS, datatypes__CX=CX).standard
    for text in _texts():
        check(view, text)
    assert all(not one.variants.known for one in _plans(view) if one.variants)


def _texts() -> Iterator[str]:
    for word in ("F", "M", ""):
        yield f"{HEAD.format('ADT^A01')}\rPID|||7||a^b||19800102|{word}"


def _plans(view: View) -> list[ResourcePlan]:
    return [one for plan in view._plans.values() for one in plan.top.named]
