from __future__ import annotations

import orjson
import pytest

from engine.bus.record import Record
from engine.canonical.receipt import Outcome, Receipt, decode, encode
from tests.canonical.events import origin

MADE = Receipt(origin(8), "ADT^A01", Outcome.DEAD, 0, "UNMATCHED")


def test_receipt_is_read_as_it_was_written() -> None:
    assert decode(encode(MADE)) == MADE


def test_receipt_is_keyed_as_its_raw_record() -> None:
    assert encode(MADE).key == b"5f" * 16


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("raw", "nowhere"),
        ("events", "3"),
        ("generation", None),
        ("outcome", "lost"),
        ("facility", 79),
        ("reason", None),
    ],
)
def test_receipt_with_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    body = orjson.loads(encode(MADE).value) | {name: value}
    with pytest.raises(ValueError):
        decode(Record("receipts", b"", orjson.dumps(body)))


@pytest.mark.parametrize("value", [b"", b"[]", b"{"])
def test_receipt_that_is_no_json_object_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError):
        decode(Record("receipts", b"", value))


def test_receipt_without_its_raw_record_is_refused() -> None:
    with pytest.raises(KeyError):
        decode(Record("receipts", b"", b"{}"))
