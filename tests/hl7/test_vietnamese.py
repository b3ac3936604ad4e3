from __future__ import annotations

import unicodedata

import pytest

from engine.hl7.charset import CharsetFault, decode
from engine.hl7.vietnamese import find_codec

SMALL = "nguyễn thị hường, lê đức ánh, phạm quỳnh trâm, vũ thế mỹ, đặng bích ngọc"


@pytest.mark.parametrize("charset", ["TCVN3", "VISCII"])
def test_small_letters_go_there_and_back(charset: str) -> None:
    payload = SMALL.encode(charset.lower())
    assert len(payload) == len(SMALL)
    assert decode(payload, b"8859/1", override=charset).text == SMALL


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


def test_a_capital_with_an_accent_cannot_be_written_in_tcvn3() -> None:
    with pytest.raises(UnicodeEncodeError):
        "Ánh".encode("tcvn3")


def test_no_other_name_is_a_codec() -> None:
    assert find_codec("vni") is None
