from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.delimiters import STANDARD, Delimiters, HeaderFault, HeaderFaultCode, read_delimiters
from tests.hl7.samples import delimiters


def test_the_recommended_delimiters_are_read() -> None:
    assert read_delimiters(b"|^~\\&") == STANDARD


def test_the_truncation_character_is_the_fifth_of_msh_2() -> None:
    assert read_delimiters(b"|^~\\&#") == Delimiters(truncation="#")


def test_escape_and_subcomponent_may_be_left_out() -> None:
    assert read_delimiters(b"|^~") == Delimiters(escape="", subcomponent="")


def test_f19_delimiters_used_twice_are_refused() -> None:
    assert refusal(b"|||||") == (HeaderFaultCode.DELIMITER_REUSED, "MSH-2")
    assert refusal(b"|^~\\\\&") == (HeaderFaultCode.DELIMITER_REUSED, "MSH-2")


@pytest.mark.parametrize("byte", [b"\r", b"\x0b", b"\x1c", b"\x00", b"\n", b"A", b"7", b" ", b"\x7f", b"\xc3"])
def test_f19_a_delimiter_that_text_is_made_of_is_refused(byte: bytes) -> None:
    assert refusal(byte + b"^~\\&") == (HeaderFaultCode.DELIMITER_FORBIDDEN, "MSH-1")
    assert refusal(b"|^~\\" + byte) == (HeaderFaultCode.DELIMITER_FORBIDDEN, "MSH-2")


@pytest.mark.parametrize("encoded", [b"", b"|", b"|^", b"|^~\\&#!"])
def test_f19_msh_2_of_a_wrong_length_is_refused(encoded: bytes) -> None:
    assert refusal(encoded) == (HeaderFaultCode.MSH_2_LENGTH, "MSH-2")


@given(delimiters)
def test_any_visible_signs_may_be_delimiters(delimiters: Delimiters) -> None:
    assert read_delimiters(delimiters.encoded) == delimiters


@given(st.binary(max_size=8))
def test_any_bytes_are_delimiters_or_a_fault(encoded: bytes) -> None:
    try:
        assert read_delimiters(encoded).encoded == encoded
    except HeaderFault:
        return


def refusal(encoded: bytes) -> tuple[HeaderFaultCode, str]:
    with pytest.raises(HeaderFault) as caught:
        read_delimiters(encoded)
    return caught.value.code, caught.value.position
