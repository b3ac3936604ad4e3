"""The fold: what is current of a resource, as a pure function of the events that told of it.

Each event claims some elements; of all claims on an element the greatest (rank, version) stands. So the order of the
events, their repeats and the batches they came in make no difference: `fold` is commutative, associative, idempotent.

- A value sent and an erasure have rank 1, a value inferred (a default, a status that the event implies) has rank 0.
- An event that erases an element and gives a value for it, be it a default, means the value.
- Empty claims nothing.
- A report's results add up until an event erases those before it (engine/canonical/results.py).
- Of two claims of one version the one with a value stands, then the greater as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from engine.bus.record import Position
from engine.canonical.claim import INFERRED, SENT, Claim
from engine.canonical.elements import REPORT, RESULT, WHOLE, Members, element_of, list_of, split
from engine.canonical.resource import Body, Resource
from engine.canonical.results import adds, fold_results, unfold_results


class Newest(NamedTuple):
    """The newest of the events that a resource was folded from."""

    version: str
    raw: Position
    facility: str
    subject: str
    mapping: str


class Current(NamedTuple):
    """A resource as all its events together tell of it.

    `element_versions` holds the claim that stands for each element (engine/canonical/elements.py); an element that the
    body lacks was erased. `identifier` or `link` alone is an erasure of all of the list that are older.
    """

    type: str
    id: str
    body: Body
    element_versions: Mapping[str, Claim]
    newest: Newest

    @property
    def version(self) -> str:
        return self.newest.version


class _Part(NamedTuple):
    claim: Claim
    members: Members


_Parts = dict[str, _Part]


def fold(current: Current | None, resource: Resource) -> Current:
    """The current resource after one more event of its id, or after the first."""
    alone = tell(resource)
    return alone if current is None else merge(current, alone)


def refold(resources: Iterable[Resource]) -> Current | None:
    """The current resource from all its events, in any order; None when there are none."""
    current = None
    for resource in resources:
        current = fold(current, resource)
    return current


def tell(resource: Resource) -> Current:
    """What is current when only this event is known."""
    origin = resource.origin
    newest = Newest(origin.version, origin.raw, origin.facility, origin.subject, origin.mapping)
    if not resource.deleted and not resource.inferred:
        return _as_sent(resource, newest)
    return _assemble(resource.type, resource.id, _claimed(resource), newest)


def merge(one: Current, other: Current) -> Current:
    """What is current when the events of both are known; both are of the same id."""
    parts = _parts(one)
    for element, part in _parts(other).items():
        held = parts.get(element)
        parts[element] = part if held is None else _greater(held, part)
    return _assemble(one.type, one.id, parts, max(one.newest, other.newest))


def _greater(one: _Part, other: _Part) -> _Part:
    if one.claim != other.claim:
        return one if one.claim > other.claim else other
    return max(one, other, key=_rank_of_equals)


def _rank_of_equals(part: _Part) -> tuple[bool, bytes]:
    return bool(part.members), orjson.dumps(part.members, option=orjson.OPT_SORT_KEYS)


def _as_sent(resource: Resource, newest: Newest) -> Current:
    """What `_assemble` makes of an event that erases and infers nothing: one claim stands for all of its elements."""
    claim = Claim(SENT, newest.version)
    elements = split(resource.type, resource.body)
    order = sorted(elements)
    body: Body = {"resourceType": resource.type, "id": resource.id}
    for element in order:
        for name, value in elements[element].items():
            body[name] = body[name] + value if name in body else value
    versions = dict.fromkeys(order, claim)
    if resource.type == REPORT:
        fold_results(body, versions)
    return Current(resource.type, resource.id, body, versions, newest)


def _claimed(resource: Resource) -> _Parts:
    """The parts that an event claims."""
    version = resource.origin.version
    sent = Claim(SENT, version)
    elements = split(resource.type, resource.body)
    erased = {element_of(resource.type, name) for name in resource.deleted}
    if resource.type == REPORT and adds(resource.body):
        erased.discard(RESULT)
    inferred = {element_of(resource.type, name) for name in resource.inferred} - erased - {WHOLE}
    parts = {element: _Part(sent, {}) for element in erased}
    for element, members in elements.items():
        is_inferred = element.partition("|")[0] in inferred
        parts[element] = _Part(Claim(INFERRED, version) if is_inferred else sent, members)
    return parts


def _parts(current: Current) -> _Parts:
    body, versions = current.body, current.element_versions
    if current.type == REPORT:
        body, versions = unfold_results(body, versions)
    members = split(current.type, body)
    return {element: _Part(claim, members.get(element, {})) for element, claim in versions.items()}


def _assemble(resource_type: str, identity: str, parts: _Parts, newest: Newest) -> Current:
    body: Body = {"resourceType": resource_type, "id": identity}
    versions: dict[str, Claim] = {}
    for element, (claim, members) in sorted(parts.items()):
        whole = list_of(element)
        if whole and whole in parts and claim < parts[whole].claim:
            continue
        versions[element] = claim
        for name, value in members.items():
            body[name] = body[name] + value if whole and name in body else value
    if resource_type == REPORT:
        fold_results(body, versions)
    return Current(resource_type, identity, body, versions, newest)
