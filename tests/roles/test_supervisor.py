from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.roles.supervisor import CONFIGURATION, Supervisor

STEADY_ROLE = """
import os, sys
from engine.roles.child import Lifeline
lifeline = Lifeline(int(sys.argv[1]))
lifeline.hold()
lifeline.ready("here")
lifeline.stop.wait()
"""


def command_of(script: str) -> Callable[[str, int], Sequence[str]]:
    return lambda _name, status: [sys.executable, "-c", script, str(status)]


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def supervise(script: str, play: Callable[[Supervisor], object], grace: float = 5) -> tuple[int, list[int]]:
    """Run one role of `script` and `play` with its supervisor; gives the exit code and the processes that ended."""
    gone: list[int] = []

    async def main() -> int:
        supervisor = Supervisor(["a"], command_of(script), lambda _role, pid: gone.append(pid), grace)
        running = asyncio.create_task(supervisor.run())
        played = play(supervisor)
        if asyncio.iscoroutine(played):
            await played
        return await asyncio.wait_for(running, 20)

    return asyncio.run(main()), gone


def test_a_role_that_reports_is_ready_and_ends_when_it_is_stopped() -> None:
    async def play(supervisor: Supervisor) -> None:
        assert not supervisor.ready
        await until(lambda: supervisor.ready)
        assert supervisor.roles[0].where == "here"
        supervisor.stop()

    code, gone = supervise(STEADY_ROLE, play)
    assert code == 0
    assert len(gone) == 1


def test_a_role_that_is_killed_starts_again() -> None:
    async def play(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready)
        process = supervisor.roles[0].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await until(lambda: supervisor.roles[0].restarts == 1)
        await until(lambda: supervisor.ready)
        supervisor.stop()

    code, gone = supervise(STEADY_ROLE, play)
    assert code == 0
    assert len(set(gone)) == 2


def test_a_role_that_cannot_run_as_configured_ends_the_engine_with_its_code() -> None:
    code, _ = supervise(f"raise SystemExit({CONFIGURATION})", lambda _supervisor: None)
    assert code == CONFIGURATION


def test_files_that_became_faulty_keep_a_role_that_died_out_and_end_no_other(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty"
    script = (
        f"import pathlib\nif pathlib.Path({str(faulty)!r}).exists(): raise SystemExit({CONFIGURATION})" + STEADY_ROLE
    )

    async def play(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready)
        faulty.touch()
        process = supervisor.roles[0].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await until(lambda: supervisor.roles[0].restarts == 2)
        assert not supervisor.stopping
        faulty.unlink()
        await until(lambda: supervisor.ready)
        supervisor.stop()

    code, _ = supervise(script, play)
    assert code == 0


def test_a_role_that_ignores_the_end_is_killed_after_the_grace() -> None:
    script = STEADY_ROLE + "\nlifeline.stop.clear()\nimport time\ntime.sleep(60)"

    async def play(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready)
        supervisor.stop()

    code, gone = supervise(script, play, grace=0.5)
    assert code == 0
    assert len(gone) == 1


def test_a_storm_of_signals_ends_a_role_all_the_same() -> None:
    async def play(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready)
        process = supervisor.roles[0].process
        assert process is not None
        supervisor.stop()
        while process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
            await asyncio.sleep(0)

    code, gone = supervise(STEADY_ROLE, play)
    assert code == 0
    assert len(gone) == 1


def test_a_role_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    script = STEADY_ROLE + f"\nopen({str(ended)!r}, 'w').close()"
    parent = f"""
import asyncio, sys
from engine.roles.supervisor import Supervisor
command = lambda name, status: [sys.executable, "-c", {script!r}, str(status)]
supervisor = Supervisor(["a"], command, lambda role, pid: None)
async def main():
    running = asyncio.create_task(supervisor.run())
    while not supervisor.ready:
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    await running
asyncio.run(main())
"""

    async def main() -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        assert b"ready" in await asyncio.wait_for(process.stdout.readline(), 20) + await process.stdout.readline()
        process.kill()
        await process.wait()
        await until(ended.exists)

    asyncio.run(main())
