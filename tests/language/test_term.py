from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.document import LONGEST
from engine.language.fault import Faults, Mark, Text
from engine.language.path import EVERY, FieldPath, read_field, read_part
from engine.language.term import MOST_TERMS, Source, parse_source

MARK = Mark("a.yaml", 3, 10)


def parse(text: str) -> Source:
    return parse_source(Text(text, MARK), read_field, "PID-3")


def fault_of(text: str) -> tuple[str, int]:
    with pytest.raises(Faults) as caught:
        parse(text)
    fault = caught.value.faults[0]
    return fault.code, fault.mark.column - MARK.column


def test_path_alone_is_a_source() -> None:
    source = parse("PID-8")
    assert source.terms[0].path == FieldPath("PID", 8)
    assert (source.terms[0].type, source.table, source.default) == (None, None, None)


def test_type_table_and_default_follow_the_terms() -> None:
    source = parse("PID-8.1 | PID-9 as code via AdministrativeSex else not known")
    assert [term.type for term in source.terms] == ["code", "code"]
    assert (source.gathers, source.table, source.default) == (False, "AdministrativeSex", "not known")


def test_type_stands_for_the_terms_before_it_that_have_none() -> None:
    source = parse("PID-3[*] as CX.Identifier & PID-4 & PID-18 as CX.Account")
    assert [term.type for term in source.terms] == ["CX.Identifier", "CX.Account", "CX.Account"]
    assert source.gathers
    assert source.terms[0].path.repetition == EVERY


def test_default_may_be_quoted() -> None:
    assert parse('PID-8 else "a & b"').default == "a & b"


def test_built_in_types_are_lower_case() -> None:
    assert parse("PID-7 as date").terms[0].is_built_in
    assert not parse("PID-5 as XPN.HumanName").terms[0].is_built_in


def test_text_is_put_together_of_paths_and_texts_as_they_stand() -> None:
    source = parse("""PID-5.2 + " - " + PID-5.1 | PID-6 as string""")
    first, second = source.terms
    assert first.pieces == (FieldPath("PID", 5, component=2), " - ", FieldPath("PID", 5, component=1))
    assert [str(path) for path in first.paths] == ["PID-5.2", "PID-5.1"]
    assert (first.type, second.type, second.paths) == (None, "string", (FieldPath("PID", 6),))


def test_text_put_together_may_be_read_as_a_type_of_the_language_alone() -> None:
    first, second = parse("PR1-5 + '/' + PR1-7 + ' min' as later | PR1-5 as dateTime").terms
    assert (first.type, len(first.pieces), second.pieces) == ("later", 4, ())
    assert fault_of("'+' + PID-8 as CX.Identifier") == ("M207", 15)
    assert fault_of("'a' + 'b'") == ("M204", 0)
    assert fault_of("PID-8 +") == ("M202", 7)


def test_paths_of_a_datatype_begin_at_the_component() -> None:
    source = parse_source(Text(".1.1 & .2", MARK), read_part, ".1")
    assert [str(term.path) for term in source.terms] == [".1.1", ".2"]


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("PID8", "M204", 0),
        ("", "M202", 0),
        ("PID-8 as", "M202", 8),
        ("PID-8 via", "M202", 9),
        ("PID-8 else", "M202", 10),
        ("PID-8 |", "M202", 7),
        ("PID-8 PID-9", "M203", 6),
        ("PID-8 | PID-9 & PID-10", "M206", 14),
        ("PID-8 as 9x", "M207", 9),
        ('"PID-8"', "M204", 0),
        ("PID-8 ?", "M203", 6),
        ("PID-8 ! PID-9", "M205", 6),
        ("PID-8 as __import__", "M207", 9),
        ("x" * (LONGEST + 1), "M201", 0),
    ],
)
def test_fault_points_at_the_word(text: str, code: str, offset: int) -> None:
    assert fault_of(text) == (code, offset)


def test_terms_are_bounded() -> None:
    assert fault_of(" | ".join(["PID-8"] * (MOST_TERMS + 1)))[0] == "M201"


WORDS = st.sampled_from(
    ["PID-3", "PID-3[*]", "|", "&", "+", "as", "via", "else", "date", "CX.Identifier", "'", "\x00", "é"]
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)))
def test_any_text_is_a_source_or_a_fault(text: str) -> None:
    with suppress(Faults):
        parse(text)
