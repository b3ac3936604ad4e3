from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.message import Message, parse
from engine.hl7.path import ALL, NULL, Path, PathFault, parse_path, read_path
from tests.hl7.samples import message

ADT = parse(message("adt_a01").decode())
ORU = parse(message("oru_r01").decode())
OTHER = parse(message("other_delimiters").decode())
NULLS = parse(message("nulls_and_blanks").decode())


def values(source: Message, path: str) -> list[str]:
    return read_path(source, parse_path(path))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("PID", Path("PID")),
        ("OBX[3]", Path("OBX", sequence=3)),
        ("PID-5", Path("PID", 5)),
        ("PID-3[2].1", Path("PID", 3, repetition=2, component=1)),
        ("PID-3[*].4.2", Path("PID", 3, repetition=ALL, component=4, subcomponent=2)),
        ("OBX[*]-5[*]", Path("OBX", 5, ALL, ALL)),
        ("ZB1[12]-34.56.7", Path("ZB1", 34, 12, 1, 56, 7)),
    ],
)
def test_each_part_of_a_path_has_one_spelling(text: str, path: Path) -> None:
    assert parse_path(text) == path
    assert str(path) == text


def test_the_first_is_what_is_meant_where_nothing_is_said() -> None:
    assert parse_path("PID[1]-3[1]") == parse_path("PID-3")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("pid-3", 1),
        ("PI-3", 1),
        ("PID-", 4),
        ("PID-0", 4),
        ("PID-3[0]", 6),
        ("PID-3[", 6),
        ("PID-3.", 6),
        ("PID-3.1.2.3", 10),
        ("PID.3", 4),
        ("PID-3[**]", 6),
        ("PID-3 ", 6),
        ("PID[2][3]", 7),
        ("PID-3\n", 6),
    ],
)
def test_a_wrong_path_is_told_with_its_column(text: str, column: int) -> None:
    with pytest.raises(PathFault) as caught:
        parse_path(text)
    assert caught.value.column == column
    assert f"(column {column})" in str(caught.value)


def test_a_field_is_read_whole_or_by_its_parts() -> None:
    assert values(ADT, "PID-5") == ["Nguyễn^Văn An^^^^^L"]
    assert values(ADT, "PID-5.2") == ["Văn An"]
    assert values(ADT, "PID-3[2].1") == ["079092000001"]
    assert values(ADT, "PID-3[*].5") == ["MR", "NI"]
    assert values(OTHER, "PID-3.4") == ["79901@1.2@ISO"]
    assert values(OTHER, "PID-3.4.2") == ["1.2"]


def test_values_are_unescaped() -> None:
    assert values(OTHER, "PID-5.2") == ["Thi $C@D!"]
    assert values(ORU, "OBX[3]-5") == ["dau & cuoi"]
    assert values(ORU, "NTE-3") == ["Dong mot\nDong hai | ba"]


def test_all_segments_of_a_name_are_read_in_order() -> None:
    assert values(ORU, "OBX[*]-3.1") == ["WBC", "PLT", "NOTE"]
    assert values(ORU, "OBX[2]-3.1") == ["PLT"]
    assert values(ORU, "OBX-3.1") == ["WBC"]


def test_what_is_not_there_has_no_value() -> None:
    for path in ("OBX[4]-1", "ZZZ-1", "PID-99", "PID-3[3]", "PID-3.9", "PID-3.1.9", "PID-4"):
        assert values(ADT, path) == []


def test_a_null_is_kept_and_an_empty_value_is_left_out() -> None:
    assert values(NULLS, "PID-7") == [NULL]
    assert values(NULLS, "PID-5.2") == [NULL]
    assert values(NULLS, "PID-14[*]") == [NULL]
    assert values(NULLS, "PID-4") == []


def test_a_whole_segment_is_read_as_sent() -> None:
    assert values(ADT, "EVN") == ["EVN|A01|20251001073500+0700"]
    assert values(ADT, "ZZZ") == []


def test_the_delimiters_are_read_and_never_parted() -> None:
    assert (values(ADT, "MSH-1"), values(ADT, "MSH-2"), values(ADT, "MSH-2.2")) == (["|"], ["^~\\&"], ["^~\\&"])
    assert values(ADT, "MSH-9.2") == ["A01"]


def test_from_a_segment_its_own_fields_are_read() -> None:
    assert read_path(ORU.of("OBX")[1], parse_path("OBX-3.1")) == ["PLT"]


numbers = st.integers(1, 999_999)
names = st.from_regex("[A-Z][A-Z0-9]{2}", fullmatch=True)
paths = st.builds(Path, names, st.just(0), numbers | st.just(ALL)) | st.builds(
    lambda name, field, sequence, repetition, parts: Path(name, field, sequence, repetition, *parts),
    names,
    numbers,
    numbers | st.just(ALL),
    numbers | st.just(ALL),
    st.tuples() | st.tuples(numbers) | st.tuples(numbers, numbers),
)


@given(paths)
def test_a_path_that_is_written_reads_the_same(path: Path) -> None:
    assert parse_path(str(path)) == path


@given(st.text() | st.text("PIDOBX[]-.*1290", max_size=20))
def test_any_text_is_a_path_or_a_fault(text: str) -> None:
    try:
        path = parse_path(text)
    except PathFault as fault:
        column = fault.column
    else:
        column = 1
        assert parse_path(str(path)) == path
        read_path(ADT, path)
    assert 1 <= column <= len(text) + 1


@given(paths, st.sampled_from((ADT, ORU, OTHER, NULLS)))
def test_any_path_into_any_message_reads_values(path: Path, source: Message) -> None:
    assert all(read_path(source, path))
