"""`engine run`: the supervisor with its HTTP port around it, and one role inside its process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog

from engine.bus.seal import read_seal_keys
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.language.fault import Fault, Faults, Mark
from engine.parts import read_secret
from engine.roles.child import Lifeline
from engine.roles.names import RoleName
from engine.roles.supervisor import Supervisor

PRIVATE = 0o077
"""The mode bits that no file of the engine has: what it keeps are patients' records."""

log = structlog.get_logger("engine")


def run_engine(settings: Settings, names: Sequence[RoleName], options: Sequence[str]) -> int:
    """Run the roles, all that are of use when none is named, until SIGINT or SIGTERM; returns the exit code.

    `options` are the command line's, handed on to the processes of the roles.
    """
    os.umask(PRIVATE)
    _prepare_home(settings)
    folder = tempfile.mkdtemp(prefix="engine-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # must stand before prometheus_client is imported
    try:
        return asyncio.run(_supervise(settings, names or roles_of_use(settings), options, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def roles_of_use(settings: Settings) -> list[RoleName]:
    """Every role, `answer` only where a facility has an address for answers; raises Faults for a faulty registry."""
    addressed = any(facility.answers_to for facility in read_registry(settings.registry_file()))
    return [name for name in RoleName if addressed or name is not RoleName.ANSWER]


def _prepare_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made ({error.strerror})"
        raise Faults(
            [Fault(Mark(str(settings.home)), "C006", "home", what, "name another folder with --home")]
        ) from None
    read_secret(settings)
    if settings.bus.seal_keys is not None:
        read_seal_keys(settings.bus.seal_keys)


async def _supervise(settings: Settings, names: Sequence[RoleName], options: Sequence[str], folder: str) -> int:
    from prometheus_client import CollectorRegistry, multiprocess

    from engine.observe.logs import configure_logs
    from engine.observe.metrics import Metrics
    from engine.roles.http import observe_app, serving
    from engine.roles.status import observing_routes

    configure_logs(settings.log_level)
    metrics = Metrics()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=folder)

    def ended(role: str, pid: int) -> None:
        multiprocess.mark_process_dead(pid, path=folder)
        if not supervisor.stopping:
            metrics.role_restarts.labels(role=role).inc()

    supervisor = Supervisor(processes_of(settings, names), partial(_command, options), ended)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)
    app = observe_app(lambda: _state(supervisor), registry, observing_routes(settings, names))
    try:
        async with serving(app, settings.http) as port:
            log.info("engine starts", home=str(settings.home), http=f"http://{settings.http.host}:{port}")
            code = await supervisor.run()
            log.info("engine ended", code=code)
            return code
    except OSError as error:
        what = f"port {settings.http.port} cannot be had ({error.strerror})"
        hint = "another engine may run here: stop it, or choose --metrics-port"
        raise Faults([Fault(Mark("engine run"), "C007", "http.port", what, hint)]) from None


def processes_of(settings: Settings, names: Sequence[RoleName]) -> list[str]:
    """The processes of the roles: `listen`, and with more workers of a listener `listen-1` and so on."""
    workers = max((one.workers for one in settings.listeners), default=1)
    more = [f"{RoleName.LISTEN}-{worker}" for worker in range(1, workers)]
    return [process for name in names for process in (name, *(more if name is RoleName.LISTEN else ()))]


def _command(options: Sequence[str], process: str, status: int) -> Sequence[str]:
    role, _, worker = process.partition("-")
    return [sys.executable, "-m", "engine", "role", role, str(status), "--worker", worker or "0", *options]


def _state(supervisor: Supervisor) -> list[dict[str, Any]]:
    return [
        {"name": role.name, "ready": role.ready, "where": role.where, "restarts": role.restarts}
        for role in supervisor.roles
    ]


def run_role(name: RoleName, settings: Settings, status: int | None, worker: int = 0) -> None:
    """Run one role in this process until its supervisor stops it or is gone."""
    from engine.observe.logs import configure_logs

    os.umask(PRIVATE)
    configure_logs(settings.log_level)
    lifeline = Lifeline(status, worker)
    lifeline.hold()
    match name:
        case RoleName.LISTEN:
            from engine.roles.listen import run
        case RoleName.TRANSFORM:
            from engine.roles.transform import run
        case RoleName.LOAD:
            from engine.roles.load import run
        case RoleName.ALERT:
            from engine.roles.alert import run
        case RoleName.ANSWER:
            from engine.roles.answer import run
        case RoleName.OBSERVE:
            from engine.roles.observe import run
    run(settings, lifeline)
