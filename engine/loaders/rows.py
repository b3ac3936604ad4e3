"""Values as rows of the warehouse's tables, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from engine.bus.record import Position
from engine.canonical.claim import Claim
from engine.canonical.fold import Current, Newest
from engine.canonical.receipt import Receipt
from engine.canonical.resource import Origin, Resource
from engine.canonical.version import event_us
from engine.loaders.event import Event
from engine.loaders.tables import Row


def history_row(event: Event, now_us: int) -> Row:
    """An event as a row of `history`."""
    resource, origin = event.resource, event.origin
    return (
        *origin.raw,
        origin.generation,
        resource.place,
        resource.type,
        resource.id,
        origin.version,
        origin.facility,
        origin.subject,
        event.body,
        ",".join(resource.deleted),
        ",".join(resource.inferred),
        resource.weak,
        origin.mapping,
        origin.message_key,
        origin.received_us,
        now_us,
    )


HISTORY_COLUMNS = (
    *("raw_topic", "raw_part", "raw_offset", "generation", "event_index", "resource_type", "id", "version"),
    *("facility", "subject", "body", "deleted", "inferred", "mapping", "message_key"),
)
"""What `read_event` needs of a row of `history`."""


def read_event(row: Row) -> Resource:
    """The event that a row of `history` holds, as far as the fold looks at it."""
    topic, part, offset, generation, index, resource_type, identity, version, *rest = row
    facility, subject, body, deleted, inferred, mapping, message_key = rest
    origin = Origin(Position(topic, part, offset), facility, subject, message_key, version, 0, mapping, generation)
    return Resource(resource_type, identity, orjson.loads(body), origin, index, _names(deleted), _names(inferred))


def receipt_row(receipt: Receipt, now_us: int) -> Row:
    """A receipt as a row of `receipts`."""
    origin = receipt.origin
    named = (origin.facility, receipt.message_type, origin.received_us, origin.message_key)
    told = (receipt.outcome.value, receipt.events, receipt.reason)
    return (*origin.raw, origin.generation, *named, *told, now_us, event_us(origin.version, origin.received_us))


def current_row(current: Current, now_us: int) -> Row:
    """A current resource as a row of `current`."""
    newest = current.newest
    return (
        current.type,
        current.id,
        newest.version,
        newest.facility,
        newest.subject,
        orjson.dumps(current.body).decode(),
        orjson.dumps(write_claims(current.element_versions)).decode(),
        newest.mapping,
        *newest.raw,
        now_us,
    )


CURRENT_COLUMNS = (
    *("resource_type", "id", "version", "facility", "subject", "body", "element_versions", "mapping"),
    *("raw_topic", "raw_part", "raw_offset"),
)
"""What `read_current` needs of a row of `current`."""


def read_current(row: Row) -> Current:
    """The current resource that a row of `current` holds."""
    resource_type, identity, version, facility, subject, body, written, mapping, topic, part, offset = row
    newest = Newest(version, Position(topic, part, offset), facility, subject, mapping)
    claims = dict(_read_claims(orjson.loads(written)))
    return Current(resource_type, identity, orjson.loads(body), claims, newest)


def write_claims(claims: Mapping[str, Claim]) -> dict[str, list[str]]:
    """Claims as JSON: `{"1 VERSION": ["birthDate", "gender"]}`, as most elements of a resource share one claim."""
    elements: dict[str, list[str]] = {}
    last, names = None, list[str]()
    for element, claim in claims.items():
        if claim is not last:
            last, names = claim, elements.setdefault(f"{claim.rank} {claim.version}", [])
        names.append(element)
    return elements


def _read_claims(written: Mapping[str, list[str]]) -> Iterable[tuple[str, Claim]]:
    for text, elements in written.items():
        rank, _, version = text.partition(" ")
        claim = Claim(int(rank), version)
        for element in elements:
            yield element, claim


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
