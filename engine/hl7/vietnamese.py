"""Vietnam's charsets that Python has not: TCVN3 (TCVN 5712:1993 as fonts of the ABC family use it), VISCII and VNI.

TCVN3 has no capitals with accents: its fonts draw small letters as capitals. What a charset leaves open is not decoded.
VISCII has letters for 02, 05, 06, 14, 19 and 1E; what HL7 needs (CR, VT, FS, its delimiters) is the same in all three.
Sources: TCVN 5712:1993; RFC 1456; both tables agree with glibc's TCVN5712-1 and VISCII.
"""

from __future__ import annotations

import codecs

from engine.hl7.vni import VNI

UNDEFINED = "\ufffe"

_ASCII = "".join(map(chr, range(0x80)))
_TCVN3_RUNS = {
    0xA0: "\u00a0ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)


def _tcvn3() -> str:
    table = list(_ASCII + UNDEFINED * 0x80)
    for first, run in _TCVN3_RUNS.items():
        table[first : first + len(run)] = run
    return "".join(table)


def _viscii() -> str:
    return "".join(_VISCII_LOW.get(code, letter) for code, letter in enumerate(_ASCII)) + _VISCII_HIGH


def _codec(name: str, decoding: str) -> codecs.CodecInfo:
    encoding = codecs.charmap_build(decoding)
    return codecs.CodecInfo(
        lambda text, errors="strict": codecs.charmap_encode(text, errors, encoding),
        lambda content, errors="strict": codecs.charmap_decode(content, errors, decoding),
        name=name,
    )


_CODECS = {codec.name: codec for codec in (_codec("tcvn3", _tcvn3()), _codec("viscii", _viscii()), VNI)}


def find_codec(name: str) -> codecs.CodecInfo | None:
    """The codec of that name for `codecs.register`, None for any other; both ways, and strict as it is asked for."""
    return _CODECS.get(name)
