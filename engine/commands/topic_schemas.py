"""JSON Schemas of what each topic holds: key, headers and value of its records, from the code that writes them.

Where a record has bytes, the schema has text: of a header its UTF-8, of a value its JSON, or the bytes of a message.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

import orjson

from engine.alerts import changelog, decisions, memory, standing
from engine.alerts.alert import Severity, Status
from engine.alerts.surveillance import records as surveillance
from engine.canonical import audit, case, dead, feed, feed_state, gaps, held, r4, raw, receipt, resolution, unmapped
from engine.canonical.dead import Reason, Stage
from engine.canonical.envelope import LATEST, latest_topic_of, topic_of
from engine.canonical.receipt import Outcome
from engine.canonical.resolution import Verdict
from engine.language.keys import Schema, list_of, map_of
from engine.listeners import sequence
from engine.persons import decision
from engine.transforms import activation, stops

DRAFT = "https://json-schema.org/draft/2020-12/schema"

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
DIGITS: Schema = {"type": "string", "pattern": "^[0-9]+$"}
SUBJECT: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
POSITION: Schema = {"type": "string", "pattern": "^[a-z0-9._-]+/[0-9]+/[0-9]+$"}
VERSION: Schema = {"type": "string", "pattern": "^[0-9]{17}-[0-9]{15}-[0-9]{17}-[0-9a-f]{16}$"}
DAY: Schema = {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}
YES: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
MESSAGE: Schema = {"type": "string", "contentMediaType": "x-application/hl7-v2+er7"}

_ENVELOPE: dict[str, Schema] = {
    "ce_specversion": {"const": "1.0"},
    "ce_id": TEXT,
    "ce_source": {"type": "string", "format": "uri-reference"},
    "ce_type": TEXT,
    "ce_time": INSTANT,
    "ce_subject": SUBJECT,
    "ce_version": VERSION,
    "ce_mapping": TEXT,
    "ce_resource": {"type": "string", "format": "uuid"},
    "content-type": {"const": "application/fhir+json"},
}
"""CloudEvents 1.0 in binary mode: attributes are headers, each after `ce_`."""

_ORIGIN: dict[str, Schema] = {
    "ce_raw": POSITION,
    "ce_received": DIGITS,
    "ce_generation": DIGITS,
    "ce_index": DIGITS,
}
"""What an event says in its id and its time. Older events have it in headers too, as what the engine tells has."""

_EVENT: dict[str, Schema] = {
    **_ENVELOPE,
    "ce_id": {**TEXT, "description": "Begins with the raw record, generation and place: `hl7.raw/3/1207/1/5`."},
    "ce_time": {**INSTANT, "description": "When the message was received, to the microsecond."},
    "ce_messagekey": SHA256,
    "ce_deleted": TEXT,
    "ce_inferred": TEXT,
    "ce_weak": {"const": "true"},
    **{name: {**one, "description": "Of older events alone."} for name, one in _ORIGIN.items()},
}
_MAY_LACK = ("ce_deleted", "ce_inferred", "ce_weak", *_ORIGIN)

_TOLD: dict[str, Schema] = {
    **_ENVELOPE,
    **_ORIGIN,
    "ce_subject": {"const": ""},
    "ce_messagekey": {"const": ""},
    "ce_mapping": {"const": ""},
    "ce_resource": TEXT,
    "ce_version": TEXT,
}
"""Of what the engine itself tells, and no message."""

_RAW: dict[str, Schema] = {
    "id": TEXT,
    "facility": TEXT,
    "messagekey": SHA256,
    "type": TEXT,
    "received": DIGITS,
    "listener": TEXT,
}


def print_topic_schema(topic: str) -> int:
    """Print the schema of a topic such as `fhir.patient`; 2 when there is none of this name."""
    found = topic_schema(topic)
    if found is None:
        hint = f"write topic: and one of {', '.join(FIXED)}, fhir.patient, fhir.patient{LATEST} or alerts.critical"
        sys.stderr.write(f"there is no topic {topic!r} - {hint}\n")
        return 2
    sys.stdout.buffer.write(topic_schema_bytes(found))
    return 0


def topic_schema_bytes(schema: Schema) -> bytes:
    """A schema as it is written."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def topic_schemas(resource_types: Iterable[str]) -> dict[str, Schema]:
    """The schemas by topic: the fixed ones, those of types, `alerts` and `fhir.latest` stand for all such."""
    fixed = {name: make() for name, make in FIXED.items()}
    return (
        fixed | {topic_of(one): _event(one) for one in resource_types} | {"alerts": _alerts(), "fhir.latest": _latest()}
    )


def topic_schema(topic: str) -> Schema | None:
    """The schema of one topic, None where there is none of this name."""
    if topic in FIXED:
        return FIXED[topic]()
    types = {topic_of(one): one for one in r4.resource_types()}
    if topic.removesuffix(LATEST) in types:
        kind = types[topic.removesuffix(LATEST)]
        return _latest(kind) if topic.endswith(LATEST) else _event(kind)
    return _alerts() if topic.partition(".")[0] in ("alerts", "watched") else None


def _record(topic: str, about: str, key: Schema, headers: Schema, value: Schema) -> Schema:
    properties = {
        "key": {"description": "What it is divided by.", **key},
        "headers": headers,
        "value": value,
    }
    return {"$schema": DRAFT, "title": topic, "description": about, **_object(properties)}


def _object(properties: Mapping[str, Schema], may_lack: Iterable[str] = ()) -> Schema:
    required = [name for name in properties if name not in set(may_lack)]
    return {"type": "object", "properties": dict(properties), "required": required}


def _raw() -> Schema:
    about = "A message as it was accepted, the bytes as they came."
    return _record(raw.TOPIC, about, SUBJECT, _object(_RAW), MESSAGE)


def _dead() -> Schema:
    headers: dict[str, Schema] = {
        "dead_reason": {"enum": sorted(Reason)},
        "dead_stage": {"enum": sorted(Stage)},
        "dead_where": TEXT,
        "dead_detail": TEXT,
        "dead_time": DIGITS,
        "dead_attempts": DIGITS,
        "dead_position": POSITION,
        "dead_raw": POSITION,
    }
    about = (
        "A message or an event that could not go on: key, value and headers as they were, and the reason beside them."
    )
    return _record(dead.TOPIC, about, TEXT, _object(headers, ("dead_attempts", "dead_position", "dead_raw")), TEXT)


def _receipts() -> Schema:
    value: dict[str, Schema] = {
        "raw": POSITION,
        "facility": TEXT,
        "subject": SUBJECT,
        "messageKey": SHA256,
        "version": VERSION,
        "received": NUMBER,
        "mapping": TEXT,
        "generation": NUMBER,
        "messageType": TEXT,
        "outcome": {"enum": sorted(Outcome)},
        "events": NUMBER,
        "reason": TEXT,
        "where": TEXT,
        "owed": {"type": "boolean"},
    }
    headers = _object({"content-type": {"const": "application/json"}})
    return _record(receipt.TOPIC, "What became of a raw message.", SUBJECT, headers, _object(value))


def _audit() -> Schema:
    headers: dict[str, Schema] = {
        "writer": TEXT,
        "number": DIGITS,
        "chain": SHA256,
        "content-type": {"const": "application/fhir+json"},
    }
    about = "A security event, chained to the one before it of the same writer."
    return _record(audit.TOPIC, about, TEXT, _object(headers), _resource("AuditEvent"))


def _mappings() -> Schema:
    value = _object({"version": TEXT, "activated": NUMBER})
    about = "A mapping set that was put to work; where it stands gives its generation."
    return _record(activation.TOPIC, about, TEXT, {"type": "object"}, value)


def _resolutions() -> Schema:
    value: dict[str, Schema] = {
        "letter": POSITION,
        "raw": TEXT,
        "verdict": {"enum": sorted(Verdict)},
        "who": TEXT,
        "at_us": NUMBER,
        "why": TEXT,
    }
    headers = _object({"content-type": {"const": "application/json"}})
    about = "What somebody decided about a dead letter, or what came of it."
    return _record(resolution.TOPIC, about, POSITION, headers, _object(value))


def _decisions() -> Schema:
    about = "What somebody decided about two patients: one person, or not; the newest decision stands."
    value: dict[str, Schema] = {"one": TEXT, "other": TEXT, "together": {"type": "boolean"}, "who": TEXT}
    value |= {"at_us": NUMBER, "why": TEXT}
    headers = _object({"content-type": {"const": "application/json"}})
    return _record(decision.TOPIC, about, TEXT, headers, _object(value))


def _stops() -> Schema:
    stop: dict[str, Schema] = {"at_us": NUMBER, "generation": NUMBER, "version": TEXT, "messages": NUMBER}
    stop |= {"dead": NUMBER, "reasons": map_of(NUMBER)}
    release: dict[str, Schema] = {"at_us": NUMBER, "until_us": NUMBER, "who": TEXT}
    value: Schema = {"anyOf": [_object(stop), _object(release)]}
    headers = _object({"content-type": {"const": "application/json"}})
    about = "Too many dead letters stopped the transformers, or somebody let them go on."
    return _record(stops.TOPIC, about, {"enum": ["stop", "release"]}, headers, value)


def _held() -> Schema:
    waits = _object({"raw": POSITION, "key": TEXT, "since_us": NUMBER, "attempts": NUMBER})
    about = "A raw message that waits with its key until the bus takes what it came to; null when it waits no longer."
    headers = _object({"content-type": {"const": "application/json"}})
    return _record(held.TOPIC, about, POSITION, headers, {"anyOf": [waits, {"type": "null"}]})


def _gaps() -> Schema:
    gap = _object({"raw": POSITION, "key": TEXT, "topics": list_of(TEXT)})
    about = "A gap in the order of a key, or a raw message after it, withheld from topics; null when it is closed."
    headers = _object({"content-type": {"const": "application/json"}})
    return _record(gaps.TOPIC, about, POSITION, headers, {"anyOf": [gap, {"type": "null"}]})


def _unmapped() -> Schema:
    table = _object({"count": NUMBER, "codes": map_of(NUMBER)})
    value = _object({"facility": TEXT, "time": NUMBER, "tables": map_of(table)})
    about = "The codes of one sender that no table holds, counted since the record before."
    return _record(unmapped.TOPIC, about, TEXT, {"type": "object"}, value)


def _sequences() -> Schema:
    about = "The sequence number that is expected next of a sender, empty where any is welcome."
    return _record(sequence.TOPIC, about, SUBJECT, {"type": "object"}, {"type": "string", "pattern": "^[0-9]*$"})


def _alerting() -> Schema:
    alert: dict[str, Schema] = dict.fromkeys(("id", "rule", "kind", "facility", "place", "summary", "run_book"), TEXT)
    alert |= {"severity": {"enum": sorted(Severity)}, "status": {"enum": sorted(Status)}, "labels": map_of(TEXT)}
    alert |= {"started_us": NUMBER, "ended_us": _or_null(NUMBER), "subject": TEXT, "evidence": list_of(TEXT)}
    value: dict[str, Schema] = {"alert": _object(alert), "escalated": NUMBER, "targets": list_of(TEXT)}
    value |= {"quiet": {"type": "boolean"}, "changed_us": NUMBER}
    value["acknowledged"] = _or_null(_object({"who": TEXT, "at_us": NUMBER, "why": TEXT}))
    value["silenced"] = _or_null(_object({"who": TEXT, "until_us": NUMBER, "why": TEXT}))
    about = "An alert as it stands, under its id: that it fires or ended, who took it over, who is to hear of it."
    return _record(
        standing.TOPIC,
        about,
        {"type": "string", "format": "uuid"},
        _JSON_HEADERS,
        {"anyOf": [_object(value), {"const": ""}]},
    )


def _alert_settings() -> Schema:
    deed: dict[str, Schema] = {"who": TEXT, "at_us": NUMBER, "why": TEXT}
    setting = {"rule": TEXT, "name": TEXT, "value": {"type": "number"}, **deed}
    silence = {"id": TEXT, "from_us": NUMBER, "until_us": NUMBER, "rule": TEXT, "facility": TEXT, "alert": TEXT, **deed}
    value: Schema = {"anyOf": [_object(setting), _object(silence), _object(deed), {"type": "null"}]}
    about = "What somebody decided about alerts: a number of a rule, a silence, an acknowledgment; null takes it back."
    return _record(decisions.TOPIC, about, TEXT, _JSON_HEADERS, value)


def _alert_state() -> Schema:
    kept = _object(
        {"state": _or_null({"type": "object"}), "lives": map_of({"type": "object"}), "wake_us": _or_null(NUMBER)}
    )
    about = (
        "What a rule remembers of a key: its own state, and its alerts that are under way; empty where it is nothing."
    )
    return _record(memory.TOPIC, about, TEXT, _JSON_HEADERS, {"anyOf": [kept, {"const": ""}]})


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_JSON_HEADERS = {
    "type": "object",
    "properties": {"content-type": {"const": "application/json"}},
    "required": ["content-type"],
}


def _event(kind: str) -> Schema:
    headers = _object({**_EVENT, "ce_type": {"const": f"fhir.{kind}"}}, _MAY_LACK)
    about = f"One event for each {kind} that a message tells of."
    return _record(topic_of(kind), about, SUBJECT, headers, _resource(kind))


def _latest(kind: str = "") -> Schema:
    """The schema for one type, or what is the same for all of them."""
    name = {"const": f"fhir.{kind}{LATEST}"} if kind else TEXT
    headers = _object(
        {**_ENVELOPE, "ce_raw": POSITION, "ce_type": name},
        ("ce_time", "ce_subject", "ce_raw", "ce_version", "ce_mapping", "content-type"),
    )
    about = f"Each {kind or 'resource'} as it is now, by its id; an empty value where nothing tells of it any more."
    value = {"anyOf": [{"const": ""}, _resource(kind) if kind else _ANY_RESOURCE]}
    return _record(latest_topic_of(kind or "*"), about, {"type": "string", "format": "uuid"}, headers, value)


def _alerts() -> Schema:
    about = "A copy of an event that a route sent here, under the key that the route names."
    return _record("alerts.*", about, TEXT, _object(_EVENT, _MAY_LACK), _ANY_RESOURCE)


def _cases() -> Schema:
    about = "A diagnosis as it is counted, with the commune of its patient."
    value = _object({"codes": list_of(TEXT), "day": DAY, "place": TEXT, "stands": YES, "confirmed": YES})
    return _record(case.TOPIC, about, TEXT, _object(_own(_EVENT, case.TYPE), _MAY_LACK), value)


def _case_moves() -> Schema:
    about = "That a case is counted for a disease in a commune, or not any more."
    told: dict[str, Schema] = {"disease": TEXT, "place": TEXT, "counts": YES, "day": DAY, "confirmed": YES}
    value = _object({"resourceType": {"const": surveillance.MOVE_TYPE}, **told})
    return _record(surveillance.MOVES, about, TEXT, _object(_own(_EVENT, surveillance.MOVE_TYPE), _MAY_LACK), value)


def _baselines() -> Schema:
    years = map_of(map_of(NUMBER))
    told: dict[str, Schema] = {"disease": TEXT, "place": TEXT, "weeks": years, "months": years}
    kind: Schema = {"const": surveillance.BASELINE_TYPE}
    value = _object({"resourceType": kind, **told, "epidemic_years": list_of(NUMBER)})
    about = "What was counted in the years before, by year and week or month: the last word on a disease and a commune."
    return _record(surveillance.BASELINES, about, TEXT, _object(_own(_TOLD, surveillance.BASELINE_TYPE)), value)


def _places() -> Schema:
    value = _object({"stamp": TEXT, "keys": list_of(TEXT)})
    about = "Under the id of a case its newest version, and the diseases and communes that it was counted for."
    headers = _object({"content-type": {"const": "application/json"}})
    return _record(surveillance.PLACES, about, TEXT, headers, value)


def _alert_table() -> Schema:
    kept: dict[str, Schema] = {"state": {"type": ["object", "null"]}, "lives": {"type": "object"}}
    kept["wake_us"] = {"type": ["integer", "null"]}
    return _table(changelog.RULES, "What a rule remembers of a key, under the two.", _object(kept))


def _case_table() -> Schema:
    known = _object({"stamp": TEXT, "keys": list_of(TEXT)})
    return _table(
        changelog.CASES, "Under the id of a case what is remembered of it, as workers on Kafka have it.", known
    )


def _table(topic: str, about: str, holds: Schema) -> Schema:
    value = _object({"reach": map_of(NUMBER), "holds": holds})
    return _record(topic, about, TEXT, {"type": "object"}, value)


def _feed_counts() -> Schema:
    numbers = dict.fromkeys(("minute", "received", "mapped", "ignored", "late", "unmapped"), NUMBER)
    value = _object({"resourceType": {"const": feed.TYPE}, **numbers, "dead": map_of(NUMBER)})
    about = "What one process counted so far of one facility and one minute; under one id the last word counts."
    return _record(feed.TOPIC, about, TEXT, _object(_own(_TOLD, feed.TYPE)), value)


def _feed_states() -> Schema:
    account = {"resourceType": {"const": feed_state.ACCOUNT}, "received": NUMBER, "missing": NUMBER}
    certificate = {"resourceType": {"const": feed_state.CERTIFICATE}, "listener": TEXT, "ends": NUMBER}
    about = "The last word on how many messages of a facility are missing, or on when a listener's certificate ends."
    headers = _own(_TOLD, feed_state.ACCOUNT) | {"ce_type": {"enum": [feed_state.ACCOUNT, feed_state.CERTIFICATE]}}
    return _record(feed_state.TOPIC, about, TEXT, _object(headers), {"anyOf": [_object(account), _object(certificate)]})


def _own(headers: Mapping[str, Schema], kind: str) -> dict[str, Schema]:
    """The headers of what is no resource."""
    return {**headers, "ce_type": {"const": kind}, "content-type": {"const": "application/json"}}


def _resource(kind: str) -> Schema:
    """The elements of a resource as JSON spells them; what is inside of them is as FHIR R4 has it."""
    properties: dict[str, Schema] = {"resourceType": {"const": kind}}
    properties |= {name: _content(element) for name, element in sorted(r4.elements(kind).items())}
    return _object(properties, [name for name in properties if name not in ("resourceType", "id")])


def _content(element: r4.Element) -> Schema:
    one: Schema = {"type": _JSON.get(element.type, "string" if r4.is_primitive(element.type) else "object")}
    told = {"description": element.type}
    return {**list_of(one), **told} if element.is_list else {**one, **told}


_JSON = {
    "boolean": "boolean",
    "decimal": "number",
    "integer": "integer",
    "positiveInt": "integer",
    "unsignedInt": "integer",
}
"""How JSON writes the primitive types that are not text."""

_ANY_RESOURCE = _object({"resourceType": TEXT, "id": TEXT})

FIXED: Mapping[str, Callable[[], Schema]] = {
    raw.TOPIC: _raw,
    receipt.TOPIC: _receipts,
    dead.TOPIC: _dead,
    activation.TOPIC: _mappings,
    audit.TOPIC: _audit,
    resolution.TOPIC: _resolutions,
    decision.TOPIC: _decisions,
    stops.TOPIC: _stops,
    held.TOPIC: _held,
    gaps.TOPIC: _gaps,
    unmapped.TOPIC: _unmapped,
    sequence.TOPIC: _sequences,
    feed.TOPIC: _feed_counts,
    feed_state.TOPIC: _feed_states,
    case.TOPIC: _cases,
    surveillance.MOVES: _case_moves,
    surveillance.BASELINES: _baselines,
    surveillance.PLACES: _places,
    changelog.RULES: _alert_table,
    changelog.CASES: _case_table,
    standing.TOPIC: _alerting,
    decisions.TOPIC: _alert_settings,
    memory.TOPIC: _alert_state,
}
