"""What a readable message must pass besides its MSH: the sender, the profile, and the sequence number."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

from engine.canonical.dead import Reason
from engine.canonical.raw import Raw
from engine.config import ListenerSettings
from engine.facilities.admission import Admission, Link, Verdict
from engine.facilities.facility import Facility, Registry
from engine.hl7.errors import ErrorCondition, ReportedError, Severity
from engine.hl7.header import Header
from engine.listeners import refusal as refusals
from engine.listeners.answer import Answer, Answering
from engine.listeners.refusal import Cause, Refusal
from engine.listeners.security import SecurityEvents
from engine.listeners.sequence import Sequences, Step, sender_key

RECENT = 32_768
"""Claims of senders whose verdicts are remembered."""

_STRUCTURE = frozenset({ErrorCondition.SEGMENT_SEQUENCE_ERROR, ErrorCondition.NON_CONFORMANT_CARDINALITY})


class Conformance(Protocol):
    """What a message must hold to be accepted."""

    def check(self, payload: bytes, header: Header, facility: Facility) -> tuple[ReportedError, ...]:
        """The errors of the message; those that are warnings do not refuse it."""


class Sender(NamedTuple):
    """Who is at the other end: what admission says of the link, and the address, for security events."""

    link: Link
    address: str = ""


class Passed(NamedTuple):
    """The answer after all, and the step of the sequence that it is; None where none was taken."""

    answer: Answer
    step: Step | None = None


class Gate:
    """The checks of one listener, in order; the first that refuses decides."""

    def __init__(
        self,
        settings: ListenerSettings,
        registry: Registry,
        admission: Admission,
        answering: Answering,
        sequences: Sequences,
        events: SecurityEvents | None = None,
        conformance: Conformance | None = None,
    ) -> None:
        self._unknown = settings.unknown
        self._follows = settings.sequence_numbers == "follow"
        self._registry = registry
        self._admission = admission
        self._answering = answering
        self._sequences = sequences
        self._events = events
        self._conformance = conformance
        self._verdict = lru_cache(RECENT)(self._find_verdict)

    def verdict(self, link: Link, header: Header, facility: str) -> Verdict:
        """Whether the link may send for the facility, under the application that MSH-3 claims."""
        return self._verdict(link, facility, header.field(3).partition(header.delimiters.component_byte)[0])

    def check(self, header: Header, message: Raw, sender: Sender, answer: Answer) -> Passed:
        """The answer to a message that its MSH does not refuse."""
        verdict = self.verdict(sender.link, header, message.facility)
        if verdict is not Verdict.ADMITTED:
            self._tell(verdict, sender.address, message.facility)
            refused = self._refuse_sender(header, verdict)
            if refused:
                return Passed(refused)
        if answer.code is None and header.is_acknowledgment:
            return Passed(answer)
        if self._conformance:
            answer = self._check_content(self._conformance, header, message, answer)
        if answer.refusal is None and self._follows and (number := header.field(13).strip()):
            return self._check_sequence(header, message.facility, number, answer)
        return Passed(answer)

    def undo(self, step: Step) -> None:
        """Take back a step whose record was not stored; of several, the last one first."""
        self._sequences.undo(step)

    def _find_verdict(self, link: Link, facility: str, application: bytes) -> Verdict:
        claimed = application.decode("utf-8", "surrogateescape").strip()
        return self._admission.admit(link, self._registry.by_code(facility), claimed)

    def _refuse_sender(self, header: Header, verdict: Verdict) -> Answer | None:
        if verdict is Verdict.MISMATCH:
            return self._answering.refuse(header, refusals.SENDER_MISMATCH)
        if self._unknown == "refuse":
            return self._answering.refuse(header, refusals.SENDER_UNKNOWN)
        return self._answering.keep(header, refusals.SENDER_UNKNOWN) if self._unknown == "dead" else None

    def _tell(self, verdict: Verdict, address: str, facility: str) -> None:
        """Write a security event, of an unknown facility only where it is not simply accepted."""
        if self._events is None:
            return
        if verdict is Verdict.MISMATCH:
            self._events.mismatch(address, self._registry.by_code(facility))
        elif self._unknown != "accept":
            self._events.unknown_facility(address, self._registry.by_code(facility))

    def _check_content(self, conformance: Conformance, header: Header, message: Raw, answer: Answer) -> Answer:
        errors = conformance.check(message.payload, header, self._registry.by_code(message.facility))
        bad = next((one for one in errors if one.severity in (Severity.ERROR, Severity.FATAL)), None)
        if bad is None:
            return answer._replace(errors=errors) if errors else answer
        reason = Reason.STRUCTURE if bad.condition in _STRUCTURE else Reason.VALUE
        detail = f"the message breaks the profile ({bad.condition.text.lower()}) - see ERR of its answer"
        return self._answering.refuse(header, Refusal(Cause.CONTENT, reason, str(bad.where or ""), detail, errors))

    def _check_sequence(self, header: Header, facility: str, number: bytes, answer: Answer) -> Passed:
        step = self._sequences.take(sender_key(facility, header.fields), number)
        if not step.accepted:
            return Passed(self._answering.refuse(header, refusals.SEQUENCE, step.told))
        return Passed(answer._replace(expected=step.told), step)
