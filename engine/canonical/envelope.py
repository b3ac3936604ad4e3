"""The envelope of an event on `fhir.*`: CloudEvents 1.0 in binary mode (Kafka protocol binding), the body beside it."""

from __future__ import annotations

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


class Envelope:
    """The envelope of the events of one raw message: what their headers have in common is made once."""

    __slots__ = ("_headers", "_key", "_name")

    def __init__(self, origin: Origin) -> None:
        raw, generation = str(origin.raw), str(origin.generation)
        headers = {
            "ce_specversion": "1.0",
            "ce_source": f"/facility/{origin.facility}",
            "ce_time": instant(origin.received_us),
            "ce_subject": origin.subject,
            "ce_raw": raw,
            "ce_received": str(origin.received_us),
            "ce_version": origin.version,
            "ce_messagekey": origin.message_key,
            "ce_mapping": origin.mapping,
            "ce_generation": generation,
        }
        self._headers = {name: text.encode() for name, text in headers.items() if text}
        self._headers["content-type"] = CONTENT_TYPE
        self._key = origin.subject.encode()
        self._name = f"{raw}/{generation}/".encode()

    def event(self, resource: Resource) -> Record:
        """The event that tells of the resource, on the topic of its type and keyed by its subject.

        Its id is the same for the same raw record, mapping generation and place in the message, however often it is
        made.
        """
        kind, identity, body, _, place, deleted, inferred, weak = resource
        topic, type_name = _names_of(kind)
        headers, index = self._headers.copy(), b"%d" % place
        headers["ce_id"] = self._name + index
        headers["ce_type"] = type_name
        headers["ce_resource"] = identity.encode()
        headers["ce_index"] = index
        if deleted:
            headers["ce_deleted"] = ",".join(deleted).encode()
        if inferred:
            headers["ce_inferred"] = ",".join(inferred).encode()
        if weak:
            headers["ce_weak"] = b"true"
        return Record(topic, self._key, orjson.dumps(body), headers)


def encode(resource: Resource, topic: str) -> Record:
    """The event that tells of the resource, on a topic."""
    return Envelope(resource.origin).event(resource)._replace(topic=topic)


@cache
def _names_of(resource_type: str) -> tuple[str, bytes]:
    """The topic of a resource type, and what its events' header calls it."""
    return topic_of(resource_type), f"fhir.{resource_type}".encode()


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
