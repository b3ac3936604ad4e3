"""The stages of the engine as processes that are moved step by step, each with a plan of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol

from engine.canonical import envelope, raw, receipt
from engine.canonical.dead import Reason
from engine.loaders import loader
from engine.loaders.batch import Follow, Loaded
from engine.loaders.loader import Loader
from engine.loaders.publishing import Publishing
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import load_view_tables
from engine.transforms import transformer
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.holding import Holding, HoldLimits
from engine.transforms.transformer import Transformer
from engine.transforms.withholding import Withholding
from tests.simulation.fake_bus import FakeBus
from tests.simulation.fake_consumer import FakeConsumer
from tests.simulation.fake_producer import FakeProducer
from tests.simulation.fake_warehouse import FakeWarehouse
from tests.simulation.plan import Clock, Death, Plan, Stop
from tests.transforms.folders import SHIPPED, shipped

TRANSFORMERS, LOADERS = transformer.GROUP, loader.GROUP
"""The roles, by the names of their groups."""

VIEWS = load_view_tables(SHIPPED / "views")
"""The tables of views that the loader keeps."""

HOLD = HoldLimits(600_000_000, 50)
PAUSE = 0.2
LATEST = tuple(envelope.latest_topic_of(kind) for kind in ("Patient", "Encounter"))


@cache
def made_events() -> tuple[str, ...]:
    """The topics of events."""
    return tuple(sorted(envelope.topic_of(kind) for kind in shipped().resource_types))


class Stage(Protocol):
    """A transformer or a loader."""

    def _attempt(self, consumer: FakeConsumer, pause: float, stop: Stop) -> float: ...


class Process:
    """One process of a stage; it ends with a strike that kills it, and leaves its group at once."""

    def __init__(self, stage: Stage, consumer: FakeConsumer, producer: FakeProducer, plan: Plan, clock: Clock) -> None:
        self.consumer = consumer
        self.plan = plan
        self.is_dead = False
        self._stage = stage
        self._producer = producer
        self._pause = PAUSE
        self._stop = Stop(clock)

    def step(self) -> None:
        """One attempt: read a batch, work on it, and commit."""
        try:
            self._pause = self._stage._attempt(self.consumer, self._pause, self._stop)
        except Death:
            self.die()

    def die(self) -> None:
        """End without a word."""
        self._producer.lose()
        self.consumer.close()
        self.is_dead = True


class Ears:
    """Hears what stages tell, and has nothing to say."""

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None: ...

    def loaded(self, batch: Loaded, seconds: float) -> None: ...

    def buried(self, reason: Reason) -> None: ...


def transforming(bus: FakeBus, in_use: Callable[[], Conversion], clock: Clock) -> Process:
    """A transformer as its role makes it, but for the guard."""
    producer = bus.producer()
    holding, withheld = Holding(bus, producer, HOLD, clock), Withholding(bus, producer, clock)
    stage = Transformer(bus, producer, in_use, clock, Ears(), None, holding, withheld)
    return Process(stage, bus.consumer(TRANSFORMERS, [raw.TOPIC]), producer, bus.plan, clock)


def loading(bus: FakeBus, warehouse: FakeWarehouse, clock: Clock) -> Process:
    """A loader as its role makes it."""
    producer = bus.producer()
    topics = [receipt.TOPIC, *made_events()]
    follows: list[Follow] = [ViewRows(VIEWS), Publishing(producer, LATEST)]
    stage = Loader(bus, producer, warehouse, topics, clock, Ears(), follows)
    return Process(stage, bus.consumer(LOADERS, topics, stage._stands.begin), producer, bus.plan, clock)
