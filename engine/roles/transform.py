"""The transform role: the transformer with the mappings and routes of the settings, as they are and as they change."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Sequence
from itertools import chain

from prometheus_client import Counter

from engine.bus.bus import Bus
from engine.canonical.dead import Stage
from engine.config import Settings
from engine.language.garbage import look_seldom
from engine.language.memory import keep_memory
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, now_us, open_bus
from engine.roles.child import Lifeline
from engine.roles.in_use import InUse
from engine.roles.working_set import Watch, WorkingSet
from engine.transforms.brake import Limits
from engine.transforms.conversion import Converted
from engine.transforms.guard import Guard
from engine.transforms.holding import Holding, HoldLimits
from engine.transforms.in_work import in_work
from engine.transforms.transformer import Transformer
from engine.transforms.withholding import Withholding


class TransformMeter:
    """Counts what the transformer did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        metrics = self._metrics
        metrics.transform_seconds.observe(seconds)
        _count(metrics.messages_transformed, "outcome", (one.outcome for one in batch))
        _count(metrics.events_published, "resource", chain.from_iterable(one.resource_types for one in batch))
        _count(metrics.codes_unmapped, "table", (table for one in batch for table, _ in one.unmapped))
        metrics.application_acknowledgments_unaddressed.inc(sum(one.unaddressed for one in batch))
        for reason, many in Counts(one.reason for one in batch if one.reason).items():
            metrics.dead_letters.labels(stage=Stage.TRANSFORM, reason=reason).inc(many)


def _count(counter: Counter, label: str, values: Iterable[str]) -> None:
    """Count values by a label, each label looked up once: a batch makes thousands of events of a few kinds."""
    for value, many in Counts(values).items():
        counter.labels(**{label: value}).inc(many)


def run(settings: Settings, lifeline: Lifeline, metrics: Metrics | None = None) -> None:
    """Transform until the lifeline ends; raises Faults when mappings, routes or registry are at fault at the start."""
    metrics = metrics or Metrics()
    watch = Watch(settings, metrics)
    with open_bus(settings, metrics) as bus, open_bus(settings, metrics) as other:
        _ensure(bus, settings, watch.read)
        producer = bus.producer(gathers=True)
        in_use = InUse(bus, producer, watch, metrics, lifeline)
        look_seldom()
        keep_memory()
        kept = in_work(settings.home / "in-work" / f"transform-{lifeline.worker}")
        with kept as work, watch.running(lambda found: _ensure(other, settings, found)):
            guard = Guard(bus, producer, _limits(settings), now_us, metrics.transform_stopped_active.set)
            holding = Holding(bus, producer, _hold_limits(settings), now_us, metrics.held.set)
            meter, withheld = TransformMeter(metrics), Withholding(bus, producer, now_us, metrics.withheld.set)
            Transformer(bus, producer, in_use, now_us, meter, guard, holding, withheld, work).run(lifeline.stop)
        producer.close()


def _limits(settings: Settings) -> Limits:
    told = settings.dead_letters
    return Limits(told.most, told.share, round(told.window.total_seconds() * 1_000_000))


def _hold_limits(settings: Settings) -> HoldLimits:
    return HoldLimits(round(settings.hold.time.total_seconds() * 1_000_000), settings.hold.most)


def _ensure(bus: Bus, settings: Settings, found: WorkingSet) -> None:
    bus.ensure(declare_topics(settings, found.mappings.resource_types, found.router.topics))
