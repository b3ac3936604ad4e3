"""Whether text is a value of a primitive datatype (HL7 v2.9, 2A), as a receiver may expect of any sender."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC

from engine.hl7.timestamp import TimestampFault, read_timestamp

Reads = Callable[[str], object]
"""Whether text is a value: what it gives is true or false."""

_NUMBER = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+) *")
_SEQUENCE = re.compile(r" *[0-9]+ *")
_DATE = re.compile(r" *[0-9]{4}(?:[0-9]{2}){0,2} *")
_TIME = re.compile(
    r" *(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9](?:\.[0-9]{1,9})?)?)?"
    r"(?:[+-](?:(?:0[0-9]|1[0-3])[0-5][0-9]|1400))? *"
)


def _is_timestamp(text: str) -> bool:
    try:
        read_timestamp(text, UTC)
    except TimestampFault:
        return False
    return True


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and _is_timestamp(text)


READERS: dict[str, Reads] = {
    "NM": _NUMBER.fullmatch,
    "SI": _SEQUENCE.fullmatch,
    "DT": _is_date,
    "TM": _TIME.fullmatch,
    "TS": _is_timestamp,
    "DTM": _is_timestamp,
}
"""By datatype; of TS, a composite before v2.6, the first component is the time. Any text is a value of all others."""
