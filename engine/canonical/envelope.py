"""The envelope of an event on `fhir.*`: CloudEvents 1.0 in binary mode (Kafka protocol binding), the body beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
    """The envelope of the events of one raw message: what their headers have in common is made once.

    No header repeats another: `ce_id` begins with the position of the raw record, the mapping generation and the place
    in the message, and `ce_time` is the receipt to the microsecond.
    """

    __slots__ = ("_headers", "_key", "_name")

    def __init__(self, origin: Origin) -> None:
        headers = {
            "ce_specversion": "1.0",
            "ce_source": f"/facility/{origin.facility}",
            "ce_time": instant(origin.received_us),
            "ce_subject": origin.subject,
            "ce_version": origin.version,
            "ce_messagekey": origin.message_key,
            "ce_mapping": origin.mapping,
        }
        self._headers = {name: text.encode() for name, text in headers.items() if text}
        self._headers["content-type"] = CONTENT_TYPE
        self._key = origin.subject.encode()
        self._name = f"{origin.raw}/{origin.generation}/".encode()

    def event(self, resource: Resource) -> Record:
        """The event that tells of the resource, on the topic of its type and keyed by its subject.

        Its id is the same for the same raw record, mapping generation and place in the message, however often it is
        made.
        """
        kind, identity, body, _, place, deleted, inferred, weak = resource
        topic, type_name = _names_of(kind)
        headers = self._headers.copy()
        headers["ce_id"] = self._name + b"%d" % place
        headers["ce_type"] = type_name
        headers["ce_resource"] = identity.encode()
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
    *raw, generation, place = _parts_of(header)
    return Resource(
        type=header["ce_type"].decode().removeprefix("fhir."),
        id=header["ce_resource"].decode(),
        body=_body(record.value),
        origin=_origin(tuple(raw), generation, _received(header), *_told_of_origin(header)),
        place=int(place),
        deleted=_names(header.get("ce_deleted", b"").decode()),
        inferred=_names(header.get("ce_inferred", b"").decode()),
        weak="ce_weak" in header,
    )


def raw_of(record: Record) -> Position:
    """The raw record that an event was made from; raises ValueError or KeyError when the record names none."""
    raw = record.text("ce_raw") or "/".join(record.headers["ce_id"].decode().split("/")[:3])
    return Position.parse(raw)


def received_us(record: Record) -> int:
    """When the message of an event was received; raises ValueError or KeyError when the record does not say."""
    return _microseconds(_received(record.headers))


def _parts_of(header: Mapping[str, bytes]) -> list[bytes]:
    """Topic, partition and offset of the raw record, the generation and the place in the message.

    Five parts that an id begins with; what the engine tells of itself has them in headers, as events had once.
    """
    raw = header.get("ce_raw")
    if raw is None:
        return header["ce_id"].split(b"/", 5)[:5]
    return [*raw.split(b"/"), header["ce_generation"], header["ce_index"]]


def _received(header: Mapping[str, bytes]) -> bytes:
    return header.get("ce_received") or header["ce_time"]


_told_of_origin = itemgetter("ce_source", "ce_subject", "ce_messagekey", "ce_version", "ce_mapping")


@lru_cache(maxsize=256)
def _origin(
    raw: tuple[bytes, ...],
    generation: bytes,
    received: bytes,
    source: bytes,
    subject: bytes,
    message_key: bytes,
    version: bytes,
    mapping: bytes,
) -> Origin:
    """The origin that these headers tell, one for all events of a message, which come one after the other."""
    topic, partition, offset = raw
    return Origin(
        raw=Position(topic.decode(), int(partition), int(offset)),
        facility=source.decode().removeprefix("/facility/"),
        subject=subject.decode(),
        message_key=message_key.decode(),
        version=version.decode(),
        received_us=_microseconds(received),
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


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(microseconds: int) -> str:
    """A time in microseconds since the epoch as RFC 3339 has it, in UTC."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")


def _microseconds(received: bytes) -> int:
    """Microseconds since the epoch, of digits or of what `instant` wrote."""
    if received.isdigit():
        return int(received)
    moment = datetime.fromisoformat(received.decode())
    if moment.tzinfo is None:
        raise ValueError("the event's time has no offset from UTC - see engine/canonical/envelope.py")
    return (moment - _EPOCH) // _MICROSECOND
