"""The envelope of an event on `fhir.*`: CloudEvents 1.0 in binary mode (Kafka protocol binding), the body beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from operator import itemgetter

import orjson

from engine.bus.record import Position, Record
from engine.canonical.resource import Body, Origin, Resource, SharedBody

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


def seal(resources: Iterable[Resource], origin: Origin) -> list[Record]:
    """The events that tell of the resources of a message, each on the topic of its type and keyed by its subject.

    An id is the same for the same raw record, mapping generation and place in the message, however often it is made.
    No header repeats another: the id begins with these three, and the time is that of the receipt.
    """
    common, key, name = _common_of(origin), origin.subject.encode(), f"{origin.raw}/{origin.generation}/".encode()
    events, dumps = [], orjson.dumps
    for kind, identity, body, _, place, deleted, inferred, weak in resources:
        headers = common.copy()
        topic, headers["ce_type"] = _names_of(kind)
        headers["ce_id"] = name + (_PLACES[place] if place < _FEW else b"%d" % place)
        headers["ce_resource"] = identity.encode()
        if deleted:
            headers["ce_deleted"] = ",".join(deleted).encode()
        if inferred:
            headers["ce_inferred"] = ",".join(inferred).encode()
        if weak:
            headers["ce_weak"] = b"true"
        text = body.text if type(body) is SharedBody else dumps(body)
        events.append(tuple.__new__(Record, (topic, key, text, headers, *_UNPUBLISHED)))
    return events


def encode(resource: Resource, topic: str) -> Record:
    """The event that tells of the resource, on a topic."""
    return seal([resource], resource.origin)[0]._replace(topic=topic)


_FEW = 64
_PLACES = tuple(b"%d" % place for place in range(_FEW))
"""The places of most events, as their ids have them."""
_UNPUBLISHED = Record("", b"", b"")[4:]
"""What the other fields of a record are; to name them all is quicker, for twenty events a message."""


def _common_of(origin: Origin) -> dict[str, bytes]:
    """The headers that all events of a message share, and room for those that each has: a copy need not grow."""
    headers = {
        "ce_specversion": "1.0",
        "ce_source": f"/facility/{origin.facility}",
        "ce_time": instant(origin.received_us),
        "ce_subject": origin.subject,
        "ce_version": origin.version,
        "ce_messagekey": origin.message_key,
        "ce_mapping": origin.mapping,
    }
    told = {name: text.encode() for name, text in headers.items() if text}
    return {**told, "content-type": CONTENT_TYPE, "ce_id": b"", "ce_type": b"", "ce_resource": b""}


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
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_second(seconds)}.{rest:06d}+00:00"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def _microseconds(received: bytes) -> int:
    """Microseconds since the epoch, of digits or of what `instant` wrote."""
    if received.isdigit():
        return int(received)
    moment = datetime.fromisoformat(received.decode())
    if moment.tzinfo is None:
        raise ValueError("the event's time has no offset from UTC - see engine/canonical/envelope.py")
    return (moment - _EPOCH) // _MICROSECOND
