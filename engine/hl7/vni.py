"""VNI-Windows: Vietnamese as the fonts of the VNI family have it, a letter being one byte, or a base and a mark.

The base is a letter of ASCII, ơ or ư; the mark is its tone, its circumflex or breve, or both in one, and is a capital
where the base is one. Marks and letters are different bytes, so text is read in one way only. What the table leaves
open is not decoded: among it 80 to BF, where fonts have signs that no table names.
Sources, which agree: the converters' tables, such as that of xvnkb; that of viparse 0.1.31, made from documents, in
which only ẳ and ỵ were not seen.
"""

from __future__ import annotations

import codecs
import re

_ROWS = (  # the base, its marks (bytes as Latin-1 shows them), the letters
    ("a", "ùøûõï", "áàảãạ"),
    ("a", "âáàåãä", "âấầẩẫậ"),
    ("a", "êéèúüë", "ăắằẳẵặ"),
    ("e", "ùøûõï", "éèẻẽẹ"),
    ("e", "âáàåãä", "êếềểễệ"),
    ("o", "ùøûõï", "óòỏõọ"),
    ("o", "âáàåãä", "ôốồổỗộ"),
    ("ô", "ùøûõï", "ớờởỡợ"),
    ("u", "ùøûõï", "úùủũụ"),
    ("ö", "ùøûõï", "ứừửữự"),
    ("y", "ùøûõ", "ýỳỷỹ"),
    ("", "ñôöíìæóòî", "đơưíìỉĩịỵ"),
)
_SMALL = {base + mark: letter for base, marks, letters in _ROWS for mark, letter in zip(marks, letters, strict=True)}
_LETTERS = _SMALL | {sequence.upper(): letter.upper() for sequence, letter in _SMALL.items()}
_SEQUENCES = {letter: sequence for sequence, letter in _LETTERS.items()}

_PAIRS = "|".join(f"{base}[{marks}]" for base, marks, _ in _ROWS if base)
_SEQUENCE = re.compile(f"{_PAIRS}|{_PAIRS.upper()}|[\x80-\xff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    def sequence(match: re.Match[str]) -> str:
        known = _SEQUENCES.get(match[0])
        return known or _instead(UnicodeEncodeError("vni", text, *match.span(), "no letter of VNI"), errors)

    return _BEYOND_ASCII.sub(sequence, text).encode("latin-1"), len(text)


def _decode(payload: bytes, errors: str) -> tuple[str, int]:
    def letter(match: re.Match[str]) -> str:
        known = _LETTERS.get(match[0])
        return known or _instead(UnicodeDecodeError("vni", payload, *match.span(), "no letter of VNI"), errors)

    return _SEQUENCE.sub(letter, payload.decode("latin-1")), len(payload)


def _instead(error: UnicodeError, errors: str) -> str:
    """What stands in for a fault as `errors` asks; strict raises it."""
    text, _ = codecs.lookup_error(errors)(error)
    return text if isinstance(text, str) else text.decode("latin-1")


VNI = codecs.CodecInfo(_encode, lambda content, errors="strict": _decode(bytes(content), errors), name="vni")
"""The codec: letters in NFC, there and back."""
