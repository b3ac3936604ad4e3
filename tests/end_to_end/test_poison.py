from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from engine.bus.bus import Bus, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.canonical import dead, raw, receipt
from engine.canonical.envelope import is_latest, topic_of
from engine.loaders.loader import GROUP as LOADER
from engine.transforms.transformer import GROUP as TRANSFORMER
from tests.rig.engine_process import EngineProcess
from tests.rig.poison import KINDS, Poison
from tests.rig.proof import count, proving, report
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits

MESSAGES = count(800, 100_000)
TURNS = count(2, 4)
"""So often a run without poison and one with it take turns, each with a part of the messages."""
EVERY = 100
"""One message of so many is poisonous."""
WARM_UP = count(100, 2_000)
MOST = count(5, 500)
"""Dead letters beyond which their share decides whether the transformer stops: fewer than there are here."""
LEAST = 0.8 if proving() else 0.3
"""The throughput with poison in that without; a short run on a busy machine says little of it."""
PATIENCE = count(120, 600)
"""Seconds that a turn may take."""

Message = tuple[str, bytes]


class Sent(NamedTuple):
    """What a turn took: messages, seconds until all of them were loaded, seconds of the engine's CPU."""

    messages: int
    seconds: float
    cpu: float


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    process = EngineProcess(tmp_path / "home", {"ENGINE_DEAD_LETTERS__MOST": str(MOST)})
    yield process
    process.stop()


def poisoned(messages: list[Message], turn: Iterator[Poison]) -> tuple[list[Message], dict[str, Poison]]:
    """The messages, some of them spoilt, and by control id what those are."""
    kinds = {place: next(turn) for place in range(EVERY // 2, len(messages), EVERY)}
    sent = [(one, kinds[place].spoil(good) if place in kinds else good) for place, (one, good) in enumerate(messages)]
    return sent, {messages[place][0]: kind for place, kind in kinds.items()}


def is_behind(bus: Bus, group: str, topics: list[str]) -> bool:
    """Whether the group has yet to take something of these topics."""
    return any(
        bus.committed(group, topic).get(partition, 0) < span.next
        for topic in topics
        for partition, span in bus.spans(topic).items()
    )


def send(engine: EngineProcess, bus: Bus, messages: list[Message]) -> Sent:
    """Send them, and wait until the transformer and then the loader are past all that came of them."""
    family = [psutil.Process(engine.pid), *psutil.Process(engine.pid).children(recursive=True)]
    began, before, sender = time.monotonic(), cpu_seconds(family), StubbornSender(engine.port, messages, 16)
    sender.start()
    sender.wait(PATIENCE)
    assert set(sender.answers.values()) == {"AA"}
    loaded = [receipt.TOPIC, *(one for one in bus.topics() if one.startswith(topic_of("")) and not is_latest(one))]
    for group, topics in ((TRANSFORMER, [raw.TOPIC]), (LOADER, loaded)):
        while is_behind(bus, group, topics):
            assert time.monotonic() < began + PATIENCE, f"the {group} is behind"
            time.sleep(0.2)
    return Sent(len(messages), time.monotonic() - began, cpu_seconds(family) - before)


def cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in processes)


def added(sent: list[Sent]) -> Sent:
    messages, seconds, cpu = (sum(column) for column in zip(*sent, strict=True))
    return Sent(int(messages), seconds, cpu)


def written(clean: Sent, mixed: Sent, kinds: Counter[Poison]) -> str:
    """The report."""
    share = clean.seconds / mixed.seconds
    rows = [
        f"| {name} | {one.messages:,} | {one.messages / one.seconds:,.0f} | {one.cpu / one.messages * 1e6:,.0f} |"
        for name, one in (("none", clean), (f"1 in {EVERY}", mixed))
    ]
    letters = [f"| {kind.shown} | {many} | {kind.reason} | {kind.where} |" for kind, many in kinds.items()]
    return "\n".join(
        (
            "# Poison among good messages\n",
            f"{mixed.messages:,} messages of which {kinds.total():,} cannot be mapped, from the socket to the",
            "warehouse (embedded bus, DuckDB), in turns with as many that all can. Every good one was loaded; every",
            "poisonous one was acknowledged and is a dead letter with its reason; nothing was lost, no role ended.",
            f"With poison the throughput was {share:.0%} of that without; load average {os.getloadavg()[1]:.1f}.\n",
            "| poison | messages | messages/s | engine's CPU µs/message |",
            "| --- | --- | --- | --- |",
            *rows,
            "\n| kind of poison | messages | reason | where |",
            "| --- | --- | --- | --- |",
            *letters,
        )
    )


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_poison_among_good_messages_is_dead_letters_and_costs_the_good_hardly_anything(engine: EngineProcess) -> None:
    engine.start()
    feed = iter(visits(WARM_UP + 2 * MESSAGES))
    turn_of_kinds, size = cycle(KINDS), MESSAGES // TURNS
    turns: dict[bool, list[Sent]] = {False: [], True: []}
    expected: dict[str, Poison] = {}
    with EmbeddedBus(engine.home / "bus") as bus:
        send(engine, bus, [next(feed) for _ in range(WARM_UP)])
        for turn in range(2 * TURNS):
            is_mixed = turn % 4 in (1, 2)  # neither comes first more often, as the warehouse grows
            messages = [next(feed) for _ in range(size)]
            if is_mixed:
                messages, kinds = poisoned(messages, turn_of_kinds)
                expected |= kinds
            turns[is_mixed].append(send(engine, bus, messages))
        letters = list(read_topic(bus, dead.TOPIC))

    found = {control_id(one.value): (one.text("dead_reason"), one.text("dead_where")) for one in letters}
    assert len(letters) == len(expected) == MESSAGES // EVERY
    assert found == {one: (kind.reason, kind.where) for one, kind in expected.items()}
    total = json.loads(engine.run("reconcile", "--json").stdout)["total"]
    assert (total["received"], total["dead"]) == (WARM_UP + 2 * MESSAGES, len(expected))
    assert total["loaded"] == total["received"] - len(expected)
    assert (total["missing"], total["in_flight"], total["refused"], total["duplicate"]) == (0, 0, 0, 0)
    assert all(role["ready"] and not role["restarts"] for role in engine.state()["roles"])
    clean, mixed = added(turns[False]), added(turns[True])
    assert clean.seconds / mixed.seconds >= LEAST
    report("poison", written(clean, mixed, Counter(expected.values())))


def control_id(payload: bytes) -> str:
    return payload.split(b"|")[9].decode()
