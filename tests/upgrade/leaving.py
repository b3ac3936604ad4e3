"""An engine of this version that is killed in the middle of its work: some messages loaded, some on their way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record
from engine.canonical import raw
from engine.transforms.transformer import GROUP
from tests.bus.spool.logs import open_log
from tests.rig.engine_process import EngineProcess
from tests.rig.postgres import fresh_database
from tests.rig.process import wait_until
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits

LOADED, MAPPED, RECEIVED = 12, 5, 3
"""How many messages came as far as the warehouse, as the canonical topics, as `hl7.raw`."""
ALL = LOADED + MAPPED + RECEIVED
SPOOLED = [Record("hl7.raw", f"key{number}".encode(), b"MSH|^~\\&|\xff", {"id": b"%d" % number}) for number in range(9)]


def leave_home(home: Path, environment: Mapping[str, str]) -> None:
    """Run, send, and kill -9: twelve messages are loaded, five more transformed, three more received."""
    messages = visits(ALL)
    _run(home, environment, (), messages[:LOADED], lambda engine: _loaded(engine) == LOADED)
    mapped = messages[LOADED : LOADED + MAPPED]
    _run(home, environment, ("listen", "transform"), mapped, lambda _: _transformed(home) == LOADED + MAPPED)
    _run(home, environment, ("listen",), messages[-RECEIVED:], lambda _: True)


def _run(
    home: Path,
    environment: Mapping[str, str],
    roles: Sequence[str],
    messages: Sequence[tuple[str, bytes]],
    is_done: Callable[[EngineProcess], bool],
) -> None:
    engine = EngineProcess(home, environment, tuple(word for role in roles for word in ("--role", role)))
    engine.start(90)
    sender = StubbornSender(engine.port, messages, 1)
    sender.start()
    sender.wait(60)
    wait_until(lambda: is_done(engine), "what was sent", 60)
    engine.kill9()


def _loaded(engine: EngineProcess) -> int:
    total: dict[str, int] = json.loads(engine.run("reconcile", "--json").stdout)["total"]
    return total["loaded"]


def _transformed(home: Path) -> int:
    with EmbeddedBus(home / "bus") as bus:
        return sum(bus.committed(GROUP, raw.TOPIC).values())


def leave_dump(path: Path, url: str) -> None:
    """The tables of a database as SQL that a new one can be made from."""
    words = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--file", str(path), url]
    subprocess.run(words, check=True, timeout=60)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(one for one in lines if not one.startswith("\\")), "utf-8")  # for psql alone


def leave_spool(folder: Path) -> None:
    """A spool that holds records which Kafka did not take."""
    folder.mkdir()
    log = open_log(folder)
    log.append(SPOOLED)
    log.close()


def leave(folder: Path, postgres_url: str) -> None:
    """All that this version leaves: `home`, `home-of-postgres` with `postgres.sql`, and `spool`."""
    leave_home(folder / "home", {})
    with fresh_database(postgres_url) as url:
        leave_home(folder / "home-of-postgres", {"ENGINE_WAREHOUSE__KIND": "postgres", "ENGINE_WAREHOUSE__URL": url})
        leave_dump(folder / "postgres.sql", url)
    leave_spool(folder / "spool")
