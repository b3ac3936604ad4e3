"""One trial: messages go to the sandbox one by one while it is struck, and then all are counted."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

from engine.commands.faults.sandbox import FACILITY, Sandbox, SandboxFault
from engine.commands.faults.strikes import choose
from engine.listeners.sending import Line, Summary, send

CONNECTIONS = 4
RATE = 100.0
"""Messages a second, so that they flow while faults strike."""
ATTEMPTS = 1000
TIMEOUT = 10.0
SETTLING = 180.0
VISITS = "select count(*) as n from current where resource_type = 'Encounter'"
EFFECTS = "select count(*) as n from history where resource_type = 'Encounter'"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent and what was found; each message opens a visit of its own, so that visits count messages."""

    messages: int
    acknowledged: int
    loaded: int
    duplicates: int
    dead: int
    missing: int
    visits: int
    effects: int
    seconds: float

    @property
    def lost(self) -> int:
        """Messages that were acknowledged and have no effect."""
        return max(self.acknowledged - self.visits, self.missing)

    @property
    def twice(self) -> int:
        """Effects beyond one a message."""
        return max(self.effects - self.messages, 0)

    @property
    def is_sound(self) -> bool:
        """Whether every message was acknowledged and has its effect once."""
        return (self.acknowledged, self.lost, self.twice, self.dead) == (self.messages, 0, 0, 0)


def run_trial(mappings: Path, messages: int, strikes: int, seed: int, tell: Callable[[str], None]) -> Outcome:
    """Run a trial in a folder that is deleted after it; `tell` hears what happens. Raises SandboxFault."""
    with tempfile.TemporaryDirectory(prefix="engine-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        files = _write(folder / "messages", messages)
        sandbox = Sandbox(folder, mappings)
        began = time.monotonic()
        try:
            tell("starting an engine in a sandbox")
            sandbox.start()
            summary = _send_and_strike(sandbox, files, messages, strikes, Random(seed), tell)
            tell(f"{len(summary.deliveries):,} messages sent, waiting for the warehouse")
            return _count(sandbox, messages, summary, began)
        finally:
            sandbox.stop()


def _send_and_strike(
    sandbox: Sandbox, files: Path, messages: int, strikes: int, chance: Random, tell: Callable[[str], None]
) -> Summary:
    sent: list[None] = []
    found: list[Summary] = []
    line = Line(port=sandbox.port, connections=CONNECTIONS, rate=RATE, timeout=TIMEOUT, attempts=ATTEMPTS)
    sending = threading.Thread(
        target=lambda: found.append(asyncio.run(send([files], line, lambda _: sent.append(None)))), daemon=True
    )
    sending.start()
    for number, strike in enumerate(choose(strikes, chance)):
        while sending.is_alive() and len(sent) < messages * (number + 0.5) / strikes:
            time.sleep(0.01)
        sandbox.wait_ready()
        tell(f"{len(sent):>7,} messages: {strike(sandbox, chance)}")
    sending.join()
    if not found:
        raise SandboxFault("the messages could not be sent - try again with fewer faults")
    return found[0]


def _count(sandbox: Sandbox, messages: int, summary: Summary, began: float) -> Outcome:
    sandbox.wait_ready()
    deadline = time.monotonic() + SETTLING
    while True:
        total = orjson.loads(sandbox.ask("reconcile", "--json") or b'{"total":{"in_flight":1}}')["total"]
        if total["in_flight"] == 0 or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    return Outcome(
        messages,
        summary.codes["AA"],
        total.get("loaded", 0),
        total.get("duplicate", 0),
        total.get("dead", 0),
        total.get("missing", 0) + total["in_flight"],
        _ask(sandbox, VISITS),
        _ask(sandbox, EFFECTS),
        time.monotonic() - began,
    )


def _ask(sandbox: Sandbox, sql: str) -> int:
    return int(orjson.loads(sandbox.ask("query", sql, "--format", "json"))[0]["n"])


def _write(folder: Path, messages: int) -> Path:
    """A file for each connection; each message opens a visit of its own."""
    folder.mkdir()
    for part in range(CONNECTIONS):
        numbers = range(part, messages, CONNECTIONS)
        (folder / f"{part}.hl7").write_bytes(b"\r\n".join(map(_admission, numbers)))
    return folder


def _admission(number: int) -> bytes:
    minute, second = divmod(number, 60)
    hour, minute = divmod(minute, 60)
    when = f"20250101{hour % 24:02d}{minute:02d}{second:02d}+0700"
    segments = (
        f"MSH|^~\\&|SANDBOX|{FACILITY}|ENGINE|CITY|{when}||ADT^A01^ADT_A01|F{number}|P|2.5.1||||||UNICODE UTF-8",
        f"EVN|A01|{when}",
        f"PID|1||P{number % 500}^^^{FACILITY}^PI||Thử^Nghiệm||19800101|M",
        f"PV1|1|I|K1^P1^G1||||||||||||||||V{number}^^^{FACILITY}^VN" + "|" * 25 + when,
    )
    return "\r".join((*segments, "")).encode()
