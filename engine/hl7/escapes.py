r"""Escape sequences in text (HL7 v2.9, 2.7): `\F\ \S\ \T\ \R\ \E\ \P\ \Xdd..\ \H\ \N\` and the layout of FT.

What is no sequence of the standard stays as it stands, its escape characters included: text such as `C:\temp` comes
from senders who do not escape. `\Cxxyy\` and `\Mxxyyzz\` change the character set; `\Z..\` (local) stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from engine.hl7.charset_escapes import SWITCH, read_switched
from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.fault import HL7Fault


class EscapeFaultCode(StrEnum):
    """Why text cannot be written."""

    NO_ESCAPE = "no_escape"


class EscapeFault(HL7Fault):
    """Text that holds a delimiter, under delimiters without an escape character."""


def unescape(text: str, delimiters: Delimiters = STANDARD, charset: str = "utf-8") -> str:
    r"""The text that the escaped text stands for.

    `\.br\`, `\.sp\` and `\.ce\` become line breaks, `\.sk n\` blanks; highlighting and other layout leave no trace.
    `\Xdd..\` is bytes in `charset`; bytes that it cannot decode stay escaped.
    """
    escape_character = delimiters.escape
    if not escape_character or escape_character not in text:
        return text
    unescaper = _unescaper(delimiters, charset)
    if f"{escape_character}C" in text or f"{escape_character}M" in text:
        return read_switched(text, _tokens(escape_character), charset, unescaper)
    return unescaper(text)


def escape(text: str, delimiters: Delimiters = STANDARD) -> str:
    r"""The text with delimiters, CR and LF escaped, so that `unescape` gives it back.

    Raises EscapeFault when the text needs an escape and the delimiters have no escape character.
    """
    escaped = text.translate(_escapes(delimiters))
    if escaped != text and not delimiters.escape:
        raise EscapeFault(
            EscapeFaultCode.NO_ESCAPE, "MSH-2", "the text holds a delimiter", "name an escape character in MSH-2"
        )
    return escaped


def _signs(delimiters: Delimiters) -> dict[str, str]:
    """The delimiters by the letter that stands for each in an escape sequence."""
    signs = {"F": delimiters.field, "S": delimiters.component, "T": delimiters.subcomponent}
    signs |= {"R": delimiters.repetition, "E": delimiters.escape, "P": delimiters.truncation}
    return {letter: sign for letter, sign in signs.items() if sign}


@lru_cache(maxsize=64)
def _escapes(delimiters: Delimiters) -> dict[int, str]:
    mark = delimiters.escape
    escapes = {ord(sign): f"{mark}{letter}{mark}" for letter, sign in _signs(delimiters).items()}
    return escapes | {0x0D: f"{mark}X0D{mark}", 0x0A: f"{mark}X0A{mark}"}


_SEQUENCE = (
    r"(?P<sign>[FSTREP])|X(?P<hex>(?:[0-9A-Fa-f]{2})+)|(?P<nothing>[HN]|\.(?:fi|nf|(?:in|ti) ?[+-]?[0-9]{0,3}))"
    r"|(?P<line>\.(?:br|ce))|\.(?P<skip>sp|sk) ?\+?(?P<count>[0-9]{0,2})"
)


@lru_cache(maxsize=64)
def _tokens(escape_character: str) -> re.Pattern[str]:
    mark = re.escape(escape_character)
    return re.compile(f"{mark}(?:{SWITCH}|{_SEQUENCE}){mark}")


@lru_cache(maxsize=64)
def _unescaper(delimiters: Delimiters, charset: str) -> Callable[[str], str]:
    mark = re.escape(delimiters.escape)
    pattern = re.compile(f"{mark}(?:{_SEQUENCE}){mark}")
    signs = _signs(delimiters)

    def replace(match: re.Match[str]) -> str:
        if sign := match["sign"]:
            return signs.get(sign, match[0])
        if digits := match["hex"]:
            return _decode(bytes.fromhex(digits), charset) or match[0]
        if skip := match["skip"]:
            return ("\n" if skip == "sp" else " ") * int(match["count"] or 1)
        return "\n" if match["line"] else ""

    return lambda text: pattern.sub(replace, text)


def _decode(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset)
    except (UnicodeError, LookupError):
        return ""
