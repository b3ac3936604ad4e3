"""The registry as its files change while the engine runs: a good one is taken into use, a bad one is not."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import structlog

from engine.facilities.facility import Registry
from engine.facilities.registry import read_registry, registry_files
from engine.language.fault import Faults
from engine.language.quiet import Stamp, stamp_of
from engine.observe.metrics import Metrics

log = structlog.get_logger()

MOST_FAULTS = 20
"""Faults of one file that are logged."""


class RegistryWatch:
    """Reads the registry, and again when its files change.

    `listeners` are the names of the settings, None where nothing depends on them.
    """

    def __init__(self, path: Path, listeners: Collection[str] | None, metrics: Metrics) -> None:
        self._path = path
        self._listeners = None if listeners is None else tuple(listeners)
        self._metrics = metrics
        self._stamp: Stamp = frozenset()
        self._used: frozenset[str] = frozenset()  # names of the files that the registry in use was read from

    def read(self) -> Registry:
        """The registry as it is now; raises Faults."""
        self._stamp = self._see()
        registry = read_registry(self._path, self._listeners)
        self._used = _names(self._stamp)
        return registry

    def look(self) -> Registry | None:
        """The new registry when there is a good one, else None; takes as long as reading does, so ask on a thread.

        A file that is at fault, or that was there and is gone, is told once and leaves the registry as it is.
        """
        before, self._stamp = self._stamp, self._see()
        if self._stamp == before:
            return None
        gone = sorted(self._used - _names(self._stamp))
        if gone:
            self._refuse([f"{name}: is gone - put it back, or restart without it" for name in gone])
            return None
        try:
            registry = self.read()
        except Faults as faults:
            self._refuse([str(fault) for fault in faults.faults[:MOST_FAULTS]])
            return None
        self._metrics.registry_reloads.inc()
        log.info("registry reloaded", facilities=len(registry))
        return registry

    def _refuse(self, faults: list[str]) -> None:
        self._metrics.registry_faults.inc()
        log.error("registry not reloaded", faults=faults)

    def _see(self) -> Stamp:
        return stamp_of(registry_files(self._path))


def _names(stamp: Stamp) -> frozenset[str]:
    return frozenset(name for name, *_ in stamp)
