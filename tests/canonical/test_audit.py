from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from engine.bus.record import Record
from engine.canonical.audit import TOPIC, Event, SecurityEvent, describe, encode
from tests.transforms.validity import validator

NOW = 1_790_000_000_123_456
EVENT = SecurityEvent(Event.MISMATCH, "mllp", NOW, "10.1.2.3", "79014")


def body_of(event: SecurityEvent) -> Any:
    return orjson.loads(encode(event, "abc-1"))


@pytest.mark.parametrize("kind", Event)
@pytest.mark.parametrize(
    "change",
    [{}, {"address": "", "facility": ""}, {"address": "2001:db8::1"}, {"count": 7, "since_us": NOW - 60_000_000}],
    ids=("whole", "bare", "v6", "counted"),
)
def test_every_event_is_a_valid_audit_event(kind: Event, change: dict[str, Any]) -> None:
    body = body_of(replace(EVENT, event=kind, reason="CERTIFICATE_VERIFY_FAILED", **change))
    assert list(validator("AuditEvent").iter_errors(body)) == []
    assert all(body[name] for name in ("id", "type", "action", "recorded", "outcome", "agent", "source", "entity"))
    assert all(isinstance(agent["requestor"], bool) for agent in body["agent"])
    assert body["source"]["observer"]["display"]


def test_an_event_tells_who_where_and_how_often() -> None:
    record = Record(TOPIC, b"k", encode(replace(EVENT, count=7), "abc-1"), partition=0, offset=4)
    assert describe(record) == {
        "position": "audit/0/4",
        "id": "abc-1",
        "time": "2026-09-21T14:13:20.123+00:00",
        "event": "mismatch",
        "listener": "mllp",
        "address": "10.1.2.3",
        "person": "",
        "facility": "79014",
        "count": 7,
        "reason": "",
        "records": [],
    }


def test_what_a_person_did_tells_who_and_to_which_records() -> None:
    deed = SecurityEvent(Event.LETTERS_DROPPED, "", NOW, reason="test", person="an", records=("dead/0/1", "dead/0/2"))
    body = body_of(deed)
    assert list(validator("AuditEvent").iter_errors(body)) == []
    assert (body["action"], body["outcome"], body["agent"]) == ("U", "0", [{"altId": "an", "requestor": True}])
    told = describe(Record(TOPIC, b"k", encode(deed, "abc-1"), partition=0, offset=4))
    assert (told["person"], told["records"], told["listener"]) == ("an", ["dead/0/1", "dead/0/2"], "engine")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"entity": [1]}', b'{"entity": {"a": 1}}'])
def test_a_record_that_is_no_event_is_told_from_one(body: bytes) -> None:
    with pytest.raises(ValueError, match="no security event"):
        describe(Record(TOPIC, b"k", body))
