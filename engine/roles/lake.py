"""The lake beside the warehouse: its loader on a thread of the role `load`, in a group of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from engine.bus.bus import Bus
from engine.config import Settings
from engine.config.lake import LakeSettings
from engine.loaders.tables import Table
from engine.loaders.warehouse import Unavailable
from engine.observe.metrics import Metrics
from engine.parts import now_us, open_lake

if TYPE_CHECKING:  # Iceberg is loaded where there is a lake only
    from engine.loaders.lake.lake import Lake

GROUP = "lake"
PAUSE = 5.0
"""Seconds between two attempts to reach a lake that is not there."""
GRACE = 30.0
"""Seconds that the last commit may take."""

log = structlog.get_logger("lake")


class LakeMeter:
    """Counts what the lake's loader did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def kept(self, table: Table, rows: int, seconds: float) -> None:
        self._metrics.lake_rows.labels(table=table.name).inc(rows)
        self._metrics.lake_commit_seconds.observe(seconds)


@contextmanager
def keeping_lake(
    settings: Settings, bus: Bus, metrics: Metrics, topics: Sequence[str], stop: threading.Event
) -> Iterator[None]:
    """Keep a lake meanwhile, if there is to be one, until `stop` is set; nothing of it holds up the warehouse."""
    if settings.lake is None:
        yield
        return
    thread = threading.Thread(target=_keep, args=(settings, bus, LakeMeter(metrics), topics, stop), name="lake")
    thread.daemon = True
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(GRACE)


def _keep(settings: Settings, bus: Bus, meter: LakeMeter, topics: Sequence[str], stop: threading.Event) -> None:
    from engine.loaders.lake.loader import LakeLoader, Pace

    told = settings.lake or LakeSettings()
    pace = Pace(int(told.most), told.every.total_seconds())
    while not stop.is_set():
        try:
            lake = _wait_for(settings, stop)
            if lake:
                LakeLoader(bus, lake, topics, now_us, meter, pace, GROUP).run(stop)
        except Exception as error:  # the edge: a lake that fails may not end the loading
            log.warning("the lake's loader begins anew", problem=type(error).__name__, pause_s=PAUSE)
            stop.wait(PAUSE)


def _wait_for(settings: Settings, stop: threading.Event) -> Lake | None:
    """The lake, waited for as long as it is not there; None when that took too long."""
    while not stop.is_set():
        try:
            return open_lake(settings)
        except Unavailable as error:
            log.warning("the lake is not there, trying again", problem=str(error), pause_s=PAUSE)
            stop.wait(PAUSE)
    return None
