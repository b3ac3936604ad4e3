"""Schemas of topics: every record that the engine writes fits, and they change only so that readers read on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from typer.testing import CliRunner

from engine.alerts import changelog, decisions, memory, standing
from engine.alerts.alert import Alert, Severity, Status, alert_id
from engine.alerts.decisions import Setting, Silence
from engine.alerts.event import read_event
from engine.alerts.frame import NOTHING, Kept
from engine.alerts.standing import Acknowledged, Standing
from engine.alerts.surveillance.history import History
from engine.alerts.surveillance.moves import move
from engine.alerts.surveillance.records import encode_baseline, encode_known, encode_move, read_case
from engine.bus.bus import read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Position, Record, Topic
from engine.canonical import (
    audit,
    dead,
    envelope,
    feed,
    feed_state,
    gaps,
    held,
    latest,
    raw,
    receipt,
    resolution,
    unmapped,
)
from engine.canonical.audit import Event, SecurityEvent
from engine.canonical.chain import Chain
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.canonical.fold import tell
from engine.canonical.gaps import Gap
from engine.canonical.held import Held
from engine.canonical.key import message_key, subject
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome
from engine.canonical.resolution import Resolution, Verdict
from engine.cli import app
from engine.commands.topic_schemas import FIXED, topic_schema, topic_schema_bytes, topic_schemas
from engine.facilities.facility import Registry
from engine.listeners.sequence import Sequences
from engine.routes.load import load_routes
from engine.transforms import activation, stops
from engine.transforms.conversion import Conversion
from engine.transforms.stops import Release, Stop
from tests.transforms.folders import SHIPPED, whole
from tools.compatible import breaches
from tools.reference import TOPIC_SCHEMAS, write_topic_schemas

NOW_US = 1_790_000_000_000_000
ALERT = Alert(alert_id("r", "k", 1), "r", "critical", Severity.CRITICAL, Status.FIRING, NOW_US)
SAMPLES = sorted(
    [*SHIPPED.glob("standard/messages/samples/*.hl7"), *(Path(__file__).parents[1] / "messages").glob("*.hl7")]
)


@cache
def validator(topic: str) -> jsonschema_rs.Draft202012Validator:
    schema = topic_schema(topic)
    assert schema is not None, topic
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def document(record: Record) -> dict[str, Any]:
    """A record as its schema sees it."""
    headers = {name: value.decode() for name, value in record.headers.items()}
    value: Any = record.value.decode("latin-1")
    if record.topic not in (raw.TOPIC, dead.TOPIC, "sequences") and record.value:
        value = orjson.loads(record.value)
    return {"key": record.key.decode(), "headers": headers, "value": value}


def wrong(record: Record) -> list[str]:
    """What of a record its schema does not take, without what the record holds."""
    errors = validator(record.topic).iter_errors(document(record))
    return [f"{record.topic} {error.instance_path}: {error.kind}" for error in errors]


def raw_record(payload: bytes, offset: int) -> Record:
    secret, facility = bytes(32), "79901"
    message = Raw(
        id=str(offset),
        payload=payload,
        facility=facility,
        subject=subject(secret, facility, b"1"),
        message_key=message_key(facility, b"", b"", b"1", payload),
        message_type="ADT^A01",
        received_us=NOW_US,
        listener="mllp",
    )
    record = raw.encode(message)
    return Record(record.topic, record.key, record.value, record.headers, 0, offset)


@cache
def converted() -> tuple[Record, ...]:
    """All that comes of the samples, and of a message that is none."""
    conversion = Conversion(whole(), 1, Registry(), load_routes(SHIPPED / "routes").route)
    payloads = [*(path.read_bytes() for path in SAMPLES), b"nothing"]
    raws = [raw_record(payload, offset) for offset, payload in enumerate(payloads)]
    return (*raws, *(record for one in raws for record in conversion.convert(one, NOW_US).records))


def others(folder: Path) -> Iterator[Record]:
    with EmbeddedBus(folder) as bus:
        bus.ensure([Topic(activation.TOPIC, 1)])
        producer = bus.producer()
        activation.activate(bus, producer, "a1b2", NOW_US)
        producer.close()
        yield from read_topic(bus, activation.TOPIC)
    yield Chain("writer").seal(SecurityEvent(Event.MISMATCH, "mllp", NOW_US, "10.0.0.1", "79901", "x", 3, NOW_US))
    counts = unmapped.Tally()
    for content in (1, 2):
        counts.add("79901", [("Sex", "M")], content)
    yield from counts.records(NOW_US)
    sequences = Sequences([])
    for number in (b"7", b"-1"):
        step = sequences.take(b"0123456789abcdef0123456789abcdef", number)
        if step.record:
            yield step.record
    raw_at = Position(raw.TOPIC, 0, 7)
    yield from (held.encode(Held(raw_at, "k", NOW_US)), held.encode_freed(raw_at))
    yield from (gaps.encode(Gap(raw_at, "k", ("review.men",))), gaps.encode_closed(raw_at))
    for verdict in Verdict:
        yield resolution.encode(Resolution(Position(dead.TOPIC, 1, 2), raw_at, verdict, "an", NOW_US, "test"))
    feeds = feed.FeedTally("0a")
    feeds.add("79901", NOW_US, Outcome.DEAD, "VALUE", late=True, unmapped=2)
    yield from feeds.records(NOW_US)
    yield feed_state.encode_account("79901", 10, 1, NOW_US)
    yield feed_state.encode_certificate("main", NOW_US, NOW_US)
    case = next(record for record in converted() if record.topic == "cases")
    known, moves = move(None, read_case(read_event(case)), {"any": ("",)})
    yield from (encode_move(one, case) for one in moves)
    assert known is not None
    yield encode_known("c", known)
    for topic, holds in ((changelog.RULES, NOTHING._asdict()), (changelog.CASES, known.plain())):
        yield Record(topic, b"k", changelog.Entry(0, {"cases": 1}, holds).value())
    yield encode_baseline("dengue", "27301", History({2025: {27: 2}}, {2025: {7: 9}}, frozenset({2024})), NOW_US)
    yield stops.encode(Stop(NOW_US, 1, "a1b2", 10, 9, {"VALUE": 9}))
    yield from alerting()
    yield stops.encode(Release(NOW_US, NOW_US, "an"))
    yield dead.encode(DeadLetter(Reason.FRAME, Stage.LISTEN, "", "", Record("", b"", b"\x0b")), NOW_US)


def alerting() -> Iterator[Record]:
    who = Acknowledged("an", NOW_US, "called")
    yield from (standing.encode(Standing(ALERT)), standing.encode(Standing(ALERT, acknowledged=who)))
    yield standing.encode_gone(ALERT.id)
    yield decisions.encode_acknowledged(ALERT.id, who)
    yield decisions.encode_setting(Setting("potassium", "k.above", 6.0, "an", NOW_US, "test"))
    yield decisions.encode_unset("potassium", "k.above")
    yield decisions.encode_silence(Silence("s", NOW_US, NOW_US + 1, "an", NOW_US, "drill", rule="potassium"))
    yield from (memory.encode(("r", "k"), kept) for kept in (NOTHING, Kept({"results": {}}, {"a": {"since": 1}}, 7)))


def test_every_record_that_comes_of_a_message_fits_the_schema_of_its_topic() -> None:
    seen = {record.topic for record in converted()}
    assert {raw.TOPIC, receipt.TOPIC, dead.TOPIC, "fhir.patient", "fhir.observation"} <= seen
    assert sorted({one for record in converted() for one in wrong(record)}) == []


def test_every_other_record_fits_the_schema_of_its_topic(tmp_path: Path) -> None:
    records = list(others(tmp_path))
    assert {record.topic for record in records} == {
        *(activation.TOPIC, audit.TOPIC, unmapped.TOPIC, "sequences", "dead"),
        *(held.TOPIC, gaps.TOPIC, resolution.TOPIC, stops.TOPIC),
        *(feed.TOPIC, feed_state.TOPIC, "case_moves", "places", "baselines", changelog.RULES, changelog.CASES),
        *(standing.TOPIC, decisions.TOPIC, memory.TOPIC),
    }
    assert [one for record in records for one in wrong(record)] == []


def test_resources_as_they_are_now_fit_the_schema_of_their_topic() -> None:
    events = [record for record in converted() if record.topic == "fhir.patient"][:20]
    now = [latest.encode(tell(envelope.decode(record))) for record in events]
    gone = latest.encode_gone("Patient", "0b2e8f3c-6f0e-5f4e-8e2b-0d8a0a0f3a11")
    assert [one for record in (*now, gone) for one in wrong(record)] == []


def test_the_envelope_is_that_of_the_kafka_binding_of_cloudevents() -> None:
    """CloudEvents 1.0.2 (attribute names of lower-case letters and digits, a source and an id) in binary mode."""
    events = [record for record in converted() if record.topic.startswith(("fhir.", "alerts."))]
    assert len({record.text("ce_id") + record.topic for record in events}) == len(events)
    for record in events:
        attributes = {name.removeprefix("ce_") for name in record.headers if name.startswith("ce_")}
        assert {"specversion", "id", "source", "type", "time", "subject"} <= attributes
        assert [name for name in attributes if not re.fullmatch(r"[a-z0-9]{1,20}", name)] == []
        assert record.headers["content-type"] == b"application/fhir+json"
        assert all(record.headers.values())


@pytest.mark.parametrize("topic", ["fhir.patient", "fhir.observation", receipt.TOPIC, "alerts.critical"])
def test_a_record_without_a_member_or_with_one_of_another_type_does_not_fit(topic: str) -> None:
    sample = next(record for record in converted() if record.topic == topic.replace("alerts.critical", "fhir.patient"))
    right = document(sample)
    (some_header, *_) = sample.headers
    for part, changed in (("headers", {some_header: 1}), ("value", {"id": 1, "events": "many"})):
        assert not validator(topic).is_valid({**right, part: {**right[part], **changed}})
        assert not validator(topic).is_valid({name: one for name, one in right.items() if name != part})


def committed() -> dict[str, Any]:
    return {path.stem: orjson.loads(path.read_bytes()) for path in TOPIC_SCHEMAS.glob("*.json")}


def test_the_schemas_of_the_reference_are_those_of_the_code() -> None:
    found = topic_schemas(whole().resource_types)
    held = committed()
    assert [f"{name}: {one}" for name in held.keys() & found.keys() for one in breaches(held[name], found[name])] == []
    assert held.keys() - found.keys() == set(), "a topic went: whoever reads it would break"
    stale = {name for name, one in found.items() if topic_schema_bytes(held.get(name, {})) != topic_schema_bytes(one)}
    assert stale == set(), "stale: run `make docs`"
    for schema in found.values():
        jsonschema_rs.meta.validate(schema)


OLD = {
    "type": "object",
    "properties": {
        "a": {"type": "string"},
        "b": {"enum": ["x", "y"]},
        "c": {"type": "array", "items": {"type": "integer"}},
        "d": {"anyOf": [{"const": ""}, {"type": "object", "properties": {"e": {"type": "string"}}}]},
    },
    "required": ["a"],
}


def changed(**members: Any) -> dict[str, Any]:
    kept = {name: one for name, one in {**OLD["properties"], **members}.items() if one is not None}  # type: ignore[dict-item]  # of OLD's mixed values
    return {**OLD, "properties": kept}


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        changed(f={"type": "string"}),
        changed(b={"enum": ["x", "y", "z"]}),
        changed(a={"type": "string", "description": "A."}),
    ],
)
def test_what_adds_to_a_schema_is_compatible(new: dict[str, Any]) -> None:
    assert list(breaches(OLD, new)) == []


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (changed(a=None), "a: is gone"),
        (changed(a={"type": "integer"}), "a: type was 'string', and is 'integer'"),
        (changed(b={"enum": ["x"]}), "b: no longer y"),
        (changed(c={"type": "array", "items": {"type": "string"}}), "c[]: type was 'integer', and is 'string'"),
        (changed(d={"anyOf": [{"const": ""}, {"type": "object", "properties": {}}]}), "d(1).e: is gone"),
        ({**OLD, "required": ["a", "b"]}, "b: is required now"),
        ({**OLD, "required": []}, "a: was required"),
    ],
)
def test_what_takes_from_a_schema_or_changes_a_type_is_not(new: dict[str, Any], told: str) -> None:
    assert list(breaches(OLD, new)) == [told]


def test_schemas_that_would_break_readers_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.reference._made_types", partial(frozenset, {"Patient"}))
    write_topic_schemas(tmp_path)
    path = tmp_path / "receipts.json"
    held = orjson.loads(path.read_bytes())
    held["properties"]["value"]["properties"]["colour"] = {"type": "string"}
    path.write_bytes(orjson.dumps(held))
    with pytest.raises(SystemExit, match=r"receipts: value\.colour: is gone"):
        write_topic_schemas(tmp_path)
    assert orjson.loads(path.read_bytes()) == held


@pytest.mark.parametrize("topic", [*FIXED, "fhir.patient", "fhir.patient.latest", "alerts.critical"])
def test_the_schema_of_a_topic_is_printed(topic: str) -> None:
    done = CliRunner().invoke(app, ["schema", f"topic:{topic}"])
    assert (done.exit_code, orjson.loads(done.stdout)) == (0, topic_schema(topic))


@pytest.mark.parametrize("name", ["topic:fhir.pateint", "topic:", "routse", "topics:dead"])
def test_a_schema_that_there_is_not_is_told_with_those_that_there_are(name: str) -> None:
    done = CliRunner().invoke(app, ["schema", name])
    assert done.exit_code == 2
    assert "there is no" in done.stderr
