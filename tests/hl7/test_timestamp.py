from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.timestamp import (
    Precision,
    TimestampFault,
    TimestampFaultCode,
    format_timestamp,
    instant_utc_micros,
    read_loosely,
    read_timestamp,
    to_fhir_date,
    to_fhir_datetime,
    to_fhir_instant,
)

CITY = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("text", "precision", "date", "date_time"),
    [
        ("1958", Precision.YEAR, "1958", "1958"),
        ("195805", Precision.MONTH, "1958-05", "1958-05"),
        ("20251001", Precision.DAY, "2025-10-01", "2025-10-01"),
        ("2025100114", Precision.HOUR, "2025-10-01", "2025-10-01"),
        ("202510011402", Precision.MINUTE, "2025-10-01", "2025-10-01T14:02:00+07:00"),
        ("20251001140233", Precision.SECOND, "2025-10-01", "2025-10-01T14:02:33+07:00"),
        ("20251001140233.5", Precision.FRACTION, "2025-10-01", "2025-10-01T14:02:33.5+07:00"),
        ("20251001140233.1230-0530", Precision.FRACTION, "2025-10-01", "2025-10-01T14:02:33.1230-05:30"),
        ("20251001+0900", Precision.DAY, "2025-10-01", "2025-10-01"),
        ("20251001235959+0000", Precision.SECOND, "2025-10-01", "2025-10-01T23:59:59+00:00"),
        (" 20251001 ", Precision.DAY, "2025-10-01", "2025-10-01"),
        ("00010101000000+1400", Precision.SECOND, "0001-01-01", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_timestamp_keeps_the_precision_that_was_sent(
    text: str, precision: Precision, date: str, date_time: str
) -> None:
    timestamp = read_timestamp(text, CITY)
    assert (timestamp.precision, to_fhir_date(timestamp), to_fhir_datetime(timestamp)) == (precision, date, date_time)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("19580000", "1958"),
        ("195800000000", "1958"),
        ("19580000000000", "1958"),
        ("195800", "1958"),
        ("19580500", "1958-05"),
        ("195805000000", "1958-05"),
        ("19580000000000.000", "1958"),
    ],
)
def test_a_month_and_a_day_of_zeros_are_unknown(text: str, date: str) -> None:
    assert to_fhir_datetime(read_timestamp(text, CITY)) == date


@pytest.mark.parametrize("text", ["0000", "00000000", "20251301", "20250931", "2025100124", "20251001146", "19580010"])
def test_a_day_or_a_time_that_there_is_not_is_a_fault(text: str) -> None:
    with pytest.raises(TimestampFault):
        read_timestamp(text, CITY)


@pytest.mark.parametrize(
    "text", ["", "195", "01/01/2025", "2025-10-01", "20251001T14", "20251001+7", "２０２５", '""', "1958.5"]
)
def test_text_of_another_shape_is_a_fault(text: str) -> None:
    with pytest.raises(TimestampFault) as caught:
        read_timestamp(text, CITY)
    assert caught.value.code is TimestampFaultCode.NOT_A_TIMESTAMP


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("20251001140233", "2025-10-01T14:02:33+07:00"),
        ("2025-10", "2025-10"),
        (" 2025-10-01 ", "2025-10-01"),
        ("2025-10-01T14:02", "2025-10-01T14:02:00+07:00"),
        ("2025-10-01T14:02:33Z", "2025-10-01T14:02:33+00:00"),
        ("2025-10-01 14:02:33.250-05:30", "2025-10-01T14:02:33.250-05:30"),
        ("20251001 1402", "2025-10-01T14:02:00+07:00"),
        ("20251001T140233+0700", "2025-10-01T14:02:33+07:00"),
        ("2025100114023", "2025-10-01T14:02:00+07:00"),
        ("2025100114023-0500", "2025-10-01T14:02:00-05:00"),
        ("20251001140", "2025-10-01"),
        ("1958-00-00", "1958"),
    ],
)
def test_iso_8601_and_a_last_part_of_one_digit_are_read_loosely(text: str, date: str) -> None:
    assert to_fhir_datetime(read_loosely(text, CITY)) == date


@pytest.mark.parametrize(
    "text",
    [
        "63",
        "196203520",
        "2025-1-5",
        "2025-10T14:00",
        "2025-10-01T",
        "2025-10-01T14",
        "01/10/2025",
        "2025-13-01",
        "99999999",
        "2025100124023",
        "2025-10-01T14:02:33+07",
        "201904020721-0500201902281257-0500",
        "２０２５-10-01",
    ],
)
def test_what_may_be_another_time_is_a_fault_read_loosely_too(text: str) -> None:
    with pytest.raises(TimestampFault):
        read_loosely(text, CITY)


def test_an_offset_that_fhir_has_not_is_a_fault() -> None:
    with pytest.raises(TimestampFault):
        read_timestamp("20251001140233+1401", CITY)


def test_a_time_of_before_standard_time_has_an_offset_of_minutes() -> None:
    assert to_fhir_datetime(read_timestamp("19000101120000", CITY)) == "1900-01-01T12:00:00+07:06"


def test_an_instant_needs_minutes() -> None:
    assert to_fhir_instant(read_timestamp("202510011402", CITY)) == "2025-10-01T14:02:00+07:00"
    with pytest.raises(TimestampFault) as caught:
        to_fhir_instant(read_timestamp("2025100114", CITY))
    assert caught.value.code is TimestampFaultCode.TOO_COARSE


def test_instants_of_different_offsets_compare() -> None:
    here, there = (read_timestamp(text, CITY) for text in ("20251001140233.000001", "20251001080233+0100"))
    assert instant_utc_micros(here) - instant_utc_micros(there) == 1
    assert instant_utc_micros(read_timestamp("19700101000000+0000", CITY)) == 0


def test_our_own_timestamps_name_their_offset() -> None:
    assert format_timestamp(datetime(2025, 10, 1, 7, 35, 12, 999, CITY)) == b"20251001073512+0700"


offsets = st.integers(-13 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=offsets)  # noqa: DTZ001 - the bounds are to be naive


@given(moments)
def test_every_moment_reads_as_it_was_written(moment: datetime) -> None:
    year = f"{moment.year:04}"
    text = f"{year}{moment:%m%d%H%M%S.%f%z}"
    timestamp = read_timestamp(text, CITY)
    assert timestamp.moment == moment
    assert datetime.fromisoformat(to_fhir_instant(timestamp)) == moment
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert instant_utc_micros(timestamp) == since // timedelta(microseconds=1)


@given(st.text(max_size=20) | st.from_regex(r"[0-9]{0,16}(\.[0-9]{0,10})?([+-][0-9]{4})?", fullmatch=True))
def test_any_text_is_a_timestamp_or_a_fault(text: str) -> None:
    try:
        timestamp = read_timestamp(text, CITY)
    except TimestampFault:
        return
    assert to_fhir_datetime(timestamp).startswith(to_fhir_date(timestamp))
    assert text.strip().startswith(to_fhir_date(timestamp).replace("-", ""))
    instant_utc_micros(timestamp)
