"""The language's own types: text as a sender writes it, as FHIR's JSON (HL7 v2.9, 2A; FHIR R4, 2.24 Datatypes).

Each takes text that is not empty, and those of points in time the sender's zone; each gives a JSON value, or None for
what its type does not allow. What senders repeat (days, times, numbers) is remembered.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from uuid import UUID
from zoneinfo import ZoneInfo

from engine.hl7.timestamp import (
    Timestamp,
    TimestampFault,
    read_loosely,
    to_fhir_date,
    to_fhir_datetime,
    to_fhir_instant,
)
from engine.transforms import spans, vietnam

Value = str | int | float | bool


class ValueFault(Exception):
    """A value is not what its type allows: holds the HL7 path and the type, never the value."""

    def __init__(self, position: str, type_name: str) -> None:
        super().__init__(f"a value is no {type_name} ({position}) - correct it at the sender, or map it as text")
        self.position = position
        self.type_name = type_name


BuiltIn = Callable[..., Value | None]

_TIME = re.compile(r"([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.([0-9]{1,6}))?)?)?(?:[+-][0-9]{4})?\Z")
_DMY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})\Z")
_POINT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_COMMA = re.compile(r"[+-]?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|(?:0|[0-9]{4,}),[0-9]{3})\Z")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:\.[0-9]{3})+,[0-9]+)\Z")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}\Z")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+\Z")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_SPAN = re.compile(r"([SMHDWL])([1-9][0-9]{0,5})\Z")
_UNITS = {"S": "s", "M": "min", "H": "h", "D": "d", "W": "wk", "L": "mo"}
_BOOLEANS = {"Y": True, "N": False, "y": True, "n": False, "true": True, "false": False}
_MOST_DIGITS = 15
_LARGEST = 2**31 - 1


@lru_cache(maxsize=4096)
def date(text: str, zone: ZoneInfo) -> str | None:
    """A day, month or year: `19800102` is 1980-01-02, `19580000` 1958; a time of day is left out."""
    return _stamp(text, zone, to_fhir_date)


@lru_cache(maxsize=4096)
def date_time(text: str, zone: ZoneInfo) -> str | None:
    """A point in time as exact as it was sent; without an offset it is the sender's own time."""
    return _stamp(text, zone, to_fhir_datetime)


@lru_cache(maxsize=4096)
def instant(text: str, zone: ZoneInfo) -> str | None:
    """A point in time that is exact to the minute at least."""
    return _stamp(text, zone, to_fhir_instant)


def time(text: str) -> str | None:
    """A time of day, `1405` or `140530`; an offset is left out, since FHIR's time has none."""
    match = _TIME.match(text)
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59 or int(match[3] or 0) > 59:
        return None
    return f"{match[1]}:{match[2] or '00'}:{match[3] or '00'}" + (f".{match[4]}" if match[4] else "")


def day_month_year(text: str, zone: ZoneInfo) -> str | None:
    """A day written as 31/12/2025 (also with dots or hyphens), or as HL7 writes it."""
    match = _DMY.match(text)
    digits = f"{match[3]}{match[2]:0>2}{match[1]:0>2}" if match else text
    return _stamp(digits, zone, to_fhir_date)


@lru_cache(maxsize=8192)
def decimal(text: str) -> int | float | None:
    """A number; a decimal comma counts where it can be nothing else: `6,9` and `0,125`, but not `1,234`."""
    number = _plain_number(text.replace(" ", ""))
    if not number or sum(map(str.isdigit, number)) > _MOST_DIGITS:
        return None
    return float(number) if "." in number else int(number)


def integer(text: str) -> int | None:
    """A whole number of 32 bits."""
    number = int(text) if _WHOLE.match(text) else _LARGEST + 1
    return number if -_LARGEST - 1 <= number <= _LARGEST else None


def unsigned(text: str) -> int | None:
    """A whole number, 0 or more."""
    number = integer(text)
    return number if number is not None and number >= 0 else None


def positive(text: str) -> int | None:
    """A whole number, 1 or more."""
    number = integer(text)
    return number if number is not None and number > 0 else None


def duration(text: str) -> int | None:
    """The number of a length of time as TQ.3 has it: 10 of `D10` (HL7 v2.5, 4.3.3)."""
    match = _SPAN.match(text)
    return int(match[2]) if match else None


def duration_unit(text: str) -> str | None:
    """The unit of a length of time as TQ.3 has it, in UCUM: `d` of `D10`."""
    match = _SPAN.match(text)
    return _UNITS[match[1]] if match else None


def boolean(text: str) -> bool | None:
    """Y or N (table 0136)."""
    return _BOOLEANS.get(text)


def as_text(text: str) -> str:
    """The text itself."""
    return text


def code(text: str) -> str:
    """A code: single blanks only."""
    return " ".join(text.split()) if not text.isalnum() else text


def first_word(text: str) -> str | None:
    """The first word of a text."""
    return next(iter(text.split(None, 1)), None)


def other_words(text: str) -> str | None:
    """All but the first word of a text, single blanks between."""
    return " ".join(text.split()[1:]) or None


def narrative(text: str) -> str:
    """A text as the body of a narrative, which is XHTML (FHIR R4, 2.4.0 Narrative)."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'


def uri(text: str) -> str | None:
    """An address without blanks."""
    return text if text.isalnum() or len(text.split(None, 1)) == 1 else None


def oid(text: str) -> str | None:
    """An ISO object identifier as a URI."""
    return f"urn:oid:{text}" if _OID.match(text) else None


def uuid(text: str) -> str | None:
    """A UUID as a URI."""
    try:
        return f"urn:uuid:{UUID(text)}"
    except ValueError:
        return None


def base64(text: str) -> str | None:
    """Base64, without the line breaks that some senders put into it."""
    joined = "".join(text.split())
    return joined if _BASE64.match(joined) else None


def encoded(text: str) -> str:
    """A text as Base64 of its UTF-8."""
    return b64encode(text.encode()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Type:
    """One of the language's own types: what reads it, and the FHIR types whose elements it fills."""

    read: BuiltIn
    fits: frozenset[str]
    whole: bool = False
    """It takes all components of a field as they stand."""
    zoned: bool = False
    """It takes the sender's zone too."""
    remembers: bool = False
    """What was read once need not be read again."""


_TEXTS = frozenset({"string", "code", "id", "markdown", "uri", "url", "canonical", "xhtml"})
_ADDRESSES = frozenset({"uri", "url", "canonical", "oid", "uuid", "string"})

TYPES = {
    "date": Type(date, frozenset({"date", "dateTime"}), zoned=True, remembers=True),
    "dateTime": Type(date_time, frozenset({"dateTime"}), zoned=True, remembers=True),
    "instant": Type(instant, frozenset({"instant", "dateTime"}), zoned=True, remembers=True),
    "time": Type(time, frozenset({"time"})),
    "dmy": Type(day_month_year, frozenset({"date", "dateTime"}), zoned=True),
    "decimal": Type(decimal, frozenset({"decimal"}), remembers=True),
    "integer": Type(integer, frozenset({"integer", "decimal"})),
    "unsignedInt": Type(unsigned, frozenset({"unsignedInt", "integer", "decimal"})),
    "positiveInt": Type(positive, frozenset({"positiveInt", "unsignedInt", "integer", "decimal"})),
    "duration": Type(duration, frozenset({"decimal", "integer"})),
    "durationUnit": Type(duration_unit, frozenset({"code", "string"})),
    "later": Type(spans.later, frozenset({"dateTime"}), zoned=True),
    "earlier": Type(spans.earlier, frozenset({"dateTime"}), zoned=True),
    "minutes": Type(spans.minutes, frozenset({"unsignedInt", "integer", "decimal"})),
    "boolean": Type(boolean, frozenset({"boolean"})),
    "string": Type(as_text, _TEXTS),
    "text": Type(as_text, _TEXTS, whole=True),
    "code": Type(code, frozenset({"code", "string", "id"})),
    "firstWord": Type(first_word, frozenset({"string"})),
    "otherWords": Type(other_words, frozenset({"string"})),
    "xhtml": Type(narrative, frozenset({"xhtml"}), whole=True),
    "uri": Type(uri, _ADDRESSES),
    "oid": Type(oid, _ADDRESSES),
    "uuid": Type(uuid, _ADDRESSES),
    "base64": Type(base64, frozenset({"base64Binary"}), whole=True),
    "encoded": Type(encoded, frozenset({"base64Binary"}), whole=True),
    "cccd": Type(vietnam.citizen, frozenset({"string"})),
    "cmnd": Type(vietnam.old_card, frozenset({"string"})),
    "bhyt": Type(vietnam.insurance_card, frozenset({"string"})),
    "bhxh": Type(vietnam.social_insurance, frozenset({"string"})),
    "cchn": Type(vietnam.licence, frozenset({"string"})),
    "icd10": Type(vietnam.icd_10, frozenset({"code", "string"})),
}


def refuse(position: str, type_name: str) -> None:
    """Raise the fault of a value that its type does not allow."""
    raise ValueFault(position, type_name)


def compares(text: str, order: str, number: float) -> bool:
    """Whether the text is a number in this order to another."""
    plain = _plain_number(text)
    return bool(plain) and in_order(float(plain), order, number)


def in_order(number: float, order: str, other: float) -> bool:
    """Whether `number` stands in this order to `other`."""
    if number == other:
        return "=" in order
    return (number < other) == (order[0] == "<")


def _stamp(text: str, zone: ZoneInfo, spell: Callable[[Timestamp], str]) -> str | None:
    """The timestamp as FHIR spells it, None for what is none."""
    try:
        return spell(read_loosely(text, zone))
    except TimestampFault:
        return None


def _plain_number(text: str) -> str:
    if _POINT.match(text):
        return text
    if _COMMA.match(text):
        return text.replace(",", ".")
    if _GROUPED.match(text):
        comma_last = text.rfind(",") > text.rfind(".")
        return text.replace(".", "").replace(",", ".") if comma_last else text.replace(",", "")
    return ""
