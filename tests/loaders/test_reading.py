from __future__ import annotations

import pytest

from engine.bus.record import Partition, Position, Record
from engine.canonical.envelope import encode
from engine.loaders.reading import read
from tests.canonical.events import event
from tests.contract.warehouse_feed import receipt
from tests.loaders.stage import records_of


def at(offset: int, record: Record, partition: int = 0) -> Record:
    return Record(record.topic, record.key, record.value, record.headers, partition, offset)


def test_events_and_receipts_keep_their_positions() -> None:
    told, end = records_of([event(1, {"active": True}), receipt(1)])
    reading = read([at(4, told, 1), at(9, end)])
    assert [(position, each.resource) for position, each in reading.events] == [
        (Position("fhir.patient", 1, 4), event(1, {"active": True}))
    ]
    assert reading.receipts == [(Position("receipts", 0, 9), receipt(1))]
    assert reading.offsets == {Partition("fhir.patient", 1): 5, Partition("receipts", 0): 10}


def test_batch_believes_only_of_its_own_partitions() -> None:
    (told,) = records_of([event(1, {})])
    stands = {Partition("fhir.patient", 0): 4, Partition("fhir.patient", 1): 7}
    assert read([at(4, told)]).batch(stands).stands == {Partition("fhir.patient", 0): 4}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"", "JSONDecodeError"),
        (b"[]", "ValueError"),
        (b'{"name": "\xff"}', "JSONDecodeError"),
        (b'{"extension": ' + b"[" * 500 + b"]" * 500 + b"}", "ValueError"),
        (b'{"extension": ' + b"[" * 5000 + b"]" * 5000 + b"}", "JSONDecodeError"),
        (b'{"name": "\\ud800"}', "JSONDecodeError"),
    ],
)
def test_record_that_holds_no_resource_is_told_by_the_class_of_its_fault(value: bytes, problem: str) -> None:
    record = encode(event(1, {}), "fhir.patient")
    broken = Record(record.topic, record.key, value, record.headers, 0, 4)
    reading = read([broken])
    assert (reading.events, reading.unreadable) == ([], [(broken, problem)])
    assert reading.offsets == {Partition("fhir.patient", 0): 5}


def test_of_buried_records_only_the_offsets_are_read() -> None:
    (told,) = records_of([event(1, {})])
    reading = read([at(4, told)], {Position("fhir.patient", 0, 4)})
    assert (reading.events, reading.unreadable) == ([], [])
    assert reading.offsets == {Partition("fhir.patient", 0): 5}
