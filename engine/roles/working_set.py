"""What the transform role works with, read from files again when they change: mappings and routes, and the registry.

All or nothing: a set of mappings and routes with any fault is not taken, and the one before stays in use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog

from engine.bus.bus import BusError
from engine.config import Settings
from engine.facilities.facility import Registry
from engine.facilities.registry import registry_files
from engine.facilities.watch import MOST_FAULTS, RegistryWatch
from engine.language.fault import Faults
from engine.language.gather import Gather
from engine.language.quiet import Quiet
from engine.observe.metrics import Metrics
from engine.routes.load import load_routes
from engine.routes.router import Router
from engine.transforms.checked import Checked
from engine.transforms.load import load_mappings, set_files
from engine.transforms.mapping_set import MappingSet

LOOK = 1.0
"""Seconds between two looks at the files, and so the least that they must stand still."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

log = structlog.get_logger("transform")


class WorkingSet(NamedTuple):
    """Mappings and routes of one state of their folder, and who sends."""

    mappings: MappingSet
    router: Router
    registry: Registry


Ensure = Callable[[WorkingSet], None]
"""Makes the topics that a set writes to; raises BusError."""


def read_set(folder: Path, optional: Collection[str], checked: Checked | None = None) -> tuple[MappingSet, Router]:
    """The mappings and routes of a folder; raises Faults with everything that is wrong in them."""
    gather = Gather()
    mappings = gather.attempt(partial(load_mappings, folder, optional, checked))
    router = gather.attempt(partial(load_routes, folder / "routes"))
    if mappings is None or router is None:
        raise Faults(gather.faults)
    return mappings, router


class Watch:
    """Reads the working set, and again, on a thread of its own, when its files change."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Read it the first time; raises Faults."""
        self._folder = settings.mappings
        self._optional = settings.optional_resources
        self._checked = Checked(settings.home)
        self._metrics = metrics
        self._files = Quiet(lambda: [*set_files(self._folder), *(self._folder / "routes").glob("[!.]*.yaml")])
        self._entries = Quiet(partial(registry_files, settings.registry_file()))
        self._registry = RegistryWatch(settings.registry_file(), None, metrics)
        self.read = WorkingSet(*read_set(self._folder, self._optional, self._checked), self._registry.read())
        """The newest that is good."""

    @contextmanager
    def running(self, ensure: Ensure) -> Iterator[None]:
        """Look at the files every LOOK seconds while this lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(ensure, stop), name="mapping files", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def look(self, ensure: Ensure, stop: threading.Event) -> None:
        """Take up what changed and has come to rest; until `stop`, wait for a bus that does not make topics."""
        if self._entries.settled():
            registry = self._registry.look()
            self.read = self.read if registry is None else self.read._replace(registry=registry)
        if self._files.settled():
            found = self._find()
            if found and self._is_ensured(found, ensure, stop):
                self.read = found

    def _run(self, ensure: Ensure, stop: threading.Event) -> None:
        while not stop.wait(LOOK):
            try:
                self.look(ensure, stop)
            except Exception as error:  # the edge: whatever goes wrong in one look, there is another
                log.warning("the mappings cannot be looked at, trying again", problem=type(error).__name__)

    def _find(self) -> WorkingSet | None:
        """The set that the files say, compiled, unless they are at fault or changed while they were read."""
        problems: list[str] = []
        try:
            mappings, router = read_set(self._folder, self._optional, self._checked)
            mappings.compile_as(self.read.mappings)
            found = self.read._replace(mappings=mappings, router=router)
        except Faults as faults:
            problems = [str(fault) for fault in faults.faults[:MOST_FAULTS]]
        except Exception as error:  # the edge: nothing that a file holds may end the work on messages
            problems = [type(error).__name__]
        if self._files.moved():
            return None
        if problems:
            self._metrics.mapping_faults.inc()
            log.error("mappings not reloaded, those before stay in use", faults=problems)
            return None
        return found

    def _is_ensured(self, found: WorkingSet, ensure: Ensure, stop: threading.Event) -> bool:
        """Whether the topics are there, tried until they are, or the files say something else."""
        pause = FIRST_PAUSE
        while not (stop.is_set() or self._files.moved()):
            try:
                ensure(found)
            except BusError as error:
                log.warning("topics not made, trying again", problem=str(error), pause_s=pause)
                stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return True
        return False
