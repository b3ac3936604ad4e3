"""Diagnosis: which charset bytes most likely are, when the declared one cannot be right.

It is a proposal for whoever keeps the registry of facilities, never a reason to decode: short texts fit more than one
charset. Vietnamese syllables are so regular that under the right charset nearly every word with a byte above 7F is
one, and under a wrong one few are.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import islice

from engine.hl7.syllables import is_syllable
from engine.hl7.vietnamese import find_codec

codecs.register(find_codec)

_MOSTLY = 0.8
_ENOUGH = 0.9
_AHEAD = 0.05
_FEWEST_WORDS, _MOST_WORDS = 2, 500
_MOST_LETTERS = 12
_MOST_BYTES = 1024 * 1024

_WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*+[\x80-\xff][A-Za-z\x80-\xff]*+")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_TWICE = re.compile("á[º»]").search
"""How U+1E80 to U+1EFF begin when their UTF-8 is read as windows-1252."""

_HIGH = bytes(range(0x80, 0x100))

# A word's skeleton: D is đ, W one of ăâêôơư, T a vowel with a tone. In charsets that write a letter as two bytes,
# 1 is a tone after its vowel, 2 a tone with the vowel's own mark, 3 the vowel's own mark; `?` is no letter there.
_TONE = re.compile(rb"[aeiouyW]1|[aeo]2")
_MARK = re.compile(rb"[aeo]3")
_SYLLABLE = re.compile(
    rb"(?!\w*T\w*T)(?!\w*[ae][WT])"
    rb"(?:ngh?|nh|gh?|gi|kh?|ph|th|tr?|ch?|qu|[bdDhlmnprsvx])?[aeiouyWT]{1,3}(?:ng|nh|ch|[cmnpt])?"
)


def _skeleton(**classes: str) -> bytes:
    """A translation of bytes to skeleton letters; `classes` names by letter the bytes that mean it, in hex."""
    table = bytearray(bytes(range(128)).lower() + b"?" * 128)
    for letter, codes in classes.items():
        for code in bytes.fromhex(codes):
            table[code] = ord(letter[-1])
    return bytes(table)


_SKELETONS = {
    "tcvn3": _skeleton(
        D="A7 AE",
        W="A1 A2 A3 A4 A5 A6 A8 A9 AA AB AC AD",
        T="B5 B6 B7 B8 B9 BB BC BD BE C6 C7 C8 C9 CA CB CC CE CF D0 D1 D2 D3 D4 D5 D6 D7 D8 DC DD DE DF E1 E2 E3 E4"
        "E5 E6 E7 E8 E9 EA EB EC ED EE EF F1 F2 F3 F4 F5 F6 F7 F8 F9 FA FB FC FD FE",
    ),
    "windows-1258": _skeleton(
        D="D0 F0",
        W="C2 C3 CA D4 D5 DD E2 E3 EA F4 F5 FD",
        T="C0 C1 C8 C9 CD D3 D9 DA E0 E1 E8 E9 ED F3 F9 FA",
        m1="CC D2 DE EC F2",
    ),
    "vni": _skeleton(
        D="D1 F1",
        W="D4 D6 F4 F6",
        T="C6 CC CD CE D2 D3 E6 EC ED EE F2 F3",
        m1="CF D5 D8 D9 DB EF F5 F8 F9 FB",
        m2="C0 C1 C3 C4 C5 C8 C9 CB DA DC E0 E1 E3 E4 E5 E8 E9 EB FA FC",
        m3="C2 CA E2 EA",
    ),
    "viscii": _skeleton(T=bytes(range(0x80, 0x100)).hex(), D="D0 F0", W="B4 BD BF C2 C5 CA D4 DF E2 E5 EA F4"),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The likely charset, None when it cannot be told, and how many different words speak for it."""

    charset: str | None
    words: int = 0


_UNTOLD = Diagnosis(None)


def diagnose(payload: bytes) -> Diagnosis:
    """What bytes that are no valid UTF-8 most likely are: damaged utf-8, tcvn3, windows-1258, vni or viscii.

    Of a large payload the first part is looked at.
    """
    payload = payload[:_MOST_BYTES]
    high = len(payload) - len(payload.translate(None, _HIGH))
    whole = len(payload) - len(_UTF8.sub(b"", payload))
    if high and whole >= _MOSTLY * high:
        return Diagnosis("utf-8")
    words = {match[0] for match in islice(_WORD.finditer(payload), _MOST_WORDS)}
    if len(words) < _FEWEST_WORDS:
        return _UNTOLD
    fits = {name: _count_fitting(words, table) for name, table in _SKELETONS.items()}
    if max(fits.values()) < _ENOUGH * len(words):
        return _UNTOLD
    close = [name for name, fitting in fits.items() if fitting > max(fits.values()) - _AHEAD * len(words)]
    return (
        _clearest(fits, words) or _clearest({name: _count_syllables(words, name) for name in close}, words) or _UNTOLD
    )


def _clearest(fits: dict[str, int], words: set[bytes]) -> Diagnosis | None:
    """The charset that nearly all words fit, if they fit it clearly better than the next one."""
    (best, name), (second, _) = sorted([*((fitting, name) for name, fitting in fits.items()), (0, "")], reverse=True)[
        :2
    ]
    clear = best >= _ENOUGH * len(words) and best - second >= _AHEAD * len(words)
    return Diagnosis(name, best) if clear else None


def is_double_encoded(text: str) -> bool:
    """Whether decoded text is Vietnamese in UTF-8 that somebody read as windows-1252 and encoded again, all of it.

    A stray `Â°` of old records is left alone: undoing it yields no Vietnamese.
    """
    if not _TWICE(text):
        return False
    try:
        b"".join(_to_windows_1252(sign) for sign in text).decode("utf-8")
    except UnicodeError:
        return False
    return True


def _to_windows_1252(sign: str) -> bytes:
    """The byte of a sign; windows-1252 leaves five codes open, which readers pass through as they are."""
    return sign.encode("latin-1") if sign in "\x81\x8d\x8f\x90\x9d" else sign.encode("windows-1252")


def _count_fitting(words: set[bytes], table: bytes) -> int:
    return sum(1 for word in words if len(word) <= _MOST_LETTERS and _fits(word.translate(table)))


def _count_syllables(words: set[bytes], charset: str) -> int:
    """How many words are a syllable of Vietnamese, letter by letter: it parts charsets whose skeletons look alike."""
    return sum(1 for word in words if len(word) <= _MOST_LETTERS and _is_syllable(word, charset))


def _is_syllable(word: bytes, charset: str) -> bool:
    try:
        return is_syllable(word.decode(charset))
    except UnicodeError:
        return False


def _fits(skeleton: bytes) -> bool:
    return _SYLLABLE.fullmatch(_MARK.sub(b"W", _TONE.sub(b"T", skeleton))) is not None
