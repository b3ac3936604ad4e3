"""One run: a feed is sent through a city that is struck at by chance, and an oracle judges what is left.

`python -m tests.faults --help` tells how to start one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.city import City, cluster_city, embedded_city, kafka_city
from tests.faults.feed import feed
from tests.faults.oracle import COUNTED, OUTCOMES, EmbeddedStore, KafkaStore, Store, Verdict, judge
from tests.faults.sending import Senders
from tests.faults.strikes import CLUSTER, EMBEDDED, KAFKA, NAMED

LANES = 8
SETTLING = 40.0
"""Seconds in which nothing more reaches the warehouse, after which what is not there is lost."""
PROGRESS = 60.0
"""Seconds after the end of a fault within which acknowledgments must come again."""
LONGEST_REPLAY = 1800.0
CALM = (0.5, 3.0)
"""Seconds between two faults."""

CITIES = {"kafka": (kafka_city, KAFKA), "embedded": (embedded_city, EMBEDDED), "cluster": (cluster_city, CLUSTER)}
"""By the kind of a plan: what it runs on, and what it is struck by."""


@dataclass(slots=True)
class Plan:
    """What to run: how many messages at which rate, how many strikes, from which seed."""

    seed: int
    messages: int
    strikes: int = 0
    rate: float = 600.0
    kind: str = "kafka"
    named: tuple[str, ...] = ()
    """Strikes by name, in place of chance."""
    alone: bool = False
    """Whether the listener runs alone at first; the strike `whole` starts the others."""
    environment: dict[str, str] = field(default_factory=dict)
    replays: bool = False
    """Whether all is replayed when all is loaded, to see that this changes nothing."""


@dataclass(slots=True)
class Outcome:
    """What a run saw."""

    plan: Plan
    verdict: Verdict
    timeline: list[str]
    seconds: float
    frames: int
    slowest: float
    settled: float
    memory: dict[str, int]


def run(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Outcome:
    """Run a plan; `tell` hears what happens. The same seed gives the same feed and the same strikes."""
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with _city(plan, folder) as city:
        store: Store = KafkaStore(city) if city.kafka else EmbeddedStore(city)
        feeds = [feed(plan.seed, lane) for lane in range(LANES)]
        senders = Senders(city.link.port, feeds, folder / "journal.txt", plan.rate, plan.messages)
        senders.start()
        timeline, memory = _strike(plan, city, senders, tell)
        senders.finish()
        with suppress(TimeoutError):  # what is not answered then, the oracle tells
            _wait(lambda: senders.done, "every message acknowledged", plan.messages / 50 + PROGRESS)
        senders.give_up()
        _wait(lambda: senders.done, "the end of the senders", PROGRESS)
        sent_at = time.monotonic()
        _settle(store, len(senders.sent))
        settled = time.monotonic() - sent_at
        verdict = judge(store, senders.sent, senders.answers)
        verdict.fault("answer to another message", range(senders.wrong))
        if plan.replays:
            verdict.fault("changed by a replay", _replay(city, store, tell))
    return Outcome(plan, verdict, timeline, time.monotonic() - began, senders.frames, senders.slowest, settled, memory)


def _city(plan: Plan, folder: Path) -> AbstractContextManager[City]:
    return CITIES[plan.kind][0](folder, plan.environment, plan.seed, ("--role", "listen") if plan.alone else ())


def _strike(plan: Plan, city: City, senders: Senders, tell: Callable[[str], None]) -> tuple[list[str], dict[str, int]]:
    """Strike one after the other, each fault once before any comes again, with a little calm between."""
    chance = random.Random(plan.seed)
    timeline: list[str] = []
    memory: dict[str, int] = {}
    for name in plan.named or _order(CITIES[plan.kind][1], plan.strikes, chance):
        time.sleep(chance.uniform(*CALM))
        before, at = len(senders.answers), time.monotonic()
        what = NAMED[name](city, chance)
        took = time.monotonic() - at
        back = _wait_for_answers(senders, what)
        for role, size in city.memory_mib().items():
            memory[role] = max(memory.get(role, 0), size)
        timeline.append(f"{before:>7} acknowledged: {what}; took {took:.1f} s, answers again after {back:.1f} s")
        tell(timeline[-1])
    return timeline, memory


def _wait_for_answers(senders: Senders, what: str) -> float:
    """Wait until there are more answers than now; the seconds that took."""
    began, answered = time.monotonic(), len(senders.answers)
    _wait(lambda: len(senders.answers) > answered, f"progress after {what}", PROGRESS)
    return time.monotonic() - began


def _order(known: Iterable[str], count: int, chance: random.Random) -> list[str]:
    chosen: list[str] = []
    while len(chosen) < count:
        chosen += chance.sample(list(known), len(list(known)))
    return chosen[:count]


def _settle(store: Store, wanted: int) -> None:
    """Return when every message is accounted for and has its effect, or when nothing more comes.

    A receipt may be loaded before the events that it names.
    """
    reached, since = (-1, -1), time.monotonic()
    while time.monotonic() - since < SETTLING:
        found = _reached(store)
        if found[0] >= wanted and _has_effects(store):
            return
        if found > reached:
            reached, since = found, time.monotonic()
        time.sleep(0.3)


def _reached(store: Store) -> tuple[int, int]:
    """How many messages and how many events there are."""
    with suppress(psycopg.Error, AssertionError):
        ((messages, events),) = store.rows("select (select count(*) from messages), (select count(*) from history)")
        return messages, events
    return -1, -1


def _has_effects(store: Store) -> bool:
    return bool(dict(store.rows(OUTCOMES)).get("mapped", 0) == store.rows(COUNTED)[0][0])


def _replay(city: City, store: Store, tell: Callable[[str], None]) -> list[str]:
    """Replay every raw message, wait until the last event is loaded; the lines of the digest that are others then."""
    before = _said(city, "digest").splitlines()
    began = time.monotonic()
    tell(_said(city, "replay").strip())
    _wait(lambda: not store.behind(), "a replay that is loaded", LONGEST_REPLAY)
    tell(f"replayed and loaded in {time.monotonic() - began:.0f} s")
    after = _said(city, "digest").splitlines()
    tell("\n".join(after))
    return [one for one in after if one not in before]


def _said(city: City, *words: str) -> str:
    done = city.engine.run(*words, seconds=LONGEST_REPLAY)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _wait(
    ready: Callable[[], bool],
    what: str,
    seconds: float,
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.2)
