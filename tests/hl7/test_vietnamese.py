from __future__ import annotations

import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.people import FAMILIES, GIVENS, MIDDLES
from engine.hl7.charset import CharsetFault, Decoded, decode
from engine.hl7.vietnamese import find_codec
from tests.hl7.samples import SMALL, message

NAMES = "nguyễn thị hường, lê đức ánh, phạm quỳnh trâm, vũ thế mỹ, đặng bích ngọc"
LISTED = " ".join((*FAMILIES, *(name for names in (*GIVENS.values(), *MIDDLES.values()) for name in names)))
CAPITALS = "ĂÂÊÔƠƯĐ"
"""Those that TCVN3 has."""

ASCII = bytes(range(0x80))
HL7 = b"\r\v\x1c\n|^~\\&#"


def iconv(charset: str) -> str:
    """The sign that glibc has for each of the 256 bytes; line feeds between them keep it from composing."""
    payload = b"".join(bytes((code, 0x0A)) for code in range(0x100))
    found = subprocess.run(["iconv", "-f", charset, "-t", "UTF-8"], input=payload, capture_output=True, check=True)
    text = found.stdout.decode()
    assert text[1::2] == "\n" * 0x100
    return text[::2]


@pytest.mark.parametrize("charset", ["TCVN3", "VISCII"])
def test_small_letters_go_there_and_back(charset: str) -> None:
    for text in (NAMES, LISTED.lower(), SMALL):
        payload = text.encode(charset.lower())
        assert len(payload) == len(text)
        assert decode(payload, b"8859/1", override=charset).text == text


def test_viscii_is_glibc_s_byte_by_byte() -> None:
    assert bytes(range(0x100)).decode("viscii") == iconv("VISCII")


def test_tcvn3_is_glibc_s_without_the_capitals_and_bare_tones_that_its_fonts_have_not() -> None:
    def expected(code: int, sign: str) -> str:
        if sign.isascii() or sign in CAPITALS or not (sign.isupper() or unicodedata.combining(sign)):
            return sign
        return chr(code) if code in ASCII else "\ufffd"

    found = bytes(range(0x100)).decode("tcvn3", "replace")
    assert found == "".join(expected(code, sign) for code, sign in enumerate(iconv("TCVN5712-1")))
    assert sum(not sign.isascii() and sign.isalpha() for sign in found) == 74


@pytest.mark.parametrize("charset", ["tcvn3", "viscii"])
def test_what_hl7_needs_stays(charset: str) -> None:
    assert HL7.decode(charset) == HL7.decode()
    assert HL7.decode().encode(charset) == HL7


@given(st.text(alphabet=SMALL + CAPITALS + "\xa0" + ASCII.decode()))
def test_any_text_without_other_capitals_goes_to_tcvn3_and_back(text: str) -> None:
    assert text.encode("tcvn3").decode("tcvn3") == text


@given(st.binary())
def test_any_bytes_go_from_viscii_and_back(payload: bytes) -> None:
    assert payload.decode("viscii").encode("viscii") == payload


@given(st.binary())
def test_any_bytes_go_from_tcvn3_and_back_or_are_refused(payload: bytes) -> None:
    try:
        text = payload.decode("tcvn3")
    except UnicodeDecodeError:
        return
    assert text.encode("tcvn3") == payload


def test_a_message_is_read_as_the_registry_says() -> None:
    text, charset = decode(message("f10_tcvn3_as_8859_1"), b"8859/1", override="TCVN3")
    assert charset == "tcvn3"
    assert text.split("\r")[1] == "PID|1||BN0011||Trương^Hường^Thị Thảo||20230815|F|||18 đường Hồ Tú, phường An Hòa"


def test_a_letter_of_viscii_that_looks_like_a_separator_is_a_letter() -> None:
    payload = b"PID|1||BN1||D\x1e^Nguy\xadn\r"
    assert decode(payload, b"8859/1", override="VISCII") == Decoded("PID|1||BN1||DỴ^Nguyễn\r", "viscii")


def test_letters_of_tcvn3_stand_where_the_standard_has_them() -> None:
    assert "Nguyễn Thị Hường".encode("tcvn3") == b"Nguy\xd4n Th\xde H\xad\xeang"
    assert "Đỗ Ân".encode("tcvn3") == b"\xa7\xe7 \xa2n"


def test_capitals_of_viscii_stand_where_rfc_1456_has_them() -> None:
    assert "ẲẴẪỶỸỴ".encode("viscii") == b"\x02\x05\x06\x14\x19\x1e"
    assert "ẠỮ".encode("viscii") == b"\x80\xff"


@pytest.mark.parametrize("charset", ["tcvn3", "viscii"])
def test_every_letter_is_in_composed_form(charset: str) -> None:
    letters = bytes(range(256)).decode(charset, "ignore")
    assert unicodedata.is_normalized("NFC", letters)


def test_viscii_has_a_letter_for_every_byte_and_tcvn3_has_gaps() -> None:
    assert len(set(bytes(range(256)).decode("viscii"))) == 256
    with pytest.raises(UnicodeDecodeError):
        b"\x80".decode("tcvn3")


def test_a_byte_that_tcvn3_leaves_open_is_a_fault_and_no_guess() -> None:
    with pytest.raises(CharsetFault):
        decode(b"Nguy\xd4n \xff", b"", override="TCVN3")


@pytest.mark.parametrize("text", ["Ánh", "a\u0301", "°", "山", "\ufffe"])
def test_what_tcvn3_has_not_is_not_encoded(text: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        text.encode("tcvn3")


@pytest.mark.parametrize("text", ["\x02", "\x1e", "a\u0301", "°", "\xa0", "山", "\ufffe"])
def test_what_viscii_has_not_is_not_encoded(text: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        text.encode("viscii")


def test_no_other_name_is_a_codec() -> None:
    assert find_codec("vps") is None
