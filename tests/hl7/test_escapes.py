from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.escapes import EscapeFault, escape, unescape
from tests.hl7.samples import delimiters


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
        (r"one\.br\two", "one\ntwo"),
        (r"one\.sp\two\.sp2\three\.sp+1\\.sp 1\four", "one\ntwo\n\nthree\n\nfour"),
        (r"a\.sk3\b\.sk\c", "a   b c"),
        (r"a\.ce\b", "a\nb"),
        (r"\.in+4\\.ti-4\a\.fi\b\.nf\c", "abc"),
        (r"\H\Kali 6,9\N\ mmol/L", "Kali 6,9 mmol/L"),
        (r"\X0D0A\x\X09\y", "\r\nx\ty"),
        (r"\XE1BB85\ \XC48D\ ", "ễ č "),
    ],
)
def test_each_escape_sequence_stands_for_its_text(escaped: str, text: str) -> None:
    assert unescape(escaped) == text


@pytest.mark.parametrize(
    "text",
    [
        "C:\\temp\\file",
        "50\\unit",
        "\\",
        "\\\\",
        "\\F",
        "\\X\\ \\X0\\ \\X0G\\",
        "\\Zlocal\\ \\C2F77\\ \\M24\\",
        "\\P\\",
        "\\.sp999\\",
        "\\.xx\\",
        "\\XFF\\",
    ],
)
def test_what_is_no_escape_sequence_stays_as_it_stands(text: str) -> None:
    assert unescape(text) == text


def test_hexadecimal_bytes_are_read_in_the_message_s_charset() -> None:
    assert unescape("\\XE9\\", charset="iso-8859-1") == "é"
    assert unescape("\\XE9\\", charset="klingon") == "\\XE9\\"


@pytest.mark.parametrize(
    ("escaped", "charset", "text"),
    [
        (r"Yamada\M2442\;3ED\C2842\ Taro", "utf-8", "Yamada山田 Taro"),
        (r"\M242844\0!", "ascii", "丂"),
        ("\\C2D46\\\xe1\\C2842\\ b", "iso8859_1", "α b"),
        ("\\C2D4C\\\xd0\\F\\", "iso8859_1", "а|"),
        (r"\C2D41\é", "utf-8", "é"),
        (r"\C2842\a\T\b", "utf-8", "a&b"),
        (r"\M2442\é", "utf-8", r"\M2442\é"),
        (r"\E\M2442\E\;3ED", "utf-8", r"\M2442\;3ED"),
        ("\\C2F77\\a", "utf-8", r"\C2F77\a"),
        ("\\M242943\\\xb0\xa1", "iso8859_1", "가"),
    ],
)
def test_escapes_change_the_character_set_of_what_follows(escaped: str, charset: str, text: str) -> None:
    assert unescape(escaped, charset=charset) == text


def test_the_truncation_character_is_escaped_where_there_is_one() -> None:
    truncating = Delimiters(truncation="#")
    assert (escape("a#", truncating), unescape("a\\P\\", truncating)) == ("a\\P\\", "a#")
    assert escape("a#") == "a#"


def test_an_escaped_escape_character_begins_no_sequence() -> None:
    assert unescape(r"\E\F\E\ ") == r"\F\ "


def test_text_that_needs_an_escape_where_there_is_none_is_a_fault() -> None:
    bare = Delimiters(escape="", subcomponent="")
    assert escape("plain & text", bare) == "plain & text"
    assert unescape("C:\\F\\", bare) == "C:\\F\\"
    with pytest.raises(EscapeFault, match="name an escape character in MSH-2"):
        escape("a|b", bare)


@given(st.text())
def test_escaped_text_comes_back(text: str) -> None:
    escaped = escape(text)
    assert unescape(escaped) == text
    assert not set(escaped) & set("|^~&\r\n")


@given(delimiters.filter(lambda delimiters: bool(delimiters.escape)), st.data())
def test_escaped_text_comes_back_under_any_delimiters(delimiters: Delimiters, data: st.DataObject) -> None:
    text = data.draw(st.text(delimiters.encoded.decode() + "FSTREPXHN0D.br12\r\n"))
    assert unescape(escape(text, delimiters), delimiters) == text


@given(st.text("\\FSTREPXHN.spbrkce0Dd+- 9ễ"))
def test_any_text_is_unescaped(text: str) -> None:
    unescape(text, STANDARD)
    unescape(text, STANDARD, "ascii")
