"""What every listener receives with, whatever its door, made from its settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.config import ListenerSettings
from engine.facilities.admission import Admission
from engine.facilities.facility import Registry
from engine.listeners.answer import Answering
from engine.listeners.budget import Budget
from engine.listeners.clock import Clock
from engine.listeners.gate import Gate
from engine.listeners.intake import Intake
from engine.listeners.meters import Meters
from engine.listeners.reception import Reception
from engine.listeners.sequence import Sequences
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


@dataclass(frozen=True, slots=True)
class Receiving:
    """One listener's own: who may send, what a message gets, what is counted, and the memory that it may take."""

    admission: Admission
    reception: Reception
    budget: Budget
    meters: Meters


def make_receiving(settings: ListenerSettings, ground: Ground) -> Receiving:
    """The means of the listener."""
    meters = Meters(ground.metrics, settings.name)
    admission = Admission(ground.registry, settings.name, settings.certified)
    answering = Answering(settings)
    reception = Reception(
        Intake(ground.registry, ground.secret, settings.name),
        Window(settings.duplicate_window),
        answering,
        Gate(settings, ground.registry, admission, answering, ground.sequences),
        ground.clock,
        meters,
        splits=settings.batches == "split",
    )
    return Receiving(admission, reception, Budget(settings.max_in_flight), meters)
