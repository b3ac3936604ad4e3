"""What the tests of HL7 share: the sample messages, and strategies for delimiters and messages."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import strategies as st

from engine.hl7.delimiters import Delimiters

MESSAGES = sorted((Path(__file__).parents[1] / "messages").glob("*.hl7"))

MSH = b"MSH|^~\\&|HIS|79901|HUB|SYT79|20251001073512||ADT^A01^ADT_A01|A01-0001|P|2.5.1"

SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What may be a delimiter: visible ASCII that is no letter and no digit."""

TONES = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")

SMALL = "đ" + "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in TONES)
"""Vietnam's small letters, as far as ASCII has not all that is in them."""


def message(name: str) -> bytes:
    """A sample message's bytes."""
    return (Path(__file__).parents[1] / "messages" / f"{name}.hl7").read_bytes()


def msh(**fields: bytes) -> bytes:
    """An MSH segment with some fields changed, such as `msh(msh_10=b"")`."""
    parts = MSH.split(b"|")
    for name, value in fields.items():
        number = int(name.removeprefix("msh_")) - 1
        parts += [b""] * (number + 1 - len(parts))
        parts[number] = value
    return b"|".join(parts) + b"\r"


delimiters = st.builds(
    lambda signs, count: Delimiters(*signs[:count], *[""] * (6 - count)),
    st.permutations(SIGNS),
    st.integers(3, 6),
)
