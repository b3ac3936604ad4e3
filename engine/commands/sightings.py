"""Messages looked through for what no line of their mapping reads, counted by sender and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean
from typing import NamedTuple

from engine.canonical.dead import Reason
from engine.canonical.key import subject
from engine.commands.corpus import Arrival
from engine.commands.masking import mask
from engine.commands.share import Share, share_of
from engine.facilities.facility import Facility, Registry
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import read_header
from engine.hl7.message import Message, parse
from engine.hl7.path import Path
from engine.transforms.fields import Scene, text
from engine.transforms.mapping import MessageMapping
from engine.transforms.mapping_set import MappingSet
from engine.transforms.reads import Reads, reads_of
from engine.transforms.transform import event_of
from engine.transforms.unread import unread

HASH_DIGITS = 8


class Sender(NamedTuple):
    """The facility, and the application that it claims in MSH-3: as it is when registered, else its hash."""

    facility: str
    application: str


@dataclass(slots=True)
class Sighting:
    """One place that is not read: in how many messages of which mappings, where first, and how it looks."""

    first: str
    first_us: int
    example: str
    count: int = 0
    mappings: set[str] = field(default_factory=set)


class Sightings:
    """All messages looked through so far."""

    def __init__(self, mappings: MappingSet, registry: Registry, secret: bytes) -> None:
        self.places: dict[tuple[Sender, Path], Sighting] = {}
        self.messages: Counter[tuple[Sender, str]] = Counter()
        """By sender and message mapping."""
        self.unmatched: Counter[tuple[Sender, str]] = Counter()
        """By sender and message type: no mapping takes it."""
        self.unreadable: Counter[tuple[Sender, str]] = Counter()
        """By sender and reason of the dead letter."""
        self.shares: list[Share] = []
        """Of each message in `messages`."""
        self._mappings = mappings
        self._registry = registry
        self._secret = secret
        self._reads: dict[tuple[int, str], Reads] = {}
        self._senders: dict[tuple[str, str], Sender] = {}

    @property
    def share(self) -> float:
        """The part of a message's valued fields that no line reads, averaged over the messages."""
        return fmean(one.part for one in self.shares) if self.shares else 0.0

    def add(self, arrival: Arrival) -> None:
        """Look through a message; an acknowledgment that no mapping takes asks for nothing, and is passed over."""
        facility = self._registry.by_code(arrival.raw.facility)
        try:
            header = read_header(arrival.raw.payload)
            decoded = decode(arrival.raw.payload, header.charset, facility.charset, facility.charset_default)
            message = parse(decoded.text)
        except (HeaderFault, CharsetFault) as fault:
            reason = Reason.NOT_HL7 if isinstance(fault, HeaderFault) else Reason.CHARSET
            self.unreadable[Sender(facility.code, ""), reason] += 1
            return
        scene = Scene(message.delimiters, facility, decoded.charset, decoded.text)
        self._add(arrival, facility, message, scene, answers=header.is_acknowledgment)

    def _add(self, arrival: Arrival, facility: Facility, message: Message, scene: Scene, *, answers: bool) -> None:
        sender = self._sender(facility, text(message.field(0, 3), scene))
        view = self._mappings.view(facility.code)
        mapping = view.match(message.code, event_of(message, scene), message.structure)
        if mapping is None:
            if not answers:
                self.unmatched[sender, arrival.raw.message_type] += 1
            return
        self.messages[sender, mapping.name] += 1
        key = (id(view), mapping.name)
        if key not in self._reads:
            self._reads[key] = reads_of(mapping, view.sources)
        self.shares.append(share_of(message, self._reads[key]))
        self._note(arrival, sender, mapping, dict(_first(unread(message, self._reads[key]))))

    def _note(self, arrival: Arrival, sender: Sender, mapping: MessageMapping, found: dict[Path, str]) -> None:
        received = arrival.raw.received_us
        for path, value in found.items():
            place = self.places.get((sender, path))
            if place is None:
                place = self.places[sender, path] = Sighting(arrival.where, received, mask(value))
            elif received < place.first_us:
                place.first, place.first_us, place.example = arrival.where, received, mask(value)
            place.count += 1
            place.mappings.add(mapping.name)

    def _sender(self, facility: Facility, application: str) -> Sender:
        key = (facility.code, application)
        if key not in self._senders:
            known = not application or application in facility.applications
            hashed = subject(self._secret, "application", application.encode())[:HASH_DIGITS]
            self._senders[key] = Sender(facility.code, application if known else f"#{hashed}")
        return self._senders[key]


def _first(found: Iterator[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    """The first value of each place."""
    seen: set[Path] = set()
    for path, value in found:
        if path not in seen:
            seen.add(path)
            yield path, value
