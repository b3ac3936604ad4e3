"""How many connections one listener holds: a whole city's, each served, within its memory and its time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import orjson
import psutil
import pytest

from tests.rig.certificates import Certificates
from tests.rig.process import free_port, wait_until
from tests.rig.proof import count, report

ROOT = Path(__file__).parents[2]
CITY = 11_300
HANDLES = 20_000


class Held(NamedTuple):
    """What a crowd saw, and what the listener took: resident MiB before it came and while it stayed."""

    opened: int
    seconds: float
    acknowledged: int
    answered_seconds: float
    before: float
    during: float


def hold(tmp_path: Path, connections: int, tls: Path | None) -> Held:
    port = free_port()
    more = [str(tls)] if tls else []
    listening = [sys.executable, "-m", "tests.listeners.child", str(tmp_path / "bus"), str(port), str(HANDLES), *more]
    crowd = [sys.executable, "-m", "tests.listeners.crowd", str(port), str(connections), *more]
    with subprocess.Popen(listening, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT) as listener:
        watched = psutil.Process(listener.pid)
        wait_until(lambda: any(one.laddr.port == port for one in watched.net_connections()), "the listener")
        before = watched.memory_info().rss / 2**20
        with subprocess.Popen(crowd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as senders:
            assert senders.stdout
            told = orjson.loads(senders.stdout.readline())
            during = watched.memory_info().rss / 2**20
            senders.communicate()
        listener.communicate()
    return Held(**told, before=before, during=during)


def tell(name: str, connections: int, held: Held) -> None:
    report(
        name,
        f"# {connections:,} connections held by one listener\n\n"
        f"All {held.opened:,} opened in {held.seconds:.1f} s. One message over each: {held.acknowledged:,} were "
        f"acknowledged, after the durable write, in {held.answered_seconds:.1f} s.\n\n"
        f"Resident memory of the listener: {held.before:.0f} MiB before, {held.during:.0f} MiB with all of them.\n",
    )


@pytest.mark.prove
@pytest.mark.timeout(300)
def test_a_city_of_connections_in_clear(tmp_path: Path) -> None:
    connections = count(500, CITY)
    held = hold(tmp_path, connections, None)
    tell("connections-in-clear", connections, held)
    assert held.opened == held.acknowledged == connections
    assert held.seconds <= 20
    assert held.during <= 150


@pytest.mark.prove
@pytest.mark.timeout(400)
def test_a_city_of_connections_under_mutual_tls(tmp_path: Path) -> None:
    connections = count(200, CITY)
    certificates = Certificates(tmp_path / "tls")
    certificates.write_sender(certificates.sender())
    held = hold(tmp_path, connections, certificates.folder)
    tell("connections-under-mutual-tls", connections, held)
    assert held.opened == connections
    assert held.acknowledged == connections
    assert held.seconds <= 90
    assert held.during <= 1024
