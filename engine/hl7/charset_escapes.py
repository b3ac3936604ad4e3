r"""Escapes that change the character set inside a field (HL7 v2.9, 2.7.2): `\Cxxyy\` and `\Mxxyyzz\`.

The digits are those of an ISO 2022 escape sequence behind its ESC; what follows is in that set, up to the next one or
the end of the field. A set that is not known, and text that is none in it, stay as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

SETS: Mapping[str, str] = {
    "2D41": "iso8859_1",
    "2D42": "iso8859_2",
    "2D43": "iso8859_3",
    "2D44": "iso8859_4",
    "2D4C": "iso8859_5",
    "2D47": "iso8859_6",
    "2D46": "iso8859_7",
    "2D48": "iso8859_8",
    "2D4D": "iso8859_9",
    "2D54": "tis_620",
    "2949": "shift_jis",
}
"""Sets of one byte for the upper half (G1), by the end of their sequence."""

PLAIN = frozenset({"2842", "284A"})
"""ASCII, and the Roman set of JIS X 0201: what a field is in from the start."""

WIDE: Mapping[str, str] = {"2442": "iso2022_jp", "242844": "iso2022_jp_1", "242943": "euc_kr"}
"""Sets of more than one byte."""

RIGHT = frozenset({"242943"})
"""Those of them that stand in the upper half, and so need no sequence before them."""


SWITCH = r"(?P<switch>[CM](?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{4}))"


def read_switched(text: str, tokens: re.Pattern[str], charset: str, unescape: Callable[[str], str]) -> str:
    """The text with each part read in its set; parts in the set of the message go through `unescape`.

    `tokens` finds every escape sequence, so that an escaped escape character begins none; its group `switch` is SWITCH.
    """
    switches = [match for match in tokens.finditer(text) if match["switch"]]
    if not switches:
        return unescape(text)
    ends = [match.start() for match in switches[1:]] + [len(text)]
    parts = (
        _read(match, text[match.end() : end], charset, unescape) for match, end in zip(switches, ends, strict=True)
    )
    return unescape(text[: switches[0].start()]) + "".join(parts)


def _read(match: re.Match[str], part: str, charset: str, unescape: Callable[[str], str]) -> str:
    digits = match["switch"][1:].upper()
    if digits in PLAIN or (digits in SETS and charset == "utf-8"):  # there every sign is itself already
        return unescape(part)
    try:
        if digits in SETS:
            return unescape(part.encode(charset).decode(SETS[digits]))
        if digits in WIDE:
            start = b"" if digits in RIGHT else b"\x1b" + bytes.fromhex(digits)
            return (start + part.encode(charset)).decode(WIDE[digits])
    except (UnicodeError, LookupError):
        pass
    return match[0] + unescape(part)
