"""Security events: FHIR R4 AuditEvent resources on the topic `audit`, without anything of a message or a patient."""

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


_SECURITY_ALERT, _ACTIVITY = ("110113", "Security Alert"), ("110100", "Application Activity")
_CODES = {
    Event.RECORDING_STARTED: (_ACTIVITY, ("110134", "Audit Recording Started")),
    Event.MISMATCH: (_SECURITY_ALERT, ("110132", "Use of Restricted Function")),
    Event.UNKNOWN_FACILITY: (_SECURITY_ALERT, ("110132", "Use of Restricted Function")),
    Event.HANDSHAKE_REFUSED: (_SECURITY_ALERT, ("110126", "Node Authentication")),
    Event.TOKEN_REFUSED: (_SECURITY_ALERT, ("110126", "Node Authentication")),
    Event.CERTIFICATE_RELOADED: (_SECURITY_ALERT, ("110129", "Security Configuration")),
    Event.LIMIT_REFUSED: (_SECURITY_ALERT, ("110132", "Use of Restricted Function")),
}
"""Type and subtype by DICOM PS3.16, CID 400 and 401, which FHIR's value sets take over."""

_GOOD = frozenset({Event.RECORDING_STARTED, Event.CERTIFICATE_RELOADED})


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event, or `count` equal ones since `since_us`; `facility` is a code of the registry or a keyed hash."""

    event: Event
    listener: str
    recorded_us: int
    address: str = ""
    facility: str = ""
    reason: str = ""
    count: int = 1
    since_us: int = 0


def encode(event: SecurityEvent, identity: str) -> bytes:
    """The event as an AuditEvent whose id is `identity`."""
    kind, subtype = _CODES[event.event]
    body: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": identity,
        "type": _coding(DCM, *kind),
        "subtype": [_coding(DCM, *subtype), {"system": OWN, "code": event.event.value}],
        "action": "E",
        "recorded": _instant(event.recorded_us),
        "outcome": SUCCESS if event.event in _GOOD else MINOR_FAILURE,
        "agent": [_agent(event.address)],
        "source": {"observer": {"display": f"engine listener {event.listener}".strip()}},
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
            "facility": entity.get("what", {}).get("identifier", {}).get("value", ""),
            "count": int(entity["detail"][0]["valueString"]),
            "reason": body.get("outcomeDesc", ""),
        }
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise ValueError("the record is no security event of the engine - see engine/canonical/audit.py") from None


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _agent(address: str) -> dict[str, Any]:
    """Who asked for it: the machine at the other end, or the engine itself."""
    if not address:
        return {"requestor": False}
    return {"requestor": True, "network": {"address": address, "type": IP_ADDRESS}}


def _entity(event: SecurityEvent) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": ENTITY_TYPE, "name": event.listener or "engine"}
    if event.facility:
        entity["what"] = {"identifier": {"value": event.facility}}
    return entity | {"detail": [{"type": "count", "valueString": str(event.count)}]}


def _instant(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="milliseconds")
