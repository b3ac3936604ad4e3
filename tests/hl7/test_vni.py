from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.people import FAMILIES, GIVENS, MIDDLES, STREETS
from demo.places import COMMUNES
from engine.hl7.charset import CharsetFault, CharsetFaultCode, Decoded, decode
from tests.hl7.samples import SMALL

LETTERS = SMALL + SMALL.upper()
ASCII = bytes(range(0x80))

NAMES = (
    *FAMILIES,
    *(name for names in (*GIVENS.values(), *MIDDLES.values()) for name in names),
    *STREETS,
    *(commune.name for commune in COMMUNES),
)

SHOWN = """
ñ a aù aø aû aõ aï aê aé aè aú aü aë aâ aá aà aå aã aä e eù eø eû eõ eï eâ eá eà eå eã eä i í ì æ ó ò
o où oø oû oõ oï oâ oá oà oå oã oä ô ôù ôø ôû ôõ ôï u uù uø uû uõ uï ö öù öø öû öõ öï y yù yø yû yõ î
"""
"""The published table, in the order of SMALL."""

PHRASES = {
    "Nguyeãn Thò Ngoïc AÙnh": "Nguyễn Thị Ngọc Ánh",
    "ñöùc höôûng, ñöôøng hoà tuøng maäu": "đức hưởng, đường hồ tùng mậu",
    "COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Ñoäc laäp - Töï do - Haïnh phuùc": "Độc lập - Tự do - Hạnh phúc",
    "saün coù, Ñaø Naüng, chi phí, kyõ, lyù, bò, æ": "sẵn có, Đà Nẵng, chi phí, kỹ, lý, bị, ỉ",
    "chaúng haún; KÎ, tî": "chẳng hẳn; KỴ, tỵ",
}


def test_every_letter_is_read_and_written_as_the_published_table_has_it() -> None:
    published = [sequence.encode("latin-1") for sequence in (SHOWN + SHOWN.upper()).split()]
    assert [sequence.decode("vni") for sequence in published] == list(LETTERS)
    assert [letter.encode("vni") for letter in LETTERS] == published
    assert len({sequence for sequence in published if not sequence.isascii()}) == 134


@pytest.mark.parametrize(("shown", "text"), PHRASES.items())
def test_text_reads_as_documents_have_it(shown: str, text: str) -> None:
    assert shown.encode("latin-1").decode("vni") == text
    assert text.encode("vni") == shown.encode("latin-1")


@pytest.mark.parametrize("name", NAMES)
def test_names_go_there_and_back(name: str) -> None:
    for written in (name, name.upper(), name.lower()):
        assert written.encode("vni").decode("vni") == written


@given(st.text(alphabet=LETTERS + ASCII.decode()))
def test_any_text_in_vietnamese_goes_there_and_back(text: str) -> None:
    assert text.encode("vni").decode("vni") == text


sequences = st.sampled_from([letter.encode("vni") for letter in LETTERS] + [bytes((code,)) for code in range(0x100)])


@given(st.lists(sequences).map(b"".join))
def test_any_bytes_are_read_in_one_way_or_not_at_all(payload: bytes) -> None:
    try:
        text = payload.decode("vni")
    except UnicodeDecodeError:
        return
    assert unicodedata.is_normalized("NFC", text)
    assert text.encode("vni") == payload


def test_ascii_and_with_it_what_hl7_needs_stays() -> None:
    assert ASCII.decode("vni") == ASCII.decode()
    assert ASCII.decode().encode("vni") == ASCII


@pytest.mark.parametrize("code", [*range(0x80, 0xC0), 0xD0, 0xDD, 0xDF, 0xF0, 0xF7, 0xFF])
def test_a_byte_that_no_table_names_is_not_decoded(code: int) -> None:
    for before in (b"", b"a", b"\xf4"):
        with pytest.raises(UnicodeDecodeError) as caught:
            (before + bytes((code,)) + b"n").decode("vni")
        assert (caught.value.start, caught.value.end) == (len(before), len(before) + 1)


@pytest.mark.parametrize("shown", ["ø", "bø", "uâ", "aØ", "Aø", "aøø", "yï", "iù", "ñù", "ôâ"])
def test_a_mark_that_its_base_does_not_take_is_not_decoded(shown: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        shown.encode("latin-1").decode("vni")


@pytest.mark.parametrize("text", ["ø", "ñ", "25 °C", "10 µL", "a\u0301", "山", "\ufffe"])
def test_a_sign_that_vni_has_not_is_not_encoded(text: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        text.encode("vni")


def test_what_is_left_out_on_request_is_the_fault_alone() -> None:
    assert b"ta\x80m u\xe2n".decode("vni", "ignore") == "tam un"
    assert "tấm ø°".encode("vni", "replace") == b"ta\xe1m ??"
    assert b"ta\xe1m \x80".decode("vni", "surrogateescape").encode("vni", "surrogateescape") == b"ta\xe1m \x80"


def test_a_fault_names_no_text() -> None:
    with pytest.raises(
        UnicodeDecodeError, match=r"^'vni' codec can't decode byte 0xff in position 3: no letter of VNI$"
    ):
        b"An \xff".decode("vni")


def test_the_registry_s_word_makes_vni_readable() -> None:
    payload = "PID|1||BN01||Nguyễn^Thị^Ánh\r".encode("vni")
    assert decode(payload, b"8859/1", override="VNI-Windows") == Decoded("PID|1||BN01||Nguyễn^Thị^Ánh\r", "vni")
    with pytest.raises(CharsetFault) as caught:
        decode(payload + b"\x80", b"8859/1", override="VNI")
    assert caught.value.code is CharsetFaultCode.UNDECODABLE
