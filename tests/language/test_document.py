from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.document import parse_document, read_document
from engine.language.fault import Fault, Faults, Mark, nearest, show


def faults_of(text: str) -> tuple[Fault, ...]:
    with pytest.raises(Faults) as caught:
        parse_document(text.encode(), "f.yaml")
    return caught.value.faults


def test_scalars_that_yaml_1_1_would_change_stay_text() -> None:
    plain = parse_document(b"a: 0123\nb: NO\nc: 1980-03-05\nd: 12:30\ne: 0x1F\nf: 1_000\n", "f.yaml").plain()
    assert plain == {"a": "0123", "b": "NO", "c": "1980-03-05", "d": "12:30", "e": "0x1F", "f": "1_000"}


def test_json_scalars_keep_their_types() -> None:
    plain = parse_document(b'a: 12\nb: -0.5\nc: true\nd: null\ne: "12"\nf:\n', "f.yaml").plain()
    assert plain == {"a": 12, "b": -0.5, "c": True, "d": None, "e": "12", "f": None}


def test_nodes_know_line_and_column_of_keys_and_values() -> None:
    node = parse_document(b"a:\n  b: [1, 2]\n", "f.yaml")
    inner = node.get("a")
    assert inner is not None
    assert inner.keys["b"] == Mark("f.yaml", 2, 3)
    values = inner.get("b")
    assert values is not None
    assert isinstance(values.value, list)
    assert values.value[1].mark == Mark("f.yaml", 2, 10)


def test_every_repeated_key_is_a_fault_at_its_place() -> None:
    found = faults_of("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")
    assert [(fault.code, fault.mark.line, fault.mark.column) for fault in found] == [
        ("E006", 4, 3),
        ("E006", 5, 1),
    ]
    assert "line 3" in found[0].hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1\n", "E010"),
        ("a: &x 1\nb: *x\n", "E010"),
        ("a: !!python/object:os.system x\n", "E011"),
        ("a: !!str 1\n", "E011"),
        ("? [1, 2]\n: 3\n", "E007"),
        ("a: 1\n---\nb: 2\n", "E004"),
        ("a: [1\nb: 2\n", "E005"),
        ("a: \x07\n", "E005"),
        ("\n".join("  " * depth + "a:" for depth in range(40)), "E009"),
        ("a: " + "[" * 100 + "]" * 100, "E009"),
        ("- 1\n" * 100_001, "E008"),
        ("#" * (1 << 20) + "\n", "E002"),
    ],
)
def test_what_could_do_harm_is_refused_with_its_code(text: str, code: str) -> None:
    assert code in {fault.code for fault in faults_of(text)}


def test_a_file_that_is_not_utf_8_names_the_line() -> None:
    with pytest.raises(Faults) as caught:
        parse_document(b"a: 1\nb: \xff\n", "f.yaml")
    assert caught.value.faults[0].mark == Mark("f.yaml", 2, 1)


def test_a_missing_file_is_a_fault_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        read_document(tmp_path / "none.yaml")
    assert "none.yaml" in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_faults(text: str) -> None:
    with contextlib.suppress(Faults):
        parse_document(text.encode("utf-8", "surrogatepass"), "f.yaml")


def test_a_fault_is_shown_with_its_line_and_a_caret(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a:\n\tb: 1\n  c: 2\n", "utf-8")
    shown = show([Fault(Mark(str(path), 3, 3), "X001", "a.c", "unknown key", nearest("colour", ["color"]))])
    assert shown.splitlines()[1:] == ["      c: 2", "      ^"]
    assert "did you mean 'color'?" in shown


def test_a_number_that_no_reader_of_json_need_hold_stays_text() -> None:
    texts = ("9" * 19, "-" + "9" * 18, "9" * 5000, "1e999", "-1e999")
    plain = parse_document("".join(f"- {text}\n" for text in texts).encode(), "f.yaml").plain()
    assert plain == list(texts)
    assert parse_document(b"[999999999999999999, 1e-999]", "f.yaml").plain() == [999999999999999999, 0.0]
