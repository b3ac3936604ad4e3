from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facilities.facility import Facility
from engine.hl7.conformance.found import MOST_ERRORS
from engine.hl7.delimiters import HeaderFault
from engine.hl7.errors import ReportedError
from engine.hl7.header import read_header
from engine.listeners.validation import Validation
from tests.hl7.samples import MESSAGES, message, msh

VALIDATION = Validation()
ANYWHERE = Facility("79901", "invented")
TCVN3 = Facility("79901", "invented", charset="tcvn3")


def check(payload: bytes, facility: Facility = ANYWHERE) -> tuple[ReportedError, ...]:
    return VALIDATION.check(payload, read_header(payload), facility)


def test_a_message_as_the_standard_has_it_has_no_error() -> None:
    assert check(message("adt_a01")) == ()


def test_what_is_missing_is_told() -> None:
    assert [str(error.where) for error in check(msh())] == ["EVN", "PID", "PV1"]


def test_bytes_that_cannot_be_decoded_are_not_judged() -> None:
    assert check(msh() + b"PID|1||\xd6\xd7\xe1\xfe\r") == ()


def test_the_charset_of_the_facility_is_heeded() -> None:
    payload = message("f10_tcvn3_as_8859_1")
    assert check(payload) == ()
    assert check(payload, TCVN3) != ()


def test_a_message_that_its_facilitys_charset_makes_unreadable_is_not_judged() -> None:
    latin = Facility("79901", "invented", charset="windows-1252")
    assert check(b"\xef\xbb\xbf" + msh(), latin) == ()


def test_line_ends_of_any_kind_end_a_segment() -> None:
    payload = message("adt_a01")
    assert check(payload.replace(b"\r", b"\r\n")) == check(payload.replace(b"\r", b"\n")) == ()


@given(st.binary(max_size=200), st.sampled_from([b"", b"PID|1||", b"OBX|1|NM|||", b"EVN|"]))
def test_any_bytes_behind_a_header_can_be_checked(rest: bytes, segment: bytes) -> None:
    assert len(check(msh() + segment + rest)) <= MOST_ERRORS


@given(st.sampled_from(MESSAGES), st.integers(0, 400), st.binary(max_size=4))
def test_a_message_with_any_bytes_put_over_it_can_be_checked(path: Path, at: int, over: bytes) -> None:
    payload = message(path.stem)
    broken = payload[:at] + over + payload[at + len(over) :]
    try:
        header = read_header(broken)
    except HeaderFault:
        return
    assert len(VALIDATION.check(broken, header, ANYWHERE)) <= MOST_ERRORS


@pytest.mark.parametrize("unit", [b"OBX|1\r", b"\n", b"x\r", b"OBX|1\r\n"])
def test_a_message_of_many_lines_costs_bounded_time(unit: bytes) -> None:
    payload = msh(msh_9=b"ORU^R01^ORU_R01") + unit * (4_000_000 // len(unit))
    start = time.process_time()
    check(payload)
    assert time.process_time() - start < 2
