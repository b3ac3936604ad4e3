"""One raw record into all that is published because of it: events, a receipt, a dead letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple, Protocol

from engine.bus.record import Record
from engine.canonical import case, dead, raw, receipt
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.canonical.envelope import seal
from engine.canonical.feed import is_late
from engine.canonical.receipt import Outcome
from engine.canonical.resource import Resource
from engine.facilities.facility import Facility, Registry
from engine.transforms.codes import Miss
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Refusal, Transformed, give_up, transform


class Keying(Protocol):
    """Gives an event another key than its subject."""

    def of(self, resource: Resource) -> bytes:
        """The key."""


Route = Callable[[Resource], Sequence[str]]
"""The topics that an event goes to."""


class Converted(NamedTuple):
    """What one raw record came to; `records` are to be published in this order."""

    outcome: Outcome
    records: tuple[Record, ...]
    resource_types: tuple[str, ...] = ()
    reason: Reason | None = None
    unaddressed: bool = False
    """The sender is owed an application acknowledgment, and its facility has no address for it."""
    facility: str = ""
    unmapped: tuple[Miss, ...] = ()
    """What the tables did not hold of the message."""
    content: int = 0
    """Tells a message with such codes from others of other bytes."""
    received_us: int = 0
    late: bool = False
    """Whether it was received long after its own time."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A mapping set at work, with who sends and where events go; a replay owes no sender an answer."""

    mappings: MappingSet
    generation: int
    registry: Registry
    route: Route
    replay: bool = False
    keys: Mapping[str, Keying] = field(default_factory=dict)
    """By topic, what its events are keyed by where that is not their subject."""
    strict: frozenset[str] = frozenset()
    """Topics that get no event of a key after a dead letter of it, until they are told."""

    def convert(self, record: Record, now_us: int) -> Converted:
        """Transform one record of `hl7.raw`; a record that is none is a dead letter too."""
        try:
            message = raw.decode(record)
        except ValueError:
            refusal = Refusal(Reason.NOT_HL7, "", "the record is no raw message of the engine - look at its headers")
            return Converted(Outcome.DEAD, (_letter(record, refusal, now_us),), reason=refusal.reason)
        facility = self.registry.by_code(message.facility)
        done = transform(message, record.position, facility, self.mappings, self.generation)
        return self._converted(record, message, facility, done, now_us)

    def give_up(self, record: Record, ends: int, now_us: int) -> Converted:
        """The dead letter of a raw record that ended the process so often; raises ValueError for what is none."""
        refusal = Refusal(Reason.CRASH, "", f"the process ended {ends} times in the middle of this message")
        message = raw.decode(record)
        facility = self.registry.by_code(message.facility)
        done = give_up(message, record.position, facility, self.mappings, self.generation, refusal)
        return self._converted(record, message, facility, done, now_us)

    def _converted(
        self, record: Record, message: raw.Raw, facility: Facility, done: Transformed, now_us: int
    ) -> Converted:
        letters = [_letter(record, done.refusal, now_us)] if done.refusal else []
        told = done.receipt._replace(owed=False) if self.replay else done.receipt
        return Converted(
            told.outcome,
            (*self._events(done), *letters, receipt.encode(told)),
            tuple(map(_type_of, done.resources)),
            done.refusal.reason if done.refusal else None,
            told.owed and facility.answers_to is None,
            facility.code,
            done.unmapped,
            hash(message.payload) if done.unmapped else 0,
            message.received_us,
            is_late(message.received_us, told.origin.version),
        )

    def _events(self, done: Transformed) -> list[Record]:
        """Of each resource its event and the copies of it that routes ask for; then the cases."""
        events = seal(done.resources, done.receipt.origin)
        routed, route = list[Record](), self.route
        for one, event in zip(done.resources, events, strict=True):
            own = event.topic
            for topic in route(one):
                routed.append(event if topic == own else self._copy(event, topic, one))
        return routed + case.cases_of(done.resources, events)

    def _copy(self, event: Record, topic: str, resource: Resource) -> Record:
        key = self.keys.get(topic)
        return Record(topic, event.key if key is None else key.of(resource), event.value, event.headers)


_type_of = itemgetter(Resource._fields.index("type"))


def _letter(record: Record, refusal: Refusal, now_us: int) -> Record:
    letter = DeadLetter(refusal.reason, Stage.TRANSFORM, refusal.where, refusal.detail, record)
    return dead.encode(letter, now_us)


def bury(record: Record, converted: Converted, problem: str, now_us: int, attempts: int) -> Converted:
    """The dead letter and the receipt in place of what a raw record came to, which the bus does not take."""
    letter = DeadLetter(Reason.BUS, Stage.TRANSFORM, "", problem, record, attempts)
    told = [receipt.decode(one) for one in converted.records if one.topic == receipt.TOPIC]
    told = [one._replace(outcome=Outcome.DEAD, events=0, reason=Reason.BUS, where="") for one in told]
    records = (dead.encode(letter, now_us), *map(receipt.encode, told))
    buried = Converted(Outcome.DEAD, records, reason=Reason.BUS, facility=converted.facility)
    return buried._replace(received_us=converted.received_us, late=converted.late)
