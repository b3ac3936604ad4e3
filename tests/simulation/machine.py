"""Whatever happens to a simulated engine, in any order: rules for hypothesis, which looks for a loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from engine.bus.bus import BusError
from engine.loaders.warehouse import Unavailable
from tests.simulation.messages import CONTENTS, Content
from tests.simulation.oracle import Oracle
from tests.simulation.plan import Death, Plan, Strike
from tests.simulation.stages import LOADERS, TRANSFORMERS, Process
from tests.simulation.world import World

BUS_POINTS = ("publish", "flush", "flushed", "poll", "polled", "commit", "committed", "read")
WAREHOUSE_POINTS = ("offsets", "begin", "statement", "commit transaction", "transaction committed")
PLACES = [(TRANSFORMERS, point) for point in BUS_POINTS] + [(LOADERS, point) for point in BUS_POINTS + WAREHOUSE_POINTS]
BETWEEN = ("poll", "polled", "begin")
"""Where a process stands outside of any transaction, so that another may overtake it."""
CANNOT_FAIL = ("publish", "polled")
"""Where the contract lets nothing fail."""
ALL_STATEMENTS = 20
"""More than a transaction has."""

CRASHES = st.sampled_from(PLACES)
FAILURES = st.sampled_from([(role, point) for role, point in PLACES if point not in CANNOT_FAIL])
OVERTAKINGS = st.sampled_from([(role, point) for role, point in PLACES if point in BETWEEN])
ROLES = st.sampled_from([TRANSFORMERS, LOADERS])
FEW = st.lists(CONTENTS, min_size=1, max_size=4)
SMALL = st.integers(1, 3)
LATER = st.integers(1, ALL_STATEMENTS)

MET: Counter[str] = Counter()
"""How often each rule was tried, over all runs."""


DAY = 86_400


class Simulation(RuleBasedStateMachine):
    """One engine, and what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self._stood = self.world.warehouse(Plan()).offsets()

    @initialize(contents=FEW)
    def begin(self, contents: list[Content]) -> None:
        self._send(contents)

    @rule(contents=FEW, is_flushed=st.booleans())
    def send(self, contents: list[Content], is_flushed: bool) -> None:
        MET["send"] += 1
        self._send(contents, is_flushed)

    @rule(which=st.integers(0, 100))
    def duplicate(self, which: int) -> None:
        """A sender whose answer was lost sends again what was accepted."""
        MET["duplicate"] += 1
        self.world.send(self.world.accepted[which % len(self.world.accepted)])
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

    @rule(contents=FEW, place=CRASHES, nth=LATER, kept=st.integers(0, 12))
    def crash(self, contents: list[Content], place: tuple[str, str], nth: int, kept: int) -> None:
        """A process dies at some point of its work."""
        self._send(contents)
        self._strike("crash", place, Strike(place[1], nth, _die, kept))

    @rule(contents=FEW, place=FAILURES, nth=LATER, kept=st.integers(0, 12))
    def fail(self, contents: list[Content], place: tuple[str, str], nth: int, kept: int) -> None:
        """The bus or the warehouse fails, before it did what was asked or after, so that only its answer is lost."""
        self._send(contents)
        self._strike("failure", place, Strike(place[1], nth, _fail(place[1]), kept))

    @rule(contents=FEW, place=OVERTAKINGS, nth=SMALL, is_half=st.booleans(), steps=SMALL)
    def steal(self, contents: list[Content], place: tuple[str, str], nth: int, is_half: bool, steps: int) -> None:
        """Another process takes the partitions of one that is slow, which then goes on as if they were its own."""
        role, point = place
        stale = self.world.running[role]
        rivals: list[Process] = []

        def overtake() -> None:
            rivals.append(self.world.start(role))
            if not is_half:
                self.world.log.group(role).leave(stale.consumer)
            for _ in range(steps):
                rivals[0].step()

        self._send(contents)
        self._strike("overtaken", place, Strike(point, nth, overtake))
        for rival in rivals:
            stale.die()
            self.world.running[role] = rival
        self._stands()

    @rule(role=ROLES, back=st.integers(1, 30))
    def rewind(self, role: str, back: int) -> None:
        """Everything, or the last of it, is read again."""
        MET["rewind"] += 1
        self.world.rewind(role, back)

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

    @rule(seconds=st.sampled_from([-3 * DAY, -3600, 3600, 3 * DAY]))
    def jump_clock(self, seconds: int) -> None:
        """Somebody sets the clock of the host."""
        MET["jump clock"] += 1
        self.world.clock.jump(seconds)

    @rule()
    def settle(self) -> None:
        """All is well again, and after a while everything is where it belongs."""
        MET["settle"] += 1
        self.world.settle()
        self._stands()
        Oracle(self.world).check()

    def teardown(self) -> None:
        self.settle()

    def _send(self, contents: list[Content], is_flushed: bool = True) -> None:
        for content in contents:
            self.world.send(content.payload)
        if is_flushed:
            self.world.flush()

    def _strike(self, name: str, place: tuple[str, str], strike: Strike) -> None:
        """Let it happen while there is work to do."""
        role, point = place

        def act() -> None:
            MET[f"{name}: {role} at {point}"] += 1
            strike.act()

        if role == LOADERS:
            self.world.run(TRANSFORMERS, 2)
        nth = strike.nth if point == "statement" else 1 + strike.nth % 3
        self.world.running[role].plan.arm(strike._replace(act=act, nth=nth))
        self.world.run(role, 4)
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
