"""What every listener receives with, whatever its door, made from its settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.config import ListenerSettings
from engine.facilities.admission import Admission
from engine.facilities.facility import Registry
from engine.listeners.acceptor import Refused
from engine.listeners.answer import Answering
from engine.listeners.budget import Budget
from engine.listeners.certificate_ends import CertificateEnds
from engine.listeners.clock import Clock
from engine.listeners.gate import Gate, Sender
from engine.listeners.intake import Intake
from engine.listeners.meters import Meters
from engine.listeners.reception import Reception
from engine.listeners.security import SecurityEvents
from engine.listeners.sequence import Sequences
from engine.listeners.tls import Tls
from engine.listeners.trail import Trail
from engine.listeners.validation import validation_of
from engine.listeners.window import Window
from engine.observe.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Ground:
    """What the listeners of a process stand on; `secret` keys the hashes that stand in for patients."""

    registry: Registry
    secret: bytes
    clock: Clock
    metrics: Metrics
    sequences: Sequences = field(default_factory=Sequences)
    trail: Trail | None = None
    """Where security events are written; None where nothing is."""
    ends: CertificateEnds | None = None
    """Where it is told when certificates end; None where it is not."""


class Receiving:
    """One listener's own: who may send, what a message gets, what is counted, and the memory that it may take."""

    def __init__(self, settings: ListenerSettings, ground: Ground) -> None:
        self._settings = settings
        self._ground = ground
        self.meters = Meters(ground.metrics, settings.name)
        self.budget = Budget(settings.max_in_flight)
        self.events = SecurityEvents(settings.name, ground.trail, ground.secret) if ground.trail else None
        self._answering = Answering(settings)
        self._validation = validation_of(settings)
        self._admission = self._admit_by(ground.registry)
        self.reception = Reception(
            *self._judge_by(ground.registry, self._admission),
            Window(settings.duplicate_window),
            self._answering,
            ground.clock,
            self.meters,
            splits=settings.batches == "split",
        )

    def identify(self, address: str, certificate: bytes | None = None, token: str | None = None) -> Sender:
        """Who is at the other end of a connection; `certificate` is in DER."""
        return Sender(self._admission.identify(address, certificate, token), address)

    def refuse_handshake(self, address: str, reason: Refused) -> None:
        """Count a handshake that failed, and write it down."""
        self.meters.handshake_failed(reason)
        if self.events:
            self.events.handshake_refused(address, reason)

    def look_at_certificates(self, tls: Tls) -> None:
        """Take certificates that changed into use, and tell when the listener's own ends."""
        taken = tls.look()
        if taken and self.events:
            self.events.certificate_reloaded()
        expires = tls.expires.timestamp()
        self.meters.certificate(expires, refused=taken is False)
        if self._ground.ends:
            self._ground.ends.tell(self._settings.name, round(expires) * 1_000_000)

    def use(self, registry: Registry) -> None:
        """Admit by this registry from now on; who is connected is to be identified again."""
        self._admission = self._admit_by(registry)
        self.reception.use(*self._judge_by(registry, self._admission))

    def _admit_by(self, registry: Registry) -> Admission:
        return Admission(registry, self._settings.name, self._settings.certified)

    def _judge_by(self, registry: Registry, admission: Admission) -> tuple[Intake, Gate]:
        settings, ground = self._settings, self._ground
        gate = Gate(settings, registry, admission, self._answering, ground.sequences, self.events, self._validation)
        return Intake(registry, ground.secret, settings.name), gate
