"""What the engine stores of a message besides bodies, as one would write it who has a list of them.

The message as it came; of each body an event in the same envelope; copies of those that alert rules watch; a case for
each diagnosis; a receipt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import hl7

Body = dict[str, Any]
Headers = list[tuple[str, bytes]]

SECRET = bytes(32)
FACILITY = "79014"
MAPPING = "0123456789ab"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
FLAGS = {"HH", "LL", "AA"}
TAKEN_BACK = {"corrected", "amended", "entered-in-error", "cancelled"}
RAW, WATCHED, CASES, RECEIPTS = "hl7.raw", "watched.clinical", "cases", "receipts"
OTHERS = (RAW, WATCHED, CASES, RECEIPTS)
"""The topics besides those of the types of resources."""


class Made(NamedTuple):
    """One record that a message comes to."""

    topic: str
    value: bytes
    headers: Headers


class Known(NamedTuple):
    """What all records of a message say of it."""

    text: bytes
    control_id: str
    kind: str
    subject: str
    received_us: int
    digest: str


def know(message: hl7.Message) -> Known:
    """Read what all records of a message say."""
    text = str(message).encode()
    patient = str(message.segment("PID")(3)(1)(1)).encode()
    return Known(
        text,
        str(message.segment("MSH")[10]),
        str(message.segment("MSH")[9]),
        hmac.new(SECRET, patient, hashlib.sha256).hexdigest()[:32],
        time.time_ns() // 1000,
        hashlib.sha256(text).hexdigest(),
    )


def raw_of(known: Known) -> Made:
    """The message as it came."""
    headers = {
        "id": uuid.uuid4().hex,
        "facility": FACILITY,
        "messagekey": known.digest,
        "type": known.kind,
        "received": str(known.received_us),
        "listener": "mllp",
    }
    return Made(RAW, known.text, _encoded(headers))


def records_of(known: Known, position: str, bodies: list[Body]) -> Iterator[Made]:
    """All that is stored after the message, which stands at this position."""
    for index, body in enumerate(bodies):
        identity, value = body["id"], json.dumps(body).encode()
        headers = _envelope(known, position, index, f"fhir.{body['resourceType']}", identity)
        yield Made(body["resourceType"].lower(), value, headers)
        if _is_watched(body):
            yield Made(WATCHED, value, headers)
        if body["resourceType"] == "Condition":
            yield Made(CASES, json.dumps(_case(body)).encode(), _envelope(known, position, index, "case", identity))
    receipt = {
        "raw": position,
        "facility": FACILITY,
        "subject": known.subject,
        "messageKey": known.digest,
        "version": _version(known),
        "received": known.received_us,
        "mapping": MAPPING,
        "generation": 1,
        "messageType": known.kind,
        "outcome": "mapped",
        "events": len(bodies),
        "reason": "",
        "where": "",
        "owed": False,
    }
    yield Made(RECEIPTS, json.dumps(receipt).encode(), [("content-type", b"application/json")])


def _envelope(known: Known, position: str, index: int, kind: str, identity: str) -> Headers:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{position}/1/{index}",
        "ce_source": f"/facility/{FACILITY}",
        "ce_type": kind,
        "ce_time": datetime.fromtimestamp(known.received_us / 1e6, UTC).isoformat(timespec="microseconds"),
        "ce_subject": known.subject,
        "ce_version": _version(known),
        "ce_messagekey": known.digest,
        "ce_mapping": MAPPING,
        "ce_resource": identity,
        "content-type": "application/fhir+json",
    }
    return _encoded(headers)


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name, text.encode()) for name, text in headers.items()]


def _version(known: Known) -> str:
    return f"{known.received_us:017d}-{0:015d}-{known.received_us:017d}-{known.digest[:16]}"


def _is_watched(body: Body) -> bool:
    if body["resourceType"] == "Observation":
        flagged = {one.get("code") for each in body.get("interpretation", []) for one in each.get("coding", [])}
        return bool(flagged & FLAGS) or body.get("status") in TAKEN_BACK
    return body["resourceType"] == "Patient" or bool(_codes(body))


def _codes(body: Body) -> list[str]:
    """Codes of ICD-10, which only diagnoses have."""
    coded = body.get("code") if body["resourceType"] == "Condition" else None
    return [one.get("code", "") for one in (coded or {}).get("coding", []) if one.get("system") == ICD10]


def _case(body: Body) -> Body:
    day = str(body.get("onsetDateTime") or body.get("recordedDate") or "")[:10]
    return {"codes": _codes(body), "day": day, "place": "", "stands": True, "confirmed": False}
