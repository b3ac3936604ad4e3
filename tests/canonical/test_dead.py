from __future__ import annotations

import pytest

from engine.bus.record import Position, Record
from engine.canonical.dead import DeadLetter, Reason, Stage, encode, raw_position


def letter(source: Record) -> Record:
    return encode(DeadLetter(Reason.LOAD, Stage.LOAD, "ce_version", "is missing", source), 17)


def test_dead_letter_keeps_key_bytes_and_headers_beside_the_reason() -> None:
    written = letter(Record("hl7.raw", b"key", b"MSH|", {"facility": b"79014"}, 3, 8))
    assert (written.topic, written.key, written.value) == ("dead", b"key", b"MSH|")
    assert dict(written.headers) == {
        "facility": b"79014",
        "dead_reason": b"LOAD",
        "dead_stage": b"load",
        "dead_where": b"ce_version",
        "dead_detail": b"is missing",
        "dead_time": b"17",
        "dead_attempts": b"1",
        "dead_position": b"hl7.raw/3/8",
        "dead_raw": b"hl7.raw/3/8",
    }


@pytest.mark.parametrize(
    "named", [{"ce_id": b"hl7.raw/3/8/1/0"}, {"ce_raw": b"hl7.raw/3/8", "ce_id": b"hl7.raw/3/8/1/0"}]
)
def test_dead_event_names_the_raw_record_it_was_made_from(named: dict[str, bytes]) -> None:
    event = Record("fhir.patient", b"key", b"{}", named, 1, 2)
    assert raw_position(letter(event)) == Position("hl7.raw", 3, 8)
    assert letter(event).text("dead_position") == "fhir.patient/1/2"


@pytest.mark.parametrize(
    "source",
    [
        Record("hl7.raw", b"", b"never published"),
        Record("receipts", b"", b"{", {}, 1, 2),
        Record("fhir.patient", b"", b"{}", {"ce_raw": b"nowhere"}, 1, 2),
        Record("fhir.patient", b"", b"{}", {"ce_id": b"nobody/1/now/2/3"}, 1, 2),
    ],
)
def test_dead_letter_without_a_known_raw_record_names_none(source: Record) -> None:
    assert raw_position(letter(source)) is None
