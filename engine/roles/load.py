"""The load role: the loader with the warehouse of the settings, and the door for those who ask it."""

from __future__ import annotations

from engine.canonical import receipt
from engine.canonical.dead import Reason, Stage
from engine.canonical.envelope import topic_of
from engine.config import Settings
from engine.loaders.batch import Loaded
from engine.loaders.loader import Loader
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, now_us, open_bus, open_warehouse
from engine.roles.child import Lifeline
from engine.transforms.load import load_mappings


class LoadMeter:
    """Counts what the loader did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def loaded(self, batch: Loaded, seconds: float) -> None:
        self._metrics.load_seconds.observe(seconds)
        self._metrics.batches_loaded.inc()
        for table, rows in batch.rows.items():
            self._metrics.rows_loaded.labels(table=table).inc(rows)

    def buried(self, reason: Reason) -> None:
        self._metrics.dead_letters.labels(stage=Stage.LOAD, reason=reason).inc()
