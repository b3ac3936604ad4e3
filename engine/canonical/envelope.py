"""The envelope of an event on `fhir.*`: CloudEvents 1.0 in binary mode (Kafka protocol binding), the body beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import itemgetter

import orjson

from engine.bus.record import Position, Record
from engine.canonical.resource import Body, Origin, Resource

CONTENT_TYPE = b"application/fhir+json"
LATEST = ".latest"
"""How the names of topics end that hold resources as they are now."""


def topic_of(resource_type: str) -> str:
    """The topic that holds a resource type: `fhir.diagnosticreport`."""
    return f"fhir.{resource_type.lower()}"


def latest_topic_of(resource_type: str) -> str:
    """The compacted topic that holds the resources of a type as they are now: `fhir.patient.latest`."""
    return topic_of(resource_type) + LATEST


def is_latest(topic: str) -> bool:
    """Whether a topic holds resources as they are now, and not events."""
    return topic.startswith(topic_of("")) and topic.endswith(LATEST)


def shared_headers(origin: Origin) -> dict[str, bytes]:
    """What the headers of all events of one raw message have in common; made once, it saves most of their cost."""
    headers = {
        "ce_specversion": "1.0",
        "ce_source": f"/facility/{origin.facility}",
        "ce_time": instant(origin.received_us),
        "ce_subject": origin.subject,
        "ce_raw": str(origin.raw),
        "ce_received": str(origin.received_us),
        "ce_version": origin.version,
        "ce_messagekey": origin.message_key,
        "ce_mapping": origin.mapping,
        "ce_generation": str(origin.generation),
    }
    encoded = {name: text.encode() for name, text in headers.items() if text}
    return encoded | {"content-type": CONTENT_TYPE}


def own_headers(topic: str, kind: str, name: str, facility: str, version: str, at_us: int) -> dict[str, bytes]:
    """The headers of what the engine itself tells on a topic, under a name that what it tells later shares.

    Those who read events read it too: `decode` takes it, though no raw record made it.
    """
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{name}/{at_us}",
        "ce_source": f"/facility/{facility}",
        "ce_type": kind,
        "ce_time": instant(at_us),
        "ce_subject": "",
        "ce_raw": f"{topic}/0/0",
        "ce_received": str(at_us),
        "ce_version": version,
        "ce_messagekey": "",
        "ce_mapping": "",
        "ce_generation": "0",
        "ce_resource": name,
        "ce_index": "0",
        "content-type": "application/json",
    }
    return {key: text.encode() for key, text in headers.items()}


def encode(resource: Resource, topic: str, shared: Mapping[str, bytes] | None = None) -> Record:
    """The event that tells of the resource, keyed by its subject; `shared` is what `shared_headers` gives for it.

    Its id is the same for the same raw record, mapping generation and place in the message, however often it is made.
    """
    shared = shared_headers(resource.origin) if shared is None else shared
    index = b"%d" % resource.place
    headers = {
        **shared,
        "ce_id": b"%b/%b/%b" % (shared["ce_raw"], shared["ce_generation"], index),
        "ce_type": _type_header(resource.type),
        "ce_resource": resource.id.encode(),
        "ce_index": index,
    }
    if resource.deleted:
        headers["ce_deleted"] = ",".join(resource.deleted).encode()
    if resource.inferred:
        headers["ce_inferred"] = ",".join(resource.inferred).encode()
    if resource.weak:
        headers["ce_weak"] = b"true"
    return Record(topic, resource.origin.subject.encode(), orjson.dumps(resource.body), headers)


@cache
def _type_header(resource_type: str) -> bytes:
    return f"fhir.{resource_type}".encode()


def decode(record: Record) -> Resource:
    """The resource that an event tells of; raises ValueError or KeyError when the record is not such an event."""
    header = record.headers
    return Resource(
        type=header["ce_type"].decode().removeprefix("fhir."),
        id=header["ce_resource"].decode(),
        body=_body(record.value),
        origin=_origin(*_told_of_origin(header)),
        place=int(header["ce_index"]),
        deleted=_names(header.get("ce_deleted", b"").decode()),
        inferred=_names(header.get("ce_inferred", b"").decode()),
        weak="ce_weak" in header,
    )


_told_of_origin = itemgetter(
    *("ce_raw", "ce_source", "ce_subject", "ce_messagekey", "ce_version", "ce_received", "ce_mapping", "ce_generation")
)


@lru_cache(maxsize=256)
def _origin(
    raw: bytes,
    source: bytes,
    subject: bytes,
    message_key: bytes,
    version: bytes,
    received: bytes,
    mapping: bytes,
    generation: bytes,
) -> Origin:
    """The origin that these headers tell, one for all events of a message, which come one after the other."""
    return Origin(
        raw=Position.parse(raw.decode()),
        facility=source.decode().removeprefix("/facility/"),
        subject=subject.decode(),
        message_key=message_key.decode(),
        version=version.decode(),
        received_us=int(received),
        mapping=mapping.decode(),
        generation=int(generation),
    )


def _body(value: bytes) -> Body:
    body = orjson.loads(value)
    if isinstance(body, dict):
        return body
    raise ValueError("the event's value is no JSON object - see engine/canonical/envelope.py")


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def instant(microseconds: int) -> str:
    """A time in microseconds since the epoch as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="milliseconds")
