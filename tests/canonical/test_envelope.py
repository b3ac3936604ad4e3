from __future__ import annotations

import pytest

from engine.bus.record import Record
from engine.canonical.envelope import decode, encode, topic_of
from tests.canonical.events import event

TOLD = event(8, {"resourceType": "Patient", "id": "p", "gender": "male"}, index=2, deleted=("name", "photo"), weak=True)


def test_event_is_read_as_it_was_written() -> None:
    assert decode(encode(TOLD, topic_of("Patient"))) == TOLD


def test_envelope_is_cloudevents_in_binary_mode() -> None:
    record = encode(TOLD, "fhir.patient")
    assert (record.topic, record.key) == ("fhir.patient", b"5f" * 16)
    assert record.text("ce_specversion") == "1.0"
    assert record.text("ce_id") == "hl7.raw/0/8/1/2"
    assert record.text("ce_source") == "/facility/79014"
    assert record.text("ce_type") == "fhir.Patient"
    assert record.text("ce_subject") == "5f" * 16
    assert record.text("ce_time") == "2025-11-23T06:40:00.000+00:00"
    assert record.text("content-type") == "application/fhir+json"


def test_topic_is_the_resource_type_in_lower_case() -> None:
    assert topic_of("DiagnosticReport") == "fhir.diagnosticreport"


@pytest.mark.parametrize(
    "name",
    ["ce_raw", "ce_source", "ce_type", "ce_resource", "ce_version", "ce_messagekey", "ce_generation", "ce_index"],
)
def test_event_without_what_names_it_is_refused(name: str) -> None:
    record = encode(TOLD, "fhir.patient")
    headers = {header: value for header, value in record.headers.items() if header != name}
    with pytest.raises(KeyError):
        decode(record._replace(headers=headers))


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b'"Patient"', b'{"a": "\xff"}'])
def test_event_whose_value_is_no_json_object_is_refused(value: bytes) -> None:
    record = encode(TOLD, "fhir.patient")
    with pytest.raises(ValueError):
        decode(Record(record.topic, record.key, value, record.headers))
