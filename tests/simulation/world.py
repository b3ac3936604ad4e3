"""A simulated engine: a sender with a listener, the transformer and the loader, in one process, step by step.

What runs is the engine's own code; the bus, the warehouse and the clock are fakes, which a plan lets fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from engine.bus.bus import BusError
from engine.bus.record import Partition, Record, Topic
from engine.canonical import dead, envelope, gaps, held, raw, receipt, resolution, unmapped
from engine.canonical.resource import Resource
from engine.facilities.facility import Facility, Registry
from engine.hl7.header import read_header
from engine.listeners.intake import Intake
from engine.transforms.conversion import Conversion
from tests.contract.warehouse_view_tables import make_views
from tests.simulation.fake_bus import FakeBus
from tests.simulation.fake_log import FakeLog
from tests.simulation.fake_warehouse import FakeWarehouse
from tests.simulation.messages import FACILITY, TOO_LARGE
from tests.simulation.mirror import no_rows
from tests.simulation.plan import Clock, Plan
from tests.simulation.stages import LATEST, LOADERS, TRANSFORMERS, VIEWS, Process, loading, made_events, transforming
from tests.transforms.folders import shipped

PARTITIONS = 2
MOST = {TRANSFORMERS: 4, LOADERS: 16}
"""Records in one poll: few, so that batches are many."""


class World:
    """All that is simulated."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = FakeLog(self.clock, refuses=_is_refused)
        self.tables = no_rows()
        make_views(FakeWarehouse(self.tables, Plan()), VIEWS)
        self.conversion = Conversion(shipped(), 1, Registry([Facility(FACILITY, "A")]), _route)
        self.accepted: list[bytes] = []
        self.unanswered: list[bytes] = []
        self._intake = Intake(self.conversion.registry, b"secret" * 6, "mllp")
        single = (dead.TOPIC, held.TOPIC, gaps.TOPIC, resolution.TOPIC, unmapped.TOPIC, *LATEST)
        self.log.ensure(Topic(name, 1) for name in single)
        self.log.ensure(Topic(name, PARTITIONS) for name in (raw.TOPIC, receipt.TOPIC, *made_events()))
        self.listening = Plan()
        self.listener = self.bus(self.listening).producer()
        self.running = {role: self.start(role) for role in (TRANSFORMERS, LOADERS)}

    def bus(self, plan: Plan, most: int = 1) -> FakeBus:
        """The bus for a process of this plan."""
        return FakeBus(self.log, plan, self.clock.wait, most)

    def warehouse(self, plan: Plan) -> FakeWarehouse:
        """The warehouse for a process of this plan."""
        return FakeWarehouse(self.tables, plan)

    def start(self, role: str) -> Process:
        """A new process of a role; one that runs already goes on."""
        bus = self.bus(Plan(), MOST[role])
        if role == LOADERS:
            return loading(bus, self.warehouse(bus.plan), self.clock)
        return transforming(bus, lambda: self.conversion, self.clock)

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
                self.running[role] = self.start(role)

    def rewind(self, role: str, back: int) -> None:
        """Let a role read so many records of each partition again, as an operator may."""
        consumer, committed = self.running[role].consumer, self.log.group(role).committed
        offsets = {at: max(offset - back, 0) for at, offset in consumer.next.items()}
        consumer.seek(offsets)
        if role == TRANSFORMERS:
            committed.update({at: min(committed.get(at, 0), offset) for at, offset in offsets.items()})

    def activate(self) -> None:
        """Use a new generation of mappings, for all that was sent."""
        self.conversion = replace(self.conversion, generation=self.conversion.generation + 1)
        offsets = dict.fromkeys(self.log.partitions(raw.TOPIC), 0)
        self.running[TRANSFORMERS].consumer.seek(offsets)
        self.log.group(TRANSFORMERS).committed.update(offsets)

    def settle(self, most: int = 3000) -> None:
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


def _route(resource: Resource) -> Sequence[str]:
    return [envelope.topic_of(resource.type)]


def _is_refused(record: Record) -> bool:
    return record.topic.startswith("fhir.encounter") and TOO_LARGE.encode() in record.value
