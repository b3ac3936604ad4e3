"""A simulated engine: a sender with a listener, the transformer and the loader, in one process, step by step.

What runs is the engine's own code; the bus, the warehouse and the clock are fakes, which a plan lets fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Protocol

from engine.bus.bus import BusError
from engine.bus.record import Partition, Record, Topic
from engine.canonical import dead, envelope, gaps, held, raw, receipt, resolution, unmapped
from engine.canonical.dead import Reason
from engine.canonical.resource import Resource
from engine.facilities.facility import Facility, Registry
from engine.hl7.header import read_header
from engine.listeners.intake import Intake
from engine.loaders.batch import Loaded
from engine.loaders.loader import GROUP as LOADERS
from engine.loaders.loader import Loader
from engine.loaders.publishing import Publishing
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.holding import Holding, HoldLimits
from engine.transforms.transformer import GROUP as TRANSFORMERS
from engine.transforms.transformer import Transformer
from engine.transforms.withholding import Withholding
from tests.simulation.fake_bus import FakeBus, FakeConsumer, FakeProducer
from tests.simulation.fake_log import FakeLog
from tests.simulation.fake_warehouse import FakeWarehouse, no_rows
from tests.simulation.messages import FACILITY, TOO_LARGE
from tests.simulation.plan import Clock, Death, Plan, Stop
from tests.transforms.folders import shipped

PARTITIONS = 2
MOST = 4
"""Records in one poll: few, so that batches are many."""
HOLD_US = 600_000_000
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
    """One process of a role; it ends with a strike that kills it, and leaves the bus at once."""

    def __init__(self, world: World, role: str) -> None:
        self.role = role
        self.plan = Plan()
        self.is_dead = False
        self._world = world
        self._pause = PAUSE
        self._stop = Stop(world.clock)
        bus = world.bus(self.plan)
        self._producer = bus.producer()
        self._stage, self.consumer = world.start(role, bus, self._producer, self.plan)

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


class World:
    """All that is simulated."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = FakeLog(self.clock, refuses=_is_refused)
        self.tables = no_rows()
        self.conversion = Conversion(shipped(), 1, Registry([Facility(FACILITY, "A")]), _route)
        self.accepted: list[bytes] = []
        self.unanswered: list[bytes] = []
        self._intake = Intake(self.conversion.registry, b"secret" * 6, "mllp")
        single = (dead.TOPIC, held.TOPIC, gaps.TOPIC, resolution.TOPIC, unmapped.TOPIC, *LATEST)
        self.log.ensure(Topic(name, 1) for name in single)
        self.log.ensure(Topic(name, PARTITIONS) for name in (raw.TOPIC, receipt.TOPIC, *made_events()))
        self.listening = Plan()
        self.listener = self.bus(self.listening).producer()
        self.running = {role: Process(self, role) for role in (TRANSFORMERS, LOADERS)}

    def bus(self, plan: Plan) -> FakeBus:
        """The bus for a process of this plan."""
        return FakeBus(self.log, plan, self.clock.wait, MOST)

    def warehouse(self, plan: Plan) -> FakeWarehouse:
        """The warehouse for a process of this plan."""
        return FakeWarehouse(self.tables, plan)

    def start(self, role: str, bus: FakeBus, producer: FakeProducer, plan: Plan) -> tuple[Stage, FakeConsumer]:
        """A stage as its role makes it."""
        if role == LOADERS:
            topics = [receipt.TOPIC, *made_events()]
            follow = Publishing(producer, LATEST)
            loader = Loader(bus, producer, self.warehouse(plan), topics, self.clock, Ears(), follow)
            return loader, bus.consumer(LOADERS, topics, loader._starting)
        holding = Holding(bus, producer, HoldLimits(HOLD_US, 50), self.clock)
        withheld = Withholding(bus, producer, self.clock)
        stage = Transformer(bus, producer, lambda: self.conversion, self.clock, Ears(), None, holding, withheld)
        return stage, bus.consumer(TRANSFORMERS, [raw.TOPIC])

    def send(self, payload: bytes) -> None:
        """Hand a message to the listener; it is answered when it is flushed."""
        record = raw.encode(self._intake.raw(payload, read_header(payload), self.clock()))
        self.unanswered.append(payload)

        def answer(error: BusError | None) -> None:
            if error is None:
                self.unanswered.remove(payload)
                self.accepted.append(payload)

        self.listener.publish([record], answer)

    def flush(self) -> None:
        """Let the listener answer; a bus that fails leaves its senders without an answer."""
        with suppress(BusError):
            self.listener.flush(0)

    def kill_listener(self, kept: int) -> None:
        """Lose what it has not flushed, but for the first few, of which nobody hears."""
        self.listening.kept = kept
        self.listener.lose()

    def run(self, role: str, steps: int) -> None:
        """Let the process of a role work; one that dies is followed by another."""
        for _ in range(steps):
            self.running[role].step()
            if self.running[role].is_dead:
                self.running[role] = Process(self, role)

    def rewind(self, role: str, offsets: dict[Partition, int]) -> None:
        """Let a role read again what it has read, as an operator may."""
        if role == TRANSFORMERS:
            self.log.group(role).committed.update(offsets)
        self.running[role].consumer.seek(offsets)

    def activate(self) -> None:
        """Use a new generation of mappings, for all that was sent."""
        self.conversion = replace(self.conversion, generation=self.conversion.generation + 1)
        self.rewind(TRANSFORMERS, dict.fromkeys(self.log.partitions(raw.TOPIC), 0))

    def settle(self, most: int = 400) -> None:
        """Heal everything, and let all work until there is nothing left to do; it must end."""
        self.log.away.clear()
        for process in self.running.values():
            process.plan.arm(None)
        self.flush()
        for _ in range(most):
            if self._is_done():
                return
            self.run(TRANSFORMERS, 1)
            self.run(LOADERS, 1)
        raise AssertionError("the engine does not come to an end")

    def ends(self, *topics: str) -> dict[Partition, int]:
        """Where the partitions end that hold something."""
        partitions = [at for topic in topics for at in self.log.partitions(topic)]
        return {at: self.log.span(at).next for at in partitions if self.log.records[at]}

    def _is_done(self) -> bool:
        committed = self.log.group(TRANSFORMERS).committed
        bus = self.bus(Plan())
        if any(committed.get(at) != end for at, end in self.ends(raw.TOPIC).items()):
            return False
        if held.read_held(bus.read(Partition(held.TOPIC, 0), 0, 1 << 60)):
            return False
        stands = self.warehouse(Plan()).offsets()
        return all(stands.get(at) == end for at, end in self.ends(receipt.TOPIC, *made_events()).items())


class Ears:
    """Hears what stages tell, and has nothing to say."""

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None: ...

    def loaded(self, batch: Loaded, seconds: float) -> None: ...

    def buried(self, reason: Reason) -> None: ...


def _route(resource: Resource) -> Sequence[str]:
    return [envelope.topic_of(resource.type)]


def _is_refused(record: Record) -> bool:
    return record.topic.startswith("fhir.encounter") and TOO_LARGE.encode() in record.value
