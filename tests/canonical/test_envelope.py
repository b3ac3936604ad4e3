from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.surveillance.moves import Move
from engine.alerts.surveillance.records import encode_move
from engine.bus.record import Position, Record
from engine.canonical.envelope import decode, encode, instant, own_headers, raw_of, received_us, topic_of
from engine.canonical.resource import Origin, Resource
from tests.canonical.events import BODIES, NAMES, event

TOLD = event(8, {"resourceType": "Patient", "id": "p", "gender": "male"}, index=2, deleted=("name", "photo"), weak=True)

OLD = Record(
    "fhir.patient",
    b"5f" * 16,
    b'{"resourceType":"Patient","id":"p","gender":"male"}',
    {
        "ce_specversion": b"1.0",
        "ce_source": b"/facility/79014",
        "ce_time": b"2025-11-23T06:40:00.000+00:00",
        "ce_subject": b"5f" * 16,
        "ce_raw": b"hl7.raw/0/8",
        "ce_received": b"1763880000000008",
        "ce_version": b"00008",
        "ce_messagekey": b"message 8",
        "ce_mapping": b"set 1",
        "ce_generation": b"1",
        "content-type": b"application/fhir+json",
        "ce_id": b"hl7.raw/0/8/1/2",
        "ce_type": b"fhir.Patient",
        "ce_resource": b"p",
        "ce_index": b"2",
        "ce_deleted": b"name,photo",
        "ce_weak": b"true",
    },
)
"""An event as it was written when id and time were repeated in other headers."""

LAST_US = (datetime.max.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000_000
MOMENTS = st.integers(0, LAST_US)
NUMBERS = st.integers(0, 1 << 62)
WORDS = st.text("0123456789abcdef-", min_size=1, max_size=8)
ORIGINS = st.builds(
    Origin,
    raw=st.builds(Position, st.just("hl7.raw"), st.integers(0, 1 << 31), NUMBERS),
    facility=WORDS,
    subject=WORDS,
    message_key=WORDS,
    version=WORDS,
    received_us=MOMENTS,
    mapping=WORDS,
    generation=NUMBERS,
)
RESOURCES = st.builds(
    Resource, st.sampled_from(["Patient", "Encounter"]), WORDS, BODIES, ORIGINS, NUMBERS, NAMES, NAMES, st.booleans()
)


def test_event_is_read_as_it_was_written() -> None:
    assert decode(encode(TOLD, topic_of("Patient"))) == TOLD


@given(RESOURCES)
def test_every_event_is_read_as_it_was_written(resource: Resource) -> None:
    record = encode(resource, topic_of(resource.type))
    assert decode(record) == resource
    assert (raw_of(record), received_us(record)) == (resource.origin.raw, resource.origin.received_us)


def test_event_of_before_is_read_to_the_same() -> None:
    assert decode(OLD) == TOLD
    assert (raw_of(OLD), received_us(OLD)) == (TOLD.origin.raw, TOLD.origin.received_us)


def test_move_of_a_case_tells_of_its_origin_as_the_case_does() -> None:
    for case in (OLD, encode(TOLD, "cases")):
        told = decode(encode_move(Move("dengue", "27301", "c", "", None, event=case.text("ce_id")), case))
        assert (told.origin, told.place) == (TOLD.origin, TOLD.place)


def test_what_the_engine_tells_is_read_as_an_event() -> None:
    record = Record("feed_counts", b"", b"{}", own_headers("feed_counts", "FeedCount", "p/1", "79014", "v", 17))
    told = decode(record._replace(headers={**record.headers, "ce_subject": b""}))
    assert (told.id, told.origin.raw, told.origin.received_us) == ("p/1", Position("feed_counts", 0, 0), 17)


@given(MOMENTS, MOMENTS)
def test_instants_sort_as_the_moments_do(one: int, other: int) -> None:
    assert (instant(one) < instant(other)) == (one < other)


def test_no_header_repeats_another() -> None:
    headers = encode(TOLD, "fhir.patient").headers
    assert sorted(headers.keys() ^ OLD.headers.keys()) == ["ce_generation", "ce_index", "ce_raw", "ce_received"]


def test_envelope_is_cloudevents_in_binary_mode() -> None:
    record = encode(TOLD, "fhir.patient")
    assert (record.topic, record.key) == ("fhir.patient", b"5f" * 16)
    assert record.text("ce_specversion") == "1.0"
    assert record.text("ce_id") == "hl7.raw/0/8/1/2"
    assert record.text("ce_source") == "/facility/79014"
    assert record.text("ce_type") == "fhir.Patient"
    assert record.text("ce_subject") == "5f" * 16
    assert record.text("ce_time") == "2025-11-23T06:40:00.000008+00:00"
    assert record.text("content-type") == "application/fhir+json"


def test_topic_is_the_resource_type_in_lower_case() -> None:
    assert topic_of("DiagnosticReport") == "fhir.diagnosticreport"


@pytest.mark.parametrize(
    "name", ["ce_id", "ce_time", "ce_source", "ce_type", "ce_resource", "ce_version", "ce_messagekey", "ce_mapping"]
)
def test_event_without_what_names_it_is_refused(name: str) -> None:
    record = encode(TOLD, "fhir.patient")
    headers = {header: value for header, value in record.headers.items() if header != name}
    with pytest.raises(KeyError):
        decode(record._replace(headers=headers))


@pytest.mark.parametrize("name", ["ce_generation", "ce_index"])
def test_event_of_before_without_what_names_it_is_refused(name: str) -> None:
    headers = {header: value for header, value in OLD.headers.items() if header != name}
    with pytest.raises(KeyError):
        decode(OLD._replace(headers=headers))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b""),
        ("ce_id", b"hl7.raw/0/8/1"),
        ("ce_id", b"hl7.raw/0/8/1/two"),
        ("ce_id", b"hl7.raw/0/eight/1/2"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2025-11-23T06:40:00.000008"),
        ("ce_time", b"\xff"),
    ],
)
def test_event_of_another_id_or_time_is_refused(name: str, value: bytes) -> None:
    record = encode(TOLD, "fhir.patient")
    with pytest.raises(ValueError):
        decode(record._replace(headers={**record.headers, name: value}))


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b'"Patient"', b'{"a": "\xff"}'])
def test_event_whose_value_is_no_json_object_is_refused(value: bytes) -> None:
    record = encode(TOLD, "fhir.patient")
    with pytest.raises(ValueError):
        decode(Record(record.topic, record.key, value, record.headers))
