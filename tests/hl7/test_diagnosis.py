from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.diagnosis import Diagnosis, diagnose, is_double_encoded
from tests.hl7.samples import message

# "nguyễn thị ngọc (ánh) trần đức hưởng đường hồ tùng mậu" in each charset.
BYTES = {
    "tcvn3": "nguyÔn thÞ ngäc ¸nh trÇn ®øc h\xadëng ®\xadêng hå tïng mËu".encode("latin-1"),
    "windows-1258": (
        "nguyê\u0303n thi\u0323 ngo\u0323c ánh trâ\u0300n đư\u0301c hươ\u0309ng đươ\u0300ng "
        "hô\u0300 tu\u0300ng mâ\u0323u"
    ).encode("cp1258"),
    "vni": "nguyeãn thò ngoïc aùnh traàn ñöùc höôûng ñöôøng hoà tuøng maäu".encode("latin-1"),
    "viscii": bytes.fromhex(
        "4e677579ad6e205468b8204e67f763205472a56e20d0d1632048dfb76e6720f0dfb66e672048b02054f96e67204da775"
    ),
}


@pytest.mark.parametrize("charset", BYTES)
def test_vietnamese_text_is_told_by_its_syllables(charset: str) -> None:
    diagnosis = diagnose(b"PID|1||BN0001||" + BYTES[charset] + b"|M\r")
    assert diagnosis.charset == charset
    assert diagnosis.words >= 9


@pytest.mark.parametrize("charset", BYTES)
def test_capitals_do_not_hide_a_charset(charset: str) -> None:
    table = bytes.maketrans(bytes(range(0x61, 0x7B)), bytes(range(0x41, 0x5B)))
    assert diagnose(BYTES[charset].translate(table)).charset == charset


def test_utf_8_with_a_damaged_byte_is_told() -> None:
    assert diagnose("Nguyễn Thị Ngọc Ánh".encode().replace(b"\x8d", b"?")) == Diagnosis("utf-8")


@pytest.mark.parametrize(
    "text", ["Jürgen Müller aus Gößweinstein", "Peña, José", "été à la clé né dès Noël", "25 °C", "®øc ®å größer", ""]
)
def test_other_languages_are_not_taken_for_vietnamese(text: str) -> None:
    assert diagnose(text.encode("latin-1")) == Diagnosis(None)


def test_a_word_that_fits_two_charsets_is_not_told() -> None:
    assert diagnose(b"h\xe5 n\xe5") == Diagnosis(None)


def test_two_words_that_fit_one_charset_are_told_and_one_is_not() -> None:
    assert diagnose(b"\xae\xf8c \xae\xe5") == Diagnosis("tcvn3", 2)
    assert diagnose(b"\xae\xf8c") == Diagnosis(None)


def test_vietnamese_that_was_encoded_twice_is_told() -> None:
    assert is_double_encoded("Nguyễn Thị".encode().decode("cp1252"))
    assert is_double_encoded("Trần Đình".encode().decode("cp1252", "ignore").replace("Ä", "Ä\x90"))


@pytest.mark.parametrize("text", ["Nguyễn Thị", "25Â°C", "Ã© la carte", "á» và Nguyễn", message("adt_a01").decode()])
def test_text_that_was_encoded_once_is_left_alone(text: str) -> None:
    assert not is_double_encoded(text)


@given(st.binary(max_size=200), st.text(max_size=60))
def test_any_bytes_and_text_are_diagnosed(payload: bytes, text: str) -> None:
    diagnose(payload)
    is_double_encoded("á»" + text)


@pytest.mark.parametrize("pattern", [b"A", b"\xf5", b"a\xe2", b"Aa\xad", b"\xe1\xbb"])
def test_a_diagnosis_of_a_large_payload_takes_no_longer_than_its_size(pattern: bytes) -> None:
    diagnose(pattern * 500_000)


def test_words_that_look_alike_in_two_charsets_are_told_by_their_letters() -> None:
    words = "lê văn thường trú đường số tám phường tân thuận".encode("tcvn3")
    assert diagnose(words).charset == "tcvn3"
    assert diagnose("lê văn thường trú đường số tám phường tân thuận".encode("viscii")).charset == "viscii"
