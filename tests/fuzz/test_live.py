"""A real listener under fuzz: it lives, and who sends well beside it is served as if nothing were."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fuzz.framing import cut
from tests.fuzz.messages import STUFF, message
from tests.listeners.running import Peer, framed
from tests.listeners.running import message as admission
from tests.listeners.test_process import Child, child
from tests.rig.process import free_port
from tests.rig.proof import count, proving, report

FUZZERS, HEALTHY = 4, 2
SECONDS = count(4, 120)
LONGEST = 1.0 if proving() else 8.0
"""Seconds that an answer may take; a short run shares its machine with other tests."""


def stream(dice: random.Random) -> bytes:
    """What a broken sender writes: messages, framed or not, glued, cut off, with junk between them."""
    parts = []
    for _ in range(dice.randrange(1, 6)):
        payload = message(dice)
        whole = dice.random() < 0.7
        parts += [framed(payload)] if whole else [dice.choice((payload, b"\x0b" + payload, payload + b"\x1c\r"))]
        parts += [dice.choice(STUFF), dice.randbytes(dice.randrange(40))] if dice.random() < 0.2 else []
    return b"".join(parts) + (b"x" * 70_000 if dice.random() < 0.02 else b"")


class Fuzzer:
    """Connects, writes wrong bytes in pieces, reads some answers or none, and leaves in one way or another."""

    def __init__(self, port: int, seed: int) -> None:
        self._port, self._dice = port, random.Random(seed)
        self.bytes = self.connections = 0

    def run(self, over: Callable[[], bool]) -> None:
        while not over():
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 5) as connection:
                connection.settimeout(0.5)
                self.connections += 1
                self._talk(connection, over)

    def _talk(self, connection: socket.socket, over: Callable[[], bool]) -> None:
        dice = self._dice
        for _ in range(dice.randrange(1, 20)):
            if over():
                return
            sent = stream(dice)
            for part in cut(sent, dice) if len(sent) < 2000 else [sent]:
                connection.sendall(part)
            self.bytes += len(sent)
            if dice.random() < 0.5:
                connection.recv(65536)


class Healthy:
    """Sends one good message after another, and notes how long the answer took."""

    def __init__(self, port: int, name: str) -> None:
        self._port, self._name = port, name
        self.seconds: list[float] = []
        self.wrong: list[str] = []

    def run(self, over: Callable[[], bool]) -> None:
        with Peer(self._port) as peer:
            while not over():
                control_id = f"{self._name}-{len(self.seconds)}"
                began = time.monotonic()
                peer.send(framed(admission(control_id)))
                code = peer.code()
                self.seconds.append(time.monotonic() - began)
                if code != f"AA {control_id}":
                    self.wrong.append(code)
                    return
                time.sleep(0.005)


def run_all(running: Child) -> tuple[list[Fuzzer], list[Healthy]]:
    until = time.monotonic() + SECONDS
    fuzzers = [Fuzzer(running.port, seed) for seed in range(FUZZERS)]
    healthy = [Healthy(running.port, f"h{number}") for number in range(HEALTHY)]
    threads = [threading.Thread(target=one.run, args=(lambda: time.monotonic() > until,)) for one in fuzzers + healthy]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return fuzzers, healthy


@pytest.mark.prove
@pytest.mark.timeout(400)
def test_a_listener_that_is_fed_wrong_bytes_serves_everybody_else(tmp_path: Path) -> None:
    with child(tmp_path, free_port()) as running:
        fuzzers, healthy = run_all(running)
        assert running.process.poll() is None
        assert [code for one in healthy for code in one.wrong] == []
        longest = max(seconds for one in healthy for seconds in one.seconds)
        assert longest < LONGEST
        with Peer(running.port) as peer:
            peer.send(framed(admission("after")))
            assert peer.code() == "AA after"
    assert running.process.returncode == 0
    sent, connections = sum(one.bytes for one in fuzzers), sum(one.connections for one in fuzzers)
    assert sent > 10_000
    report(
        "fuzzing-live",
        f"# A listener under fuzz\n\n{SECONDS} s, {FUZZERS} connections at a time of wrong bytes ({sent:,} bytes over "
        f"{connections:,} connections) beside {HEALTHY} senders of good messages: "
        f"{sum(len(one.seconds) for one in healthy):,} messages, all answered AA, the slowest after "
        f"{longest * 1000:.0f} ms. The listener ended when it was told to, with exit code 0.\n",
    )
