from __future__ import annotations

import codecs
import random
import subprocess
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.people import FAMILIES, GIVENS, MIDDLES, STREETS
from demo.places import COMMUNES
from engine.hl7.charset import CharsetFault, CharsetFaultCode, Decoded, codec_of, decode
from tests.hl7.samples import message

NAME = "Nguyễn Thị Ngọc Ánh, Trần Đức Hưởng"


def fault_of(
    payload: bytes, declared: bytes = b"", override: str | None = None, default: str | None = None
) -> CharsetFault:
    with pytest.raises(CharsetFault) as caught:
        decode(payload, declared, override, default)
    return caught.value


def windows_1258(text: str) -> bytes:
    """The text in windows-1258, where tones stand behind their vowels."""
    decomposed = (unicodedata.normalize("NFD", letter) for letter in text)
    return b"".join(
        unicodedata.normalize("NFC", letter.translate(dict.fromkeys(TONES))).encode("cp1258")
        + "".join(sign for sign in letter if sign in TONE_SIGNS).encode("cp1258")
        for letter in decomposed
    )


OPEN = b"\x81\x8d\x8f\x90\x9d"
"""What windows-1252 gives no sign to."""

TONE_SIGNS = "\u0300\u0301\u0303\u0309\u0323"
TONES = [ord(sign) for sign in TONE_SIGNS]


@pytest.mark.parametrize("declared", [b"", b"ASCII", b"8859/1", b"UNICODE UTF-8", b"klingon"])
def test_f10_ascii_is_ascii_whatever_is_declared(declared: bytes) -> None:
    assert decode(b"MSH|^~\\&", declared) == Decoded("MSH|^~\\&", "ascii")


@pytest.mark.parametrize("declared", [b"", b"ASCII", b"8859/1", b"UTF-8", b"klingon"])
def test_f10_valid_utf_8_wins_over_msh_18(declared: bytes) -> None:
    assert decode(NAME.encode(), declared) == Decoded(NAME, "utf-8")


def test_f10_the_facility_s_override_wins_over_valid_utf_8() -> None:
    assert decode("é".encode(), b"UNICODE UTF-8", "8859/1") == Decoded("Ã©", "iso-8859-1")


def test_f10_an_override_that_cannot_be_is_a_fault() -> None:
    assert fault_of(b"\xff", b"8859/1", "UTF-8", "8859/1").code is CharsetFaultCode.UNDECODABLE
    assert fault_of(b"\xff", override="klingon").code is CharsetFaultCode.UNKNOWN


def test_f10_msh_18_is_taken_where_the_bytes_are_no_utf_8() -> None:
    assert decode("Jürgen Müller".encode("latin-1"), b"8859/1") == Decoded("Jürgen Müller", "iso-8859-1")
    assert decode("山田太郎".encode("gb18030"), b"GB 18030-2000") == Decoded("山田太郎", "gb18030")


def test_f10_a_seven_bit_charset_of_msh_18_is_not_taken_for_ascii() -> None:
    assert decode("山田".encode("iso2022_jp"), b"ISO IR87") == Decoded("山田", "iso2022_jp_ext")


def test_f10_the_facility_s_default_follows_msh_18() -> None:
    payload = windows_1258(NAME)
    assert decode(payload, b"", default="windows-1258") == Decoded(NAME, "windows-1258")
    assert decode(payload, b"ASCII", default="windows-1258") == Decoded(NAME, "windows-1258")
    assert decode(payload, b"CNS 11643-1992", default="windows-1258") == Decoded(NAME, "windows-1258")


def test_f10_bytes_that_nothing_explains_are_a_fault_with_a_diagnosis() -> None:
    fault = fault_of(message("f10_windows_1258"))
    assert (fault.code, fault.likely) == (CharsetFaultCode.UNDECLARED, "windows-1258")
    assert str(fault) == (
        "bytes above 7F are no UTF-8 and no charset is declared (MSH-18) "
        "- likely windows-1258: set the facility's charset in the registry"
    )


def test_f10_a_declared_charset_that_is_not_known_is_a_fault() -> None:
    assert fault_of(b"\xff", b"klingon").code is CharsetFaultCode.UNKNOWN
    assert fault_of(b"\xff", b"UNICODE UTF-16").code is CharsetFaultCode.UNKNOWN


def test_f10_bytes_that_the_declared_charset_has_not_are_a_fault() -> None:
    fault = fault_of(b"\xff", b"UNICODE UTF-8")
    assert (fault.code, fault.likely) == (CharsetFaultCode.UNDECODABLE, None)


def test_f10_tcvn3_under_8859_1_is_a_fault_and_not_latin_1() -> None:
    payload = message("f10_tcvn3_as_8859_1")
    payload.decode("iso-8859-1")
    fault = fault_of(payload, b"8859/1")
    assert (fault.code, fault.likely) == (CharsetFaultCode.DISBELIEVED, "tcvn3")


def test_f10_tcvn3_under_8859_1_is_told_by_one_soft_hyphen() -> None:
    assert fault_of(b"PID|1||BN0011||Tr\xad\xacng", b"8859/1").code is CharsetFaultCode.DISBELIEVED


@pytest.mark.parametrize("declared", [b"", b"8859/1", b"UNICODE UTF-8"])
@pytest.mark.parametrize("charset", ["tcvn3", "vni", "viscii"])
def test_f10_vietnam_s_own_charsets_are_a_fault_that_names_them_until_the_registry_does(
    charset: str, declared: bytes
) -> None:
    payload = NAME.lower().encode(charset)
    assert fault_of(payload, declared).likely == charset
    assert decode(payload, declared, override=charset) == Decoded(NAME.lower(), charset)


def test_f10_control_characters_under_8859_1_are_windows_1252() -> None:
    fault = fault_of(b"the patient\x92s \x93own\x94 words", b"8859/1")
    assert (fault.code, fault.likely) == (CharsetFaultCode.DISBELIEVED, "windows-1252")


def test_f10_few_words_do_not_outweigh_what_the_sender_declares() -> None:
    assert decode("®øc ®å".encode("latin-1"), b"8859/1") == Decoded("®øc ®å", "iso-8859-1")
    assert fault_of("®øc ®å ®ç".encode("latin-1"), b"8859/1").likely == "tcvn3"


def test_f10_windows_1258_that_is_declared_is_believed() -> None:
    assert decode(windows_1258(NAME), b"WINDOWS-1258") == Decoded(NAME, "windows-1258")


@pytest.mark.parametrize(
    "text", ["Jürgen größer", "été à la clé", "Peña, José", "25 °C, 10 µL", "Kranken\xadhaus", "må"]
)
def test_f10_latin_1_that_is_latin_1_is_believed(text: str) -> None:
    assert decode(text.encode("latin-1"), b"8859/1") == Decoded(text, "iso-8859-1")


def test_f10_a_disbelieved_charset_gives_way_to_the_default() -> None:
    assert decode(windows_1258(NAME), b"8859/1", default="CP1258") == Decoded(NAME, "windows-1258")


def test_f10_text_encoded_twice_is_a_fault() -> None:
    misread = "".join(chr(byte) if byte in OPEN else bytes((byte,)).decode("cp1252") for byte in NAME.encode())
    assert fault_of(misread.encode(), b"UNICODE UTF-8").code is CharsetFaultCode.DOUBLE_ENCODED


def test_f10_text_is_in_nfc() -> None:
    assert decode(unicodedata.normalize("NFD", NAME).encode()) == Decoded(NAME, "utf-8")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("8859/1", "iso-8859-1"),
        ("8859/15", "iso-8859-15"),
        ("ISO-8859-1", "iso-8859-1"),
        ("iso8859_2", "iso-8859-2"),
        ("ASCII", "ascii"),
        ("ISO IR6", "ascii"),
        ("UNICODE UTF-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("UNICODE", "utf-8"),
        ("WINDOWS-1252", "windows-1252"),
        ("cp1258", "windows-1258"),
        ("BIG-5", "big5"),
        ("KS X 1001", "euc_kr"),
        ("GB 18030-2000", "gb18030"),
        ("TCVN3", "tcvn3"),
        ("ABC", "tcvn3"),
        ("tcvn-5712", "tcvn3"),
        ("VNI", "vni"),
        ("VNI-Windows", "vni"),
        ("VISCII", "viscii"),
        ("csVISCII", "viscii"),
        ("UNICODE UTF-16", None),
        ("UNICODE UTF-32", None),
        ("CNS 11643-1992", None),
        ("rot13", None),
        ("", None),
    ],
)
def test_names_of_table_0211_and_of_senders_have_their_codec(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize("name", [*(f"8859/{part}" for part in range(17)), *(f"windows-125{n}" for n in range(10))])
def test_a_codec_that_a_name_has_is_there(name: str) -> None:
    codec = codec_of(name)
    assert codec is None or codecs.lookup(codec)


def test_text_of_a_decoded_message_is_not_shown() -> None:
    assert repr(decode(b"Nguyen Van A")) == "Decoded(12 characters, ascii)"


names = st.sampled_from(("", "8859/1", "UTF-8", "windows-1258", "BIG-5", "ISO IR87", "klingon", "\xff")) | st.text()


@given(st.binary(max_size=50), names, st.none() | names, st.none() | names)
def test_any_bytes_are_text_in_nfc_or_a_fault(
    payload: bytes, declared: str, override: str | None, default: str | None
) -> None:
    try:
        text, charset = decode(payload, declared.encode(), override, default)
    except CharsetFault:
        return
    assert codec_of(charset) == charset
    assert unicodedata.is_normalized("NFC", text)


@given(st.text(min_size=1))
def test_any_utf_8_is_decoded_without_loss(text: str) -> None:
    assert decode(text.encode("utf-8", "ignore"), b"").text == unicodedata.normalize("NFC", text)


ENCODED: dict[str, Callable[[str], bytes]] = {
    "windows-1258": windows_1258,
    "tcvn3": lambda text: text.lower().encode("tcvn3"),
    "vni": lambda text: text.encode("vni"),
    "viscii": lambda text: text.encode("viscii"),
}
DECLARED = (b"", b"ASCII", b"8859/1", b"8859/15", b"WINDOWS-1252", b"UNICODE UTF-8", b"GB 18030-2000", b"BIG-5")


def visits(count: int) -> list[str]:
    """What messages say of patients of the demo's city: a name of three parts and an address."""
    dice = random.Random(9)
    return [
        f"PID|1||BN{number}||{dice.choice(FAMILIES)}^{dice.choice(MIDDLES[sex])} {dice.choice(GIVENS[sex])}||19800102|F"
        f"|||{dice.choice(STREETS)}, {dice.choice(COMMUNES).name}^^Thành phố Hồ Chí Minh\r"
        for number in range(count)
        for sex in GIVENS
    ]


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("charset", ENCODED)
def test_f10_a_patient_s_name_and_address_in_a_charset_of_vietnam_are_never_read_as_another(
    charset: str, declared: bytes
) -> None:
    texts = visits(40)
    likely = [fault_of(ENCODED[charset](text), declared).likely for text in texts]
    assert likely.count(charset) >= 0.97 * len(texts)
    assert set(likely) <= {charset, None}
    for text in texts:
        expected = text.lower() if charset == "tcvn3" else text
        for override, default in ((charset, None), (None, charset)):
            assert decode(ENCODED[charset](text), declared, override, default) == Decoded(expected, charset)


@pytest.mark.parametrize("declared", DECLARED)
def test_f10_vietnamese_in_utf_8_is_read_whatever_is_declared(declared: bytes) -> None:
    for text in visits(20):
        for form in ("NFC", "NFD"):
            assert decode(unicodedata.normalize(form, text).encode(), declared) == Decoded(text, "utf-8")
        misread = "".join(chr(byte) if byte in OPEN else bytes((byte,)).decode("cp1252") for byte in text.encode())
        assert fault_of(misread.encode(), declared).code is CharsetFaultCode.DOUBLE_ENCODED


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        (b"GB 18030-2000", "gb18030", "患者姓名王小明，血型A型，CT检查正常，HbA1c 7.2%，诊断：2型糖尿病"),
        (b"BIG-5", "big5", "陳大文，台北市中正區重慶南路，陰性 陽性 正常"),
        (b"KS X 1001", "euc_kr", "김철수 서울특별시 강남구 고혈압 당뇨병 정상"),
        (b"Shift-JIS", "cp932", "山田太郎 東京都千代田区 高血圧 糖尿病"),
    ],
)
def test_f10_charsets_of_two_bytes_a_sign_are_believed_where_they_are_right(
    declared: bytes, codec: str, text: str
) -> None:
    assert decode(text.encode(codec), declared) == Decoded(text, codec)


def test_windows_1258_is_glibc_s_byte_by_byte() -> None:
    signs = (bytes((code,)).decode("cp1258", "replace") for code in range(0x100))
    assert [sign for sign in signs if sign != "\ufffd"] == [sign for sign in _glibc("CP1258") if sign]


def _glibc(charset: str) -> list[str]:
    """The sign of each byte, "" where there is none."""
    run = ["iconv", "-f", charset, "-t", "UTF-8"]
    done = [subprocess.run(run, input=bytes((code,)), capture_output=True, check=False) for code in range(0x100)]
    return [one.stdout.decode() if one.returncode == 0 else "" for one in done]
