from __future__ import annotations

import pytest

from engine.bus.record import Record
from engine.canonical.raw import Raw, decode, encode

ACCEPTED = Raw("0f" * 16, b"MSH|\xff", "79014", "5f" * 16, "ab" * 32, "ADT^A01", 1_763_880_000_000_000, "mllp")


def test_raw_message_is_read_as_it_was_written() -> None:
    assert decode(encode(ACCEPTED)) == ACCEPTED


def test_raw_record_holds_the_bytes_as_they_came() -> None:
    assert encode(ACCEPTED).value == b"MSH|\xff"


def test_raw_record_without_its_receipt_time_is_refused() -> None:
    with pytest.raises(ValueError):
        decode(Record("hl7.raw", b"", b"MSH|"))
