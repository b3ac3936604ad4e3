"""The supervisor: starts each role as a process of its own, starts it again when it dies, and stops them all.

A role that cannot run as it is configured exits with CONFIGURATION; starting it again would not help, so the whole
engine ends with that code. Any other end is taken for an accident: the role starts again after a pause that doubles.
So does one that ran before: a file that became faulty since keeps that role out, and not those that still run.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

CONFIGURATION = 2
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""Seconds that a role must have run for its next pause to be the first again."""

log = structlog.get_logger("supervisor")


@dataclass(slots=True)
class Role:
    """What the supervisor knows of one role."""

    name: str
    ready: bool = False
    ran: bool = False
    """Whether it ever was ready."""
    where: str = ""
    restarts: int = 0
    process: Process | None = field(default=None, repr=False)


class Supervisor:
    """Keeps the roles running.

    `command` gives what to execute for a role that is to report on a file descriptor; `ended` hears of each process
    that is gone, with its role and process id; a role gets `grace` seconds to end before it is killed.
    """

    def __init__(
        self,
        names: Sequence[str],
        command: Callable[[str, int], Sequence[str]],
        ended: Callable[[str, int], None],
        grace: float = 15.0,
    ) -> None:
        self.roles = [Role(name) for name in names]
        self._command = command
        self._ended = ended
        self._grace = grace
        self._stopping = asyncio.Event()
        self._code = 0

    @property
    def stopping(self) -> bool:
        """True from the call of `stop`."""
        return self._stopping.is_set()

    @property
    def ready(self) -> bool:
        """True while every role runs."""
        return all(role.ready for role in self.roles) and not self.stopping

    def stop(self, code: int = 0) -> None:
        """Ask every role to end; `run` returns the code when they have."""
        self._code = self._code or code
        self._stopping.set()

    async def run(self) -> int:
        """Run the roles until `stop`; returns the exit code."""
        async with asyncio.TaskGroup() as tasks:
            for role in self.roles:
                tasks.create_task(self._keep(role))
        return self._code

    async def _keep(self, role: Role) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = asyncio.get_running_loop().time()
            code = await self._run_once(role)
            if code == CONFIGURATION and not role.ran:
                self.stop(CONFIGURATION)
            if self._stopping.is_set():
                return
            lasted = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE if lasted > STEADY else min(pause * 2, LONGEST_PAUSE)
            role.restarts += 1
            log.error("role ended, starting it again", role=role.name, code=code, pause_s=pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self, role: Role) -> int:
        status, reported = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *self._command(role.name, reported), stdin=PIPE, stdout=DEVNULL, pass_fds=[reported]
        )
        os.close(reported)
        role.process = process
        watcher = asyncio.create_task(self._watch(role, status))
        code = await self._wait(role, process)
        await watcher
        role.ready = False
        self._ended(role.name, process.pid)
        return code

    async def _wait(self, role: Role, process: Process) -> int:
        stopping = asyncio.create_task(self._stopping.wait())
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), self._grace)
        if process.returncode is None:
            log.error("role did not end in time, killing it", role=role.name)
            process.kill()
        return await ended

    async def _watch(self, role: Role, status: int) -> None:
        """Read what the role reports until it closes its end."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(status, "rb")
        )
        async for line in reader:
            role.ready, role.ran, role.where = True, True, line.decode().strip()
            log.info("role runs", role=role.name, where=role.where)
        transport.close()
