"""A listener under a flood: who sends well is served well, whatever the others do, and memory stays within bounds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

import pytest

from engine.bus.embedded.bus import EmbeddedBus
from tests.listeners.running import wait_until
from tests.rig.process import free_port
from tests.rig.proof import count, proving, report

ROOT = Path(__file__).parents[2]

MOST_MEMORY = 512 << 20
MOST_WAIT = 1.0 if proving() else 3.0
"""Bytes that the listener may hold, and seconds within which 99 of 100 good messages are answered; machines of
every day are slow and busy, and a listener that a flood holds up answers nobody."""

DEADLINE = 30.0 if proving() else 4.0
SLACK = 5.0 if proving() else 4.0
"""Seconds of a frame's deadline, and those after it in which the connection must be closed."""

ENOUGH = 60.0 if proving() else 15.0
"""Seconds after which a bad sender gives up: one that sends at some speed has that long for its frame, and longer."""

LORIS = count(200, 1_000)
ENDLESS = count(20, 100)
BASE, BURST = count(50, 200), count(500, 2_000)
"""Bad senders of both kinds, and good messages a second outside and inside of the burst, ten times as many."""

GOOD = [100, [[count(2, 10), BASE], [count(2, 10), BURST], [DEADLINE + SLACK - count(0, 15), BASE]]]


class Senders(NamedTuple):
    """A process of senders, and the file that says what they saw when it has ended."""

    process: subprocess.Popen[bytes]
    saw: Path


class Flooded:
    """A listener in a process of its own, and senders in others."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self._sent = 0
        settings = json.dumps({"frame_deadline": f"{DEADLINE:g}s"})
        listener = (
            "-m",
            "tests.listeners.child",
            str(home / "bus"),
            str(self.port),
            "20000",
            "-",
            "embedded",
            settings,
        )
        self._listener = subprocess.Popen([sys.executable, *listener], stdin=subprocess.PIPE, cwd=ROOT)
        wait_until(lambda: (home / "bus" / "topics" / "dead.db").exists() and self._listens())

    def _listens(self) -> bool:
        probe = Path("/proc/net/tcp").read_text()
        return f":{self.port:04X} 00000000:0000 0A" in probe

    def send(self, kind: str, plan: Sequence[Any]) -> Senders:
        """Senders that have begun; `heard` waits for what they saw."""
        command = [sys.executable, "-m", "tests.listeners.flood", kind, str(self.port), json.dumps(plan)]
        self._sent += 1
        saw = self.home / f"{kind}-{self._sent}.json"
        with saw.open("wb") as out:
            return Senders(subprocess.Popen(command, stdout=out, cwd=ROOT), saw)

    def most_memory(self) -> int:
        """The most bytes that the listener has ever held in memory."""
        status = Path(f"/proc/{self._listener.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    def stop(self) -> None:
        """Have it drain, and wait for its end."""
        self._listener.communicate(timeout=30)

    def stored(self) -> set[str]:
        """The control ids in `hl7.raw`."""
        bus = EmbeddedBus(self.home / "bus")
        spans = bus.spans("hl7.raw")
        records = (record for part, span in spans.items() for record in bus.read(part, 0, span.next))
        return {record.value.split(b"|", 10)[9].decode() for record in records}


def heard(senders: Senders) -> dict[str, Any]:
    """What the senders saw, when they are done."""
    assert senders.process.wait(DEADLINE + 90) == 0
    saw: dict[str, Any] = json.loads(senders.saw.read_text("utf-8"))
    return saw


@contextmanager
def flooded(home: Path) -> Iterator[Flooded]:
    running = Flooded(home)
    try:
        yield running
    finally:
        running.stop()


@pytest.mark.prove
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("speed", "name", "size", "pause"),
    [("fast", "as fast as they can", 1 << 18, 0.0), ("slow", "at 64 KiB a second", 1 << 16, 1.0)],
    ids=["fast", "slow"],
)
def test_a_flood_costs_those_who_send_well_nothing(
    tmp_path: Path, speed: str, name: str, size: int, pause: float
) -> None:
    with flooded(tmp_path) as listener:
        loris = listener.send("bad", [LORIS, 1, 1.0, ENOUGH])
        endless = listener.send("bad", [ENDLESS, size, pause, ENOUGH])
        good = heard(listener.send("good", GOOD))
        loris_lived, endless_lived = heard(loris)["lived"], heard(endless)["lived"]
        memory = listener.most_memory()
    longest = quantiles(good["waits"], n=100)[98]
    assert len(good["acknowledged"]) == good["sent"]
    assert set(good["acknowledged"]) <= listener.stored()
    assert longest <= MOST_WAIT
    assert memory <= MOST_MEMORY
    assert len(loris_lived) == LORIS
    assert max(loris_lived) <= DEADLINE + SLACK
    assert len(endless_lived) == ENDLESS or pause
    _report(speed, name, good, longest, memory, max(loris_lived), endless_lived)


def _report(
    speed: str, name: str, good: dict[str, Any], longest: float, memory: int, loris: float, endless: list[float]
) -> None:
    waits = quantiles(good["waits"], n=100)
    report(
        f"flood-{speed}",
        f"# A flood: frames without an end, {name}\n\n"
        f"{LORIS:,} slow senders (a byte a second inside a frame) and {ENDLESS} frames that never end, sent {name}, "
        f"against one listener; meanwhile {good['sent']:,} good messages of 1.1 KB over {GOOD[0]} connections, "
        f"{BASE} a second and {BURST:,} a second in a burst.\n\n"
        f"| | |\n|---|---|\n"
        f"| good messages acknowledged, and found in the bus | {len(good['acknowledged']):,} of {good['sent']:,} |\n"
        f"| half of them, and 99 % of them, within | {waits[49] * 1e3:.1f} ms, {longest * 1e3:.1f} ms |\n"
        f"| the last slow sender was closed after | {loris:.1f} s (deadline {DEADLINE:g} s) |\n"
        f"| endless frames closed within {ENOUGH:g} s | {len(endless)} of {ENDLESS} |\n"
        f"| most memory of the listener | {memory >> 20} MiB |\n",
    )
