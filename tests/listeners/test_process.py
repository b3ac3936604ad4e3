"""The listener as a process: killed, out of file handles, and met by a city that comes back at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from engine.bus.embedded.bus import EmbeddedBus
from tests.listeners.running import Peer, framed, message, wait_until
from tests.rig.process import free_port
from tests.rig.proof import count

ROOT = Path(__file__).parents[2]


class Child:
    """A listener's process, of which `producer` names what stands before its bus."""

    def __init__(
        self, home: Path, port: int, handles: int, producer: str = "embedded", under: Sequence[str] = ()
    ) -> None:
        self.port = port
        command = [*under, sys.executable, "-m", "tests.listeners.child", str(home), str(port), str(handles)]
        command += ["-", producer]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)
        wait_until(self._listens)

    def _listens(self) -> bool:
        with suppress(OSError), closing(Peer(self.port)):
            return True
        return False

    def stop(self) -> None:
        """Have it drain, and wait for its end."""
        self.process.communicate(timeout=20)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def child(
    home: Path, port: int, handles: int = 4096, producer: str = "embedded", under: Sequence[str] = ()
) -> Iterator[Child]:
    """A listener's process while the block runs; `under` are the words of a command that runs it."""
    running = Child(home, port, handles, producer, under)
    try:
        yield running
    finally:
        running.stop()


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    port, acknowledged, number = free_port(), list[bytes](), 0
    for _ in range(count(3, 20)):
        running = Child(tmp_path, port, 4096)
        until = time.monotonic() + 0.5
        with Peer(port) as peer:
            while time.monotonic() < until:
                payloads = [message(str(number + more)) for more in range(20)]
                number += 20
                peer.send(b"".join(framed(payload) for payload in payloads))
                if number % 200 == 0:
                    running.process.kill()
                acknowledged += [payload for payload in payloads if peer.code().startswith("AA")]
                if acknowledged[-1:] != payloads[-1:]:
                    break
        running.process.kill()
        running.process.wait()
    bus = EmbeddedBus(tmp_path)
    stored = [record.value for part, span in bus.spans("hl7.raw").items() for record in bus.read(part, 0, span.next)]
    assert len(acknowledged) > 100
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_listener_that_is_stopped_ends_well(tmp_path: Path) -> None:
    with child(tmp_path, free_port()) as running, Peer(running.port) as peer:
        peer.send(framed(message("1")))
        assert peer.code() == "AA 1"
        running.stop()
        assert peer.closed()
    assert running.process.returncode == 0


def test_without_file_handles_left_who_is_connected_is_served_and_the_rest_is_shed(tmp_path: Path) -> None:
    with child(tmp_path, free_port(), handles=200) as running:
        peers = [Peer(running.port) for _ in range(300)]
        peers[0].send(framed(message("first")))
        assert peers[0].code() == "AA first"
        began, cpu = time.monotonic(), running.cpu_seconds()
        time.sleep(1.0)
        assert (running.cpu_seconds() - cpu) / (time.monotonic() - began) < 0.2
        for peer in peers:
            peer.close()
        wait_until(lambda: _is_served(running.port))


def _is_served(port: int) -> bool:
    with Peer(port) as peer:
        peer.send(framed(message("after")))
        return peer.code() == "AA after"
