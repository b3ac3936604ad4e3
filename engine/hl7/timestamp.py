"""Timestamps: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ] (HL7 v2.9, 2A.22 DTM) with the precision that was sent.

Vietnamese senders write an unknown month and day as zeros (`19580000`, `195800000000`): that is a year, no more.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from enum import IntEnum, StrEnum
from typing import NamedTuple

from engine.hl7.fault import HL7Fault


class Precision(IntEnum):
    """The last part of a timestamp that was sent."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    FRACTION = 7


class TimestampFaultCode(StrEnum):
    """Why text is no timestamp."""

    NOT_A_TIMESTAMP = "not_a_timestamp"
    NO_SUCH_TIME = "no_such_time"
    TOO_COARSE = "too_coarse"


_WORDS = {
    TimestampFaultCode.NOT_A_TIMESTAMP: ("the value is no HL7 timestamp", "send YYYYMMDDHHMMSS+ZZZZ or less of it"),
    TimestampFaultCode.NO_SUCH_TIME: ("there is no such day or time", "send a day of the calendar and a time of day"),
    TimestampFaultCode.TOO_COARSE: ("an instant needs a day and a time", "send hours and minutes too"),
}


class TimestampFault(HL7Fault):
    """A value that is no timestamp; the value itself is not told."""

    def __init__(self, code: TimestampFaultCode) -> None:
        super().__init__(code, "timestamp", *_WORDS[code])


class Timestamp(NamedTuple):
    """A time as precise as it was sent.

    `moment` has the sender's offset, or that of its zone where it sent none; parts finer than `precision` are the
    first there are. `fraction` is the point and the digits after it as sent.
    """

    moment: datetime
    precision: Precision
    fraction: str = ""

    def __repr__(self) -> str:
        return f"Timestamp({self.precision.name})"


_SHAPE = re.compile(
    r"([0-9]{4}(?:[0-9]{2}){0,5})((?<=[0-9]{14})\.[0-9]{1,9})?([+-](?:(?:0[0-9]|1[0-3])[0-5][0-9]|1400))?"
)
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})|(?:([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{8}))"
    r"(?:[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_ODD = re.compile(r"([0-9]{10}(?:[0-9]{2})?)[0-9]([+-][0-9]{4})?")
_PRECISION = {4: Precision.YEAR, 6: Precision.MONTH, 8: Precision.DAY, 10: Precision.HOUR, 12: Precision.MINUTE}
_FIRST_DAY = "0101"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_timestamp(text: str, zone: tzinfo) -> Timestamp:
    """The timestamp that the text spells, in the sender's zone where it names no offset; raises TimestampFault."""
    match = _SHAPE.fullmatch(text.strip(" "))
    if match is None:
        raise TimestampFault(TimestampFaultCode.NOT_A_TIMESTAMP)
    digits, fraction, offset = match.groups("")
    if digits[4:6] == "00" or digits[6:8] == "00":
        digits, fraction = _drop_unknown(digits), ""
    moment = _build(digits, fraction + offset)
    if moment is None:
        raise TimestampFault(TimestampFaultCode.NO_SUCH_TIME)
    precision = Precision.FRACTION if fraction else _PRECISION.get(len(digits), Precision.SECOND)
    return Timestamp(moment if offset else moment.replace(tzinfo=zone), precision, fraction)


def read_loosely(text: str, zone: tzinfo) -> Timestamp:
    """The timestamp that the text spells in HL7's way, or in one of those that cannot be taken for another.

    These are ISO 8601 (`2025-01-15T14:00:00+07:00`, `20250115 1430`), and a last digit of a time of day that lacks
    its other one (`2025011514301`), which is left out. Raises TimestampFault.
    """
    try:
        return read_timestamp(text, zone)
    except TimestampFault:
        match = _ISO.fullmatch(text.strip(" ")) or _ODD.fullmatch(text.strip(" "))
        if match is None:
            raise
    return read_timestamp("".join(match.groups("")).replace(":", "").replace("Z", "+0000"), zone)


def to_fhir_date(timestamp: Timestamp) -> str:
    """The FHIR date: the year, month or day as sent; a time of day is left off."""
    return timestamp.moment.date().isoformat()[: _DATE_LENGTH[min(timestamp.precision, Precision.DAY)]]


def to_fhir_datetime(timestamp: Timestamp) -> str:
    """The FHIR dateTime: a date, or a date with time and offset.

    FHIR lets seconds be filled with zeros and nothing else: an hour without minutes is left off.
    """
    if timestamp.precision <= Precision.HOUR:
        return to_fhir_date(timestamp)
    return _to_fhir_time(timestamp)


def to_fhir_instant(timestamp: Timestamp) -> str:
    """The FHIR instant, for a time of at least minutes; raises TimestampFault for less."""
    if timestamp.precision <= Precision.HOUR:
        raise TimestampFault(TimestampFaultCode.TOO_COARSE)
    return _to_fhir_time(timestamp)


def instant_utc_micros(timestamp: Timestamp) -> int:
    """Microseconds since 1970 in UTC, of the first moment there is: what versions are ordered by."""
    since = timestamp.moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def format_timestamp(moment: datetime) -> bytes:
    """An aware time as MSH-7 of our own messages: YYYYMMDDHHMMSS+ZZZZ."""
    return moment.strftime("%Y%m%d%H%M%S%z").encode("ascii")


_DATE_LENGTH = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}


def _drop_unknown(digits: str) -> str:
    """The digits before a month or day of zeros, when nothing but zeros follows."""
    known = digits[:4] if digits[4:6] == "00" else digits[:6]
    return digits if digits[len(known) :].strip("0") else known


def _build(digits: str, rest: str) -> datetime | None:
    day = digits[:8] + _FIRST_DAY[len(digits) - 4 :] if len(digits) < 8 else digits[:8]
    try:
        return datetime.fromisoformat(f"{day}T{digits[8:] or '00'}{rest}")
    except ValueError:
        return None


def _to_fhir_time(timestamp: Timestamp) -> str:
    text = timestamp.moment.isoformat(timespec="seconds")  # an offset of 1900 may have seconds, FHIR's has none
    return f"{text[:19]}{timestamp.fraction}{text[19:25]}"
