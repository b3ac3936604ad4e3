"""One raw message through its mapping: pure, the same answer for the same message, mappings and generation."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.bus.record import Position
from engine.canonical.dead import Reason
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin, Resource
from engine.canonical.version import version
from engine.facilities.facility import Facility
from engine.hl7.acknowledgment import due
from engine.hl7.charset import CharsetFault, Decoded, decode
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import Header, read_header
from engine.hl7.message import Message, parse
from engine.hl7.timestamp import TimestampFault, instant_utc_micros, read_loosely
from engine.transforms.codes import Miss
from engine.transforms.fields import CONTROLS, Scene, text
from engine.transforms.mapping_set import MappingSet, View
from engine.transforms.merging import merge_resources
from engine.transforms.message_map import StructureFault, map_message
from engine.transforms.values import ValueFault

NO_BREAK_SPACE = "\xa0"
CONTROL_BYTES = bytes(sorted(set(range(0x20)) - set(b"\t\n\r")))


class Refusal(NamedTuple):
    """Why a message is a dead letter: `where` is an HL7 path or a line of a mapping; nothing here holds a value."""

    reason: Reason
    where: str
    detail: str


class Transformed(NamedTuple):
    """What one raw record gave: its resources, the receipt that counts them, and the refusal of a dead letter."""

    resources: tuple[Resource, ...]
    receipt: Receipt
    refusal: Refusal | None = None
    unmapped: tuple[Miss, ...] = ()
    """Tables, and codes of the message that they do not hold."""


def transform(raw: Raw, position: Position, facility: Facility, mappings: MappingSet, generation: int) -> Transformed:
    """Map one raw message; never raises for what a message or a mapping holds."""
    run = _Run(raw, position, facility, mappings, generation)
    try:
        return run.map()
    except _Refused as refused:
        return run.refuse(refused.refusal)


def give_up(
    raw: Raw, position: Position, facility: Facility, mappings: MappingSet, generation: int, refusal: Refusal
) -> Transformed:
    """Refuse a raw message unread; no byte of it is looked at but for its digest."""
    return _Run(raw, position, facility, mappings, generation).refuse(refusal)


class _Refused(Exception):
    """Ends the way of a message through its mapping."""

    def __init__(self, reason: Reason, where: str, detail: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason, where, detail)


class _Run:
    """One message on its way."""

    __slots__ = ("_asked", "_digest", "_facility", "_generation", "_mappings", "_position", "_raw", "_version")

    def __init__(self, raw: Raw, position: Position, facility: Facility, mappings: MappingSet, generation: int) -> None:
        self._raw = raw
        self._position = position
        self._facility = facility
        self._mappings = mappings
        self._generation = generation
        self._digest = sha256(raw.payload).hexdigest()
        self._version = ""
        """Of a message that was not read as far as its own time it is that of its receipt."""
        self._asked = b""

    def map(self) -> Transformed:
        header = self._header()
        if header.is_acknowledgment and not self._says_more(header):
            return Transformed((), self._receipt(Outcome.IGNORED))
        self._asked = header.field(16)
        decoded = self._decode(header)
        message = self._parse(decoded.text)
        scene = Scene(message.delimiters, self._facility, decoded.charset, decoded.text)
        self._version = message_version(message, scene, self._raw.received_us, self._digest)
        origin = self._origin()
        resources = merge_resources(self._map(message, scene, origin))
        owed = due(self._asked, accepted=True)
        receipt = Receipt(origin, self._raw.message_type, Outcome.MAPPED, len(resources), owed=owed)
        return Transformed(tuple(resources), receipt, unmapped=tuple(scene.misses))

    def _says_more(self, header: Header) -> bool:
        """Whether an answer has a mapping, as one to an order that tells what became of it."""
        code, event, structure = (
            one.decode("ascii", "replace") for one in (header.code, header.event, header.structure)
        )
        return self._mappings.view(self._facility.code).match(code, event, structure) is not None

    def refuse(self, refusal: Refusal) -> Transformed:
        return Transformed((), self._receipt(Outcome.DEAD, refusal), refusal)

    def _header(self) -> Header:
        try:
            return read_header(self._raw.payload)
        except HeaderFault as fault:
            raise _Refused(Reason.NOT_HL7, fault.position, str(fault)) from None

    def _decode(self, header: Header) -> Decoded:
        facility = self._facility
        try:
            return decode(self._raw.payload, header.charset, facility.charset, facility.charset_default)
        except CharsetFault as fault:
            raise _Refused(Reason.CHARSET, fault.position, str(fault)) from None

    def _parse(self, content: str) -> Message:
        try:
            message = parse(self._printable(content))
        except HeaderFault as fault:
            raise _Refused(Reason.NOT_HL7, fault.position, str(fault)) from None
        if message.faults:
            stray = message.faults[0]
            raise _Refused(
                Reason.STRUCTURE, stray.position, f"{stray.count} lines after {stray.position} are no segments"
            )
        return message

    def _printable(self, content: str) -> str:
        """The text without what FHIR's string has no place for; a no-break space is a blank."""
        payload = self._raw.payload
        if len(payload.translate(None, CONTROL_BYTES)) < len(payload):
            content = CONTROLS.sub("", content)
        return content.replace(NO_BREAK_SPACE, " ") if NO_BREAK_SPACE in content else content

    def _map(self, message: Message, scene: Scene, origin: Origin) -> list[Resource]:
        view = self._mappings.view(self._facility.code)
        mapping = view.match(message.code, event_of(message, scene), message.structure)
        if mapping is None:
            raise _Refused(Reason.UNMATCHED, "MSH-9", "no mapping has this type and event")
        try:
            return map_message(message, view.plan(mapping, plain=scene.is_plain), scene, origin, self._digest)
        except ValueFault as fault:
            raise _Refused(Reason.VALUE, fault.position, str(fault)) from None
        except StructureFault as fault:
            raise _Refused(Reason.STRUCTURE, fault.position, str(fault)) from None
        except Exception as error:  # the edge: whatever a mapping makes go wrong is the mapping's fault
            raise _Refused(Reason.MAPPING, _line(view, error), type(error).__name__) from None

    def _receipt(self, outcome: Outcome, refusal: Refusal | None = None) -> Receipt:
        origin, message_type = self._origin(), self._raw.message_type
        if refusal is None:
            return Receipt(origin, message_type, outcome)
        owed = due(self._asked, accepted=False)
        return Receipt(origin, message_type, outcome, 0, refusal.reason, refusal.where, owed)

    def _origin(self) -> Origin:
        raw = self._raw
        return Origin(
            raw=self._position,
            facility=self._facility.code,
            subject=raw.subject,
            message_key=raw.message_key,
            version=self._version or version(None, None, raw.received_us, self._digest),
            received_us=raw.received_us,
            mapping=self._mappings.version,
            generation=self._generation,
        )


def message_version(message: Message, scene: Scene, received_us: int, digest: str) -> str:
    """The version of what a message says: EVN-2, else MSH-7, else when it was received; then MSH-13."""
    event = event_us(text(_event_field(message, 2), scene), scene.zone)
    if event is None:
        event = event_us(text(message.field(0, 7), scene), scene.zone)
    sequence = text(message.field(0, 13), scene)
    number = int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) <= 15 else None
    return version(event, number, received_us, digest)


def event_of(message: Message, scene: Scene) -> str:
    """The trigger event: MSH-9.2, else EVN-1, since old senders leave the former out."""
    return message.event or text(_event_field(message, 1), scene)


@lru_cache(maxsize=4096)
def event_us(stamp: str, zone: ZoneInfo) -> int | None:
    """A time as microseconds since 1970 in UTC, None where it is no use for ordering: absent or broken."""
    if not stamp:
        return None
    try:
        return instant_utc_micros(read_loosely(stamp, zone))
    except (TimestampFault, OverflowError):
        return None


def _event_field(message: Message, number: int) -> str:
    """A field of EVN, which stands near the head of a message."""
    names = message.names[:6]
    return message.field(names.index("EVN"), number) if "EVN" in names else ""


def _line(view: View, error: Exception) -> str:
    mark = view.mark_of(error.__traceback__)
    return str(mark) if mark else ""
