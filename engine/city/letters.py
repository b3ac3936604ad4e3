"""Text as Vietnam's older systems write it: in TCVN3, VNI or windows-1258."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable, Mapping

from engine.city.vendors import Codec
from engine.hl7.vietnamese import find_codec

codecs.register(find_codec)

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_BASES = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
_LETTERS = tuple(unicodedata.normalize("NFC", base + tone) for base in _BASES for tone in sorted(_TONES))


def _apart(letter: str) -> str:
    """A letter as windows-1258 has it: the tone is a sign of its own behind it."""
    parts = unicodedata.normalize("NFD", letter)
    tones = "".join(sign for sign in parts if sign in _TONES)
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if sign not in _TONES)) + tones


def _small(letter: str) -> str:
    """TCVN3 has no capitals with tones: its fonts draw small letters as capitals."""
    return letter if letter.encode("tcvn3", "ignore") else letter.lower()


_APART = {ord(letter): _apart(letter) for letter in _LETTERS}
_SMALL = {ord(letter): _small(letter) for letter in (*_LETTERS, *"ĂÂÊÔƠƯĐ")}

ENCODERS: Mapping[Codec, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "tcvn3": lambda text: text.translate(_SMALL).encode("tcvn3"),
    "vni": lambda text: text.encode("vni"),
    "cp1258": lambda text: text.translate(_APART).encode("cp1258"),
}
"""The bytes of a text by charset."""
