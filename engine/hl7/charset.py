"""Charsets: from MSH-18 (table 0211) and the registry of facilities to text, without a guess and without a loss.

The order: the facility's override; valid multibyte UTF-8; MSH-18, strictly; the facility's default; else a fault with a
diagnosis. Nothing is ever replaced. A facility that sends TCVN3, VNI or VISCII needs its override: table 0211 has no
name for them, and a short message cannot be told from the charset that it falsely declares.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from engine.hl7.diagnosis import diagnose, is_double_encoded
from engine.hl7.fault import HL7Fault
from engine.hl7.vietnamese import find_codec

codecs.register(find_codec)

_NAMES = {
    **dict.fromkeys(("ASCII", "USASCII", "ISOIR6", "ISO646", "7BIT"), "ascii"),
    **dict.fromkeys(("UNICODEUTF8", "UTF8", "UNICODE", "UNICODE8", "CP65001", "65001"), "utf-8"),
    **{f"8859{part}": f"iso-8859-{part}" for part in (*range(1, 12), *range(13, 17))},
    **dict.fromkeys(("LATIN1", "ISOIR100", "L1"), "iso-8859-1"),
    **{f"125{part}": f"windows-125{part}" for part in range(9)},
    **dict.fromkeys(("ISOIR14", "ISOIR87", "ISOIR159", "ISO2022JP", "ISO2022JPEXT"), "iso2022_jp_ext"),
    **dict.fromkeys(("GB180302000", "GB18030", "GBK", "GB2312"), "gb18030"),
    **dict.fromkeys(("KSX1001", "EUCKR", "KSC5601"), "euc_kr"),
    **dict.fromkeys(("BIG5", "CP950"), "big5"),
    **dict.fromkeys(("SHIFTJIS", "SJIS", "CP932", "MS932"), "cp932"),
    **dict.fromkeys(("TCVN3", "ABC", "TCVN57121", "TCVN5712", "TCVN"), "tcvn3"),
    **dict.fromkeys(("VNI", "VNIWINDOWS", "VNIWIN"), "vni"),
    **dict.fromkeys(("VISCII", "CSVISCII"), "viscii"),
}
_PREFIXES = re.compile("^(?:ISO(?=8859)|ISOIEC(?=8859)|(?:WINDOWS|WIN|CP|MS|MSWIN|XCP)(?=125))")

_OTHERS_BYTES = re.compile("[\x80-\x9f]|\u00ad[^\x00-\x7f]")
"""In text of an ISO 8859 charset: control characters nobody sends, and TCVN3's ươ, where ư is the soft hyphen."""

_TELLING = frozenset({"ascii", "utf-8", "iso2022_jp_ext", "windows-1258", "tcvn3", "vni", "viscii"})
"""Codecs that nobody names by mistake, or that other bytes hardly pass."""

_MANY_WORDS = 3


class CharsetFaultCode(StrEnum):
    """Why the bytes are not decoded."""

    UNDECLARED = "charset_undeclared"
    UNKNOWN = "charset_unknown"
    UNDECODABLE = "charset_undecodable"
    DISBELIEVED = "charset_disbelieved"
    DOUBLE_ENCODED = "charset_double_encoded"


_WORDS = {
    CharsetFaultCode.UNDECLARED: "bytes above 7F are no UTF-8 and no charset is declared",
    CharsetFaultCode.UNKNOWN: "the declared charset is not known",
    CharsetFaultCode.UNDECODABLE: "the bytes are not in the charset they should be in",
    CharsetFaultCode.DISBELIEVED: "the bytes can hardly be in the declared charset",
    CharsetFaultCode.DOUBLE_ENCODED: "the text was encoded as UTF-8 twice",
}


class CharsetFault(HL7Fault):
    """Bytes whose charset is not settled: a dead letter. `likely` is the charset they look like, None if untold."""

    def __init__(self, code: CharsetFaultCode, likely: str | None = None) -> None:
        hint = f"likely {likely}: " if likely else ""
        super().__init__(code, "MSH-18", _WORDS[code], f"{hint}set the facility's charset in the registry")
        self.likely = likely


class Decoded(NamedTuple):
    """A message's text in NFC, and the charset it was decoded from."""

    text: str
    charset: str

    def __repr__(self) -> str:
        return f"Decoded({len(self.text)} characters, {self.charset})"


@lru_cache(maxsize=256)
def codec_of(name: str) -> str | None:
    """The codec for a charset's name, of table 0211 or as senders and people write it; None for no known one.

    UTF-16 and UTF-32 have none: HL7 v2 shall not be sent in them (F9).
    """
    key = _PREFIXES.sub("", re.sub("[^A-Z0-9]", "", name.upper()))
    return _NAMES.get(key)


def decode(payload: bytes, declared: bytes = b"", override: str | None = None, default: str | None = None) -> Decoded:
    """The message's text (F10).

    `declared` is the first repetition of MSH-18, `override` and `default` are the facility's. Raises CharsetFault.
    """
    if override is not None:
        return _decode_as(payload, override)
    if payload.isascii() and payload.find(b"\x1b") < 0:  # ESC begins the 7-bit charsets of table 0211
        return Decoded(payload.decode("ascii"), "ascii")
    text = _try(payload, "utf-8")
    if text is not None and not text.isascii():
        if is_double_encoded(text):
            raise CharsetFault(CharsetFaultCode.DOUBLE_ENCODED, "utf-8 read as windows-1252")
        return Decoded(_compose(text), "utf-8")
    return _decode_declared(payload, declared.decode("latin-1"), default)


def _decode_declared(payload: bytes, declared: str, default: str | None) -> Decoded:
    codec = codec_of(declared or "ASCII")
    text = _try(payload, codec) if codec else None
    if codec and text is not None and _is_believable(payload, text, codec):
        return Decoded(_compose(text), codec)
    if default is not None:
        return _decode_as(payload, default)
    raise CharsetFault(_code(declared, codec, text), _likely(payload))


def _code(declared: str, codec: str | None, text: str | None) -> CharsetFaultCode:
    if not declared:
        return CharsetFaultCode.UNDECLARED
    if codec is None:
        return CharsetFaultCode.UNKNOWN
    return CharsetFaultCode.UNDECODABLE if text is None else CharsetFaultCode.DISBELIEVED


def _decode_as(payload: bytes, charset: str) -> Decoded:
    """Decode as the registry says, without second thoughts."""
    codec = codec_of(charset)
    if codec is None:
        raise CharsetFault(CharsetFaultCode.UNKNOWN, _likely(payload))
    text = _try(payload, codec)
    if text is None:
        raise CharsetFault(CharsetFaultCode.UNDECODABLE, _likely(payload))
    return Decoded(_compose(text), codec)


def _try(payload: bytes, codec: str) -> str | None:
    try:
        return payload.decode(codec)
    except UnicodeError:
        return None


def _is_believable(payload: bytes, text: str, codec: str) -> bool:
    """Whether a sender's word for a charset that decodes nearly anything can be taken."""
    if codec in _TELLING:
        return True
    if codec.startswith(("iso-8859", "windows")) and _OTHERS_BYTES.search(text):
        return False
    diagnosis = diagnose(payload)
    return diagnosis.charset is None or diagnosis.words < _MANY_WORDS


def _likely(payload: bytes) -> str | None:
    if likely := diagnose(payload).charset:
        return likely
    return "windows-1252" if re.search(rb"[\x80\x85\x91-\x97]", payload) and _try(payload, "cp1252") else None


def _compose(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
