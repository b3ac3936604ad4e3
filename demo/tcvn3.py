"""Text as Vietnam's older systems send it: TCVN3, whose fonts draw capitals with accents as small letters."""

from __future__ import annotations

import codecs

from engine.hl7.vietnamese import find_codec

codecs.register(find_codec)


def encode_tcvn3(text: str) -> bytes:
    """The text in TCVN3, capitals that it has not written small; raises UnicodeEncodeError for any other letter."""
    return "".join(letter if _fits(letter) else letter.lower() for letter in text).encode("tcvn3")


def _fits(letter: str) -> bool:
    return bool(letter.encode("tcvn3", "ignore"))
