"""TCVN3 (ABC): the one-byte charset of Vietnam's older systems, small letters of TCVN 5712:1993 only.

Its fonts draw capitals with accents as small letters of another face, so there are none: they are written small.
Source of the table: TCVN 5712:1993, form 1, as glibc's charset TCVN5712-1 has it.
"""

from __future__ import annotations

_LETTERS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_BYTES = {letter: first + place for first, run in _LETTERS.items() for place, letter in enumerate(run)}


def encode_tcvn3(text: str) -> bytes:
    """The text in TCVN3; raises KeyError for a character that neither it nor ASCII has."""
    return bytes(ord(letter) if letter.isascii() else _code(letter) for letter in text)


def _code(letter: str) -> int:
    return _BYTES.get(letter) or _BYTES[letter.lower()]
