"""Whatever happens to a simulated engine, in any order: rules for hypothesis, which looks for a loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from engine.bus.bus import BusError
from engine.canonical import raw, receipt
from engine.loaders.loader import GROUP as LOADERS
from engine.loaders.warehouse import Unavailable
from engine.transforms.transformer import GROUP as TRANSFORMERS
from tests.simulation.messages import CONTENTS, Content
from tests.simulation.oracle import Oracle
from tests.simulation.plan import Death, Plan, Strike
from tests.simulation.world import Process, World, made_events

BUS_POINTS = ("publish", "flush", "flushed", "poll", "polled", "commit", "committed", "read")
WAREHOUSE_POINTS = ("offsets", "begin", "statement", "commit transaction", "transaction committed")
POINTS = {TRANSFORMERS: BUS_POINTS, LOADERS: BUS_POINTS + WAREHOUSE_POINTS}
BETWEEN = ("poll", "polled", "begin")
"""Where a process stands outside of any transaction, so that another may overtake it."""
CANNOT_FAIL = ("publish", "polled")
"""Where the contract lets nothing fail."""

ROLES = st.sampled_from(list(POINTS))
SMALL = st.integers(1, 4)

MET: Counter[str] = Counter()
"""How often each rule was tried, over all runs."""


class Simulation(RuleBasedStateMachine):
    """One engine, and what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self._stood = self.world.warehouse(Plan()).offsets()

    @rule(contents=st.lists(CONTENTS, min_size=1, max_size=4), is_flushed=st.booleans())
    def send(self, contents: list[Content], is_flushed: bool) -> None:
        MET["send"] += 1
        for content in contents:
            self.world.send(content.payload)
        if is_flushed:
            self.world.flush()

    @precondition(lambda self: self.world.accepted)
    @rule(draw=st.data())
    def duplicate(self, draw: st.DataObject) -> None:
        """A sender whose answer was lost sends again what was accepted."""
        MET["duplicate"] += 1
        self.world.send(draw.draw(st.sampled_from(self.world.accepted)))
        self.world.flush()

    @precondition(lambda self: self.world.unanswered)
    @rule()
    def resend(self) -> None:
        """Senders send again what was not answered."""
        MET["resend"] += 1
        waiting = list(self.world.unanswered)
        self.world.unanswered.clear()
        self.world.kill_listener(0)
        for payload in waiting:
            self.world.send(payload)
        self.world.flush()

    @rule(kept=st.integers(0, 3))
    def lose_unflushed(self, kept: int) -> None:
        """The listener dies: what it had not flushed is gone, but for the first few."""
        MET["lose unflushed"] += 1
        self.world.kill_listener(kept)

    @rule(role=ROLES, steps=SMALL)
    def work(self, role: str, steps: int) -> None:
        MET["work"] += 1
        self.world.run(role, steps)
        self._stands()

    @rule(role=ROLES, draw=st.data(), nth=SMALL, kept=st.integers(0, 6))
    def crash(self, role: str, draw: st.DataObject, nth: int, kept: int) -> None:
        """A process dies at some point of its work."""
        point = draw.draw(st.sampled_from(POINTS[role]))
        self._strike(f"crash at {point}", role, Strike(point, nth, _die, kept))

    @rule(role=ROLES, draw=st.data(), nth=SMALL, kept=st.integers(0, 6))
    def fail(self, role: str, draw: st.DataObject, nth: int, kept: int) -> None:
        """The bus or the warehouse fails, before it did what was asked or after, so that only its answer is lost."""
        point = draw.draw(st.sampled_from([one for one in POINTS[role] if one not in CANNOT_FAIL]))
        self._strike(f"fail at {point}", role, Strike(point, nth, _fail(point), kept))

    @rule(role=ROLES, point=st.sampled_from(BETWEEN), nth=SMALL, is_half=st.booleans(), after=SMALL)
    def steal(self, role: str, point: str, nth: int, is_half: bool, after: int) -> None:
        """Another process takes the partitions of one that is slow, which then goes on as if they were its own."""
        stale = self.world.running[role]
        rivals: list[Process] = []

        def overtake() -> None:
            rival = Process(self.world, role)
            rivals.append(rival)
            if not is_half:
                self.world.log.group(role).leave(stale.consumer)
            for _ in range(2):
                rival.step()

        self._strike(f"steal at {point}", role, Strike(point, nth, overtake))
        for rival in rivals:
            self.world.running[role].die()
            self.world.running[role] = rival
        self.world.run(role, after)
        self._stands()

    @rule(role=ROLES, back=st.integers(1, 30))
    def rewind(self, role: str, back: int) -> None:
        """Everything, or the last of it, is read again."""
        MET["rewind"] += 1
        topics = (raw.TOPIC,) if role == TRANSFORMERS else (receipt.TOPIC, *made_events())
        self.world.rewind(role, {at: max(end - back, 0) for at, end in self.world.ends(*topics).items()})

    @rule()
    def activate(self) -> None:
        MET["activate"] += 1
        self.world.activate()

    @rule(topic=st.sampled_from(["fhir.patient", "fhir.encounter", "receipts", "dead", "fhir.patient.latest", "held"]))
    def topic_away(self, topic: str) -> None:
        """A topic takes nothing, until things settle or it comes back."""
        MET["topic away"] += 1
        self.world.log.away ^= {topic}

    @rule(seconds=st.sampled_from([1, 60, 700]))
    def advance_clock(self, seconds: int) -> None:
        MET["advance clock"] += 1
        self.world.clock.wait(seconds)

    @rule()
    def settle(self) -> None:
        """All is well again, and after a while everything is where it belongs."""
        MET["settle"] += 1
        self.world.settle()
        self._stands()
        Oracle(self.world).check()

    def teardown(self) -> None:
        self.settle()

    def _strike(self, name: str, role: str, strike: Strike) -> None:
        def act() -> None:
            MET[name] += 1
            strike.act()

        self.world.running[role].plan.arm(strike._replace(act=act))
        self.world.run(role, 3)
        self.world.running[role].plan.arm(None)
        self._stands()

    def _stands(self) -> None:
        """Offsets of the warehouse never go back."""
        stands = self.world.warehouse(Plan()).offsets()
        assert all(stands.get(at, -1) >= offset for at, offset in self._stood.items()), "the warehouse went back"
        self._stood = stands


def _die() -> None:
    raise Death


def _fail(point: str) -> Callable[[], None]:
    def fail() -> None:
        if point in WAREHOUSE_POINTS:
            raise Unavailable("not now - try again")
        raise BusError("not now - try again")

    return fail
