from __future__ import annotations

import pytest

from engine.hl7.delimiters import STANDARD, Delimiters
from engine.transforms import fields
from engine.transforms.fields import Scene
from tests.transforms.folders import FACILITY

SCENE = Scene(STANDARD, FACILITY, "utf-8", "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("A01", "A01"),
        ("a&b^c~d", "a"),
        ("", ""),
        ('""', ""),
        ("  a b  ", "a b"),
        (r"a\T\b", "a&b"),
        ("^b", ""),
        ('""^b', ""),
    ],
)
def test_text_is_the_first_part_of_the_first_part(field: str, text: str) -> None:
    assert fields.text(field, SCENE) == text


def test_whole_keeps_the_separators_within_a_repetition() -> None:
    assert fields.whole("a^b&c~d", SCENE) == "a^b&c"


def test_components_and_subcomponents_are_counted_from_1() -> None:
    assert fields.component("a^b&c^d", 2, SCENE) == "b"
    assert fields.component("a^b&c^d", 4, SCENE) == ""
    assert fields.component("a", 1, SCENE) == "a"
    assert fields.component("a", 2, SCENE) == ""
    assert fields.subcomponent("a^b&c^d", 2, 2, SCENE) == "c"
    assert fields.subcomponent("a^b&c^d", 2, 3, SCENE) == ""
    assert fields.raw_component(r"a^b\T\c", 2, SCENE) == r"b\T\c"
    assert fields.inner_part("a&b", 2, "&", SCENE) == "b"
    assert fields.inner_text("a&b", "&", SCENE) == "a"


def test_repetitions_are_counted_from_1() -> None:
    assert fields.first("a^1~b", SCENE) == "a^1"
    assert fields.repetition("a~b~c", 2, SCENE) == "b"
    assert fields.repetition("a~b", 3, SCENE) == ""


def test_separators_and_nulls_alone_are_no_value() -> None:
    assert fields.is_valued("^^x", SCENE)
    assert not fields.is_valued("^&~ ", SCENE)
    assert not fields.is_valued('""', SCENE)
    assert fields.count("a~~b~^", SCENE) == 2
    assert fields.count("", SCENE) == 0


def test_a_delimiter_that_the_message_does_without_parts_nothing() -> None:
    scene = Scene(Delimiters("|", "^", "~", "", ""), FACILITY, "utf-8", "")
    assert fields.text(r"a&b\T\c", scene) == r"a&b\T\c"
    assert not scene.is_standard


def test_scene_knows_whether_there_may_be_nulls() -> None:
    assert Scene(STANDARD, FACILITY, "utf-8", 'PID|""').nulls
    assert not SCENE.nulls


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("MSH|^~\\&|A\rPID|1||a&b^c~ d ", True),
        ("\ufeffMSH|^~\\&|A\rPID|1||a", True),
        ("MSH|^~\\&|A\rPID|1||a\\T\\b", False),
        ('MSH|^~\\&|A\rPID|1||""', False),
        ("MSH|^~\\&|A\rPID|1||" + "a" * fields.LONGEST_PLAIN, False),
    ],
)
def test_a_message_without_escapes_and_nulls_is_plain(text: str, plain: bool) -> None:
    assert Scene(STANDARD, FACILITY, "utf-8", text).is_plain == plain


def test_a_message_in_other_delimiters_is_not_plain() -> None:
    assert not Scene(Delimiters("|", "$", "~", "\\", "&"), FACILITY, "utf-8", "MSH|$~\\&|A").is_plain
