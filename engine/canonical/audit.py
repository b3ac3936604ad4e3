"""Security events and what people did: FHIR R4 AuditEvent resources on the topic `audit`, without patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from engine.bus.record import Record

TOPIC = "audit"

DCM = "http://dicom.nema.org/resources/ontology/DCM"
OWN = "urn:engine:security-event"
"""System of the codes in `Event`."""

ENTITY_TYPE = {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "2"}
"""A system object: the facility as the registry knows it."""

IP_ADDRESS = "2"
SUCCESS, MINOR_FAILURE = "0", "4"


class Event(StrEnum):
    """What happened: a closed set of codes."""

    RECORDING_STARTED = "recording-started"
    """A process began to write; each begins a chain of its own."""
    MISMATCH = "mismatch"
    """A connection claimed a facility that it may not send for."""
    UNKNOWN_FACILITY = "unknown-facility"
    """A connection claimed a facility that the registry does not know."""
    HANDSHAKE_REFUSED = "handshake-refused"
    """A TLS handshake failed: no certificate, one that is expired, revoked or another's, or no TLS at all."""
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - a code, no secret
    """A request came without a token, or with one that nobody has."""
    CERTIFICATE_RELOADED = "certificate-reloaded"
    """The listener took new certificates, authorities or revocations into use."""
    LIMIT_REFUSED = "limit-refused"
    """A connection was refused because there were too many."""
    LETTER_REVEALED = "dead-letter-revealed"
    """Somebody looked at the message of a dead letter."""
    RECORDS_REVEALED = "records-revealed"
    """Somebody looked at what records of a topic say."""
    LETTERS_RETRIED = "dead-letters-retried"
    """Somebody had the messages of dead letters transformed again."""
    LETTERS_DROPPED = "dead-letters-dropped"
    """Somebody decided that dead letters ask for nothing."""
    REPLAYED = "replayed"
    """Somebody had messages transformed again."""
    PERSONS_DECIDED = "persons-decided"
    """Somebody decided that two patients are one person, or are not."""
    STOPPED = "transform-stopped"
    """The transformer stands, as too many messages became dead letters."""
    RELEASED = "released"
    """Somebody let go on what stood: the transformer, or keys that were held."""
    ALERT_ACKNOWLEDGED = "alert-acknowledged"
    """Somebody took an alert over, or said that a case was notified."""
    ALERTS_SILENCED = "alerts-silenced"
    """Somebody had nobody told of alerts for a while, or ended that."""
    ALERT_RULE_SET = "alert-rule-set"
    """Somebody set a number of an alert rule, or let that of its file count again."""


_SECURITY_ALERT, _ACTIVITY = ("110113", "Security Alert"), ("110100", "Application Activity")
_PATIENT_RECORD, _RESTRICTED = ("110110", "Patient Record"), ("110132", "Use of Restricted Function")
_CODES = {
    Event.RECORDING_STARTED: (_ACTIVITY, ("110134", "Audit Recording Started")),
    Event.MISMATCH: (_SECURITY_ALERT, ("110132", "Use of Restricted Function")),
    Event.UNKNOWN_FACILITY: (_SECURITY_ALERT, ("110132", "Use of Restricted Function")),
    Event.HANDSHAKE_REFUSED: (_SECURITY_ALERT, ("110126", "Node Authentication")),
    Event.TOKEN_REFUSED: (_SECURITY_ALERT, ("110126", "Node Authentication")),
    Event.CERTIFICATE_RELOADED: (_SECURITY_ALERT, ("110129", "Security Configuration")),
    Event.LIMIT_REFUSED: (_SECURITY_ALERT, ("110132", "Use of Restricted Function")),
    Event.LETTER_REVEALED: (_PATIENT_RECORD, _RESTRICTED),
    Event.RECORDS_REVEALED: (_PATIENT_RECORD, _RESTRICTED),
    Event.LETTERS_RETRIED: (_ACTIVITY, _RESTRICTED),
    Event.LETTERS_DROPPED: (_ACTIVITY, _RESTRICTED),
    Event.REPLAYED: (_ACTIVITY, _RESTRICTED),
    Event.PERSONS_DECIDED: (_PATIENT_RECORD, _RESTRICTED),
    Event.STOPPED: (_ACTIVITY, ("110121", "Application Stop")),
    Event.RELEASED: (_ACTIVITY, _RESTRICTED),
    Event.ALERT_ACKNOWLEDGED: (_ACTIVITY, _RESTRICTED),
    Event.ALERTS_SILENCED: (_ACTIVITY, _RESTRICTED),
    Event.ALERT_RULE_SET: (_ACTIVITY, _RESTRICTED),
}
"""Type and subtype by DICOM PS3.16, CID 400 and 401, which FHIR's value sets take over."""

_DEEDS = frozenset(
    {
        Event.LETTER_REVEALED,
        Event.RECORDS_REVEALED,
        Event.LETTERS_RETRIED,
        Event.LETTERS_DROPPED,
        Event.REPLAYED,
        Event.PERSONS_DECIDED,
        Event.RELEASED,
        Event.ALERT_ACKNOWLEDGED,
        Event.ALERTS_SILENCED,
        Event.ALERT_RULE_SET,
    }
)
_GOOD = frozenset({Event.RECORDING_STARTED, Event.CERTIFICATE_RELOADED, *_DEEDS})
_ACTIONS = {
    Event.LETTER_REVEALED: "R",
    Event.RECORDS_REVEALED: "R",
    Event.LETTERS_DROPPED: "U",
    Event.PERSONS_DECIDED: "U",
}
"""Reading and updating; all else is executing something."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event, or `count` equal ones since `since_us`; `facility` is a code of the registry or a keyed hash.

    What a person did names the person, as the machine knows them, and the records it was done to.
    """

    event: Event
    listener: str
    recorded_us: int
    address: str = ""
    facility: str = ""
    reason: str = ""
    count: int = 1
    since_us: int = 0
    person: str = ""
    records: tuple[str, ...] = ()


def encode(event: SecurityEvent, identity: str) -> bytes:
    """The event as an AuditEvent whose id is `identity`."""
    kind, subtype = _CODES[event.event]
    body: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": identity,
        "type": _coding(DCM, *kind),
        "subtype": [_coding(DCM, *subtype), {"system": OWN, "code": event.event.value}],
        "action": _ACTIONS.get(event.event, "E"),
        "recorded": _instant(event.recorded_us),
        "outcome": SUCCESS if event.event in _GOOD else MINOR_FAILURE,
        "agent": [_agent(event)],
        "source": {"observer": {"display": f"engine listener {event.listener}" if event.listener else "engine"}},
    }
    if event.since_us:
        body["period"] = {"start": _instant(event.since_us), "end": _instant(event.recorded_us)}
    if event.reason:
        body["outcomeDesc"] = event.reason
    body["entity"] = [_entity(event)]
    return orjson.dumps(body)


def describe(record: Record) -> dict[str, Any]:
    """What a record of `audit` tells, read from its body alone, which the chain covers; raises ValueError on others."""
    try:
        body = orjson.loads(record.value)
        entity = body["entity"][0]
        return {
            "position": str(record.position),
            "id": body["id"],
            "time": body["recorded"],
            "event": body["subtype"][1]["code"],
            "listener": entity["name"],
            "address": body["agent"][0].get("network", {}).get("address", ""),
            "person": body["agent"][0].get("altId", ""),
            "facility": entity.get("what", {}).get("identifier", {}).get("value", ""),
            "count": int(entity["detail"][0]["valueString"]),
            "reason": body.get("outcomeDesc", ""),
            "records": [one["valueString"] for one in entity["detail"] if one["type"] == "record"],
        }
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise ValueError("the record is no security event of the engine - see engine/canonical/audit.py") from None


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _agent(event: SecurityEvent) -> dict[str, Any]:
    """Who asked for it: a person, the machine at the other end, or the engine itself."""
    if event.person:
        return {"altId": event.person, "requestor": True}
    if not event.address:
        return {"requestor": False}
    return {"requestor": True, "network": {"address": event.address, "type": IP_ADDRESS}}


def _entity(event: SecurityEvent) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": ENTITY_TYPE, "name": event.listener or "engine"}
    if event.facility:
        entity["what"] = {"identifier": {"value": event.facility}}
    named = [{"type": "record", "valueString": one} for one in event.records]
    return entity | {"detail": [{"type": "count", "valueString": str(event.count)}, *named]}


def _instant(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="milliseconds")
