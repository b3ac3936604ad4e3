"""Feeds one sink from `alerting`, in a consumer group of its own: a sink that is away holds up itself alone.

At least once: the offset moves when the receiver has an alert. What was sent a moment ago is not sent again; over a
restart the receiver tells repeats by their key.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import structlog

from engine.alerts.alert import Status
from engine.alerts.sinks.sink import Away, Refused, Sink
from engine.alerts.sinks.telling import idempotency_key
from engine.alerts.standing import TOPIC, Standing, decode, read_standing
from engine.bus.bus import Bus, BusError, Consumer, read_topic
from engine.bus.record import Record, first_offsets, next_offsets

GROUP = "sink-"
"""How the groups of sinks begin; the sink's name follows."""
BATCH = 10
PATIENCE = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Seconds between two attempts: below the lease of a partition."""
STALE_US = 24 * 3600 * 1_000_000
"""What ended so long ago is told nobody: a new sink need not hear of years."""
REMEMBERED = 10_000

log = structlog.get_logger("alert")


class Meter(Protocol):
    """Hears what became of alerts at one sink."""

    def done(self, result: str, seconds: float) -> None:
        """The sink is done with an alert: `sent` or `refused`."""

    def failed(self) -> None:
        """An attempt failed, and is made again."""


class Feed:
    """One sink and what it has heard.

    `is_default`: it gets the alerts that name no sinks, or none that are among the `known` ones.
    """

    def __init__(
        self,
        name: str,
        sink: Sink,
        bus: Bus,
        now_us: Callable[[], int],
        meter: Meter,
        *,
        is_default: bool = True,
        known: Collection[str] = (),
    ) -> None:
        self._name = name
        self._sink = sink
        self._bus = bus
        self._now_us = now_us
        self._meter = meter
        self._is_default = is_default
        self._known = frozenset({name, *known})
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._firing: dict[str, Standing] = {}
        self._silent: dict[str, Standing] = {}
        self._told_again = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; whatever fails is tried again, longer and longer apart, as nobody else sends."""
        pause = FIRST_PAUSE
        is_known = False
        consumer = self._bus.consumer(f"{GROUP}{self._name}", [TOPIC])
        try:
            while not stop.is_set():
                try:
                    is_known = is_known or self._remember()
                    self._repeat()
                    self._work(consumer)
                    pause = FIRST_PAUSE
                except Exception as error:
                    self._meter.failed()
                    log.warning("an alert did not go out, trying again", sink=self._name, problem=_problem(error))
                    stop.wait(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            consumer.close()
            self._sink.close()

    def _remember(self) -> bool:
        """What fires that was heard before this process: to be sent again, or once its silence ends.

        A silence may have ended while no process ran, so that one that is over counts too: better twice than never.
        """
        for standing in read_standing(read_topic(self._bus, TOPIC)).values():
            if self._concerns(standing) and standing.alert.status is Status.FIRING:
                held = self._silent if standing.silenced else self._firing
                held[standing.alert.id] = standing
        return True

    def _work(self, consumer: Consumer) -> None:
        records = consumer.poll(BATCH, PATIENCE)
        for at, record in enumerate(records):
            try:
                self._hear(record)
                consumer.commit(next_offsets([record]))
            except Exception:
                consumer.seek(first_offsets(records[at:]))
                raise

    def _hear(self, record: Record) -> None:
        standing = _read(record)
        if standing is None or not self._concerns(standing):
            return
        if self._is_silenced(standing):
            self._firing.pop(standing.alert.id, None)
            self._silent[standing.alert.id] = standing
            return
        self._silent.pop(standing.alert.id, None)
        self._tell(standing)

    def _tell(self, standing: Standing) -> None:
        """Send it unless it was just sent, or is over since long."""
        ended_us = standing.alert.ended_us
        if ended_us is not None and ended_us < self._now_us() - STALE_US:
            return
        if idempotency_key(standing) not in self._sent:
            self._send(standing)
        if standing.alert.status is Status.FIRING:
            self._firing[standing.alert.id] = standing
        else:
            self._firing.pop(standing.alert.id, None)

    def _send(self, standing: Standing) -> None:
        began, problem = time.monotonic(), ""
        try:
            self._sink.send(standing)
        except Refused as error:
            problem = str(error)
        self._meter.done("refused" if problem else "sent", time.monotonic() - began)
        if problem:
            log.error("an alert was refused", sink=self._name, alert=standing.alert.id, problem=problem)
        self._sent[idempotency_key(standing)] = None
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def _repeat(self) -> None:
        """Send what was silent until now, and what fires where the receiver forgets."""
        for standing in [one for one in self._silent.values() if not self._is_silenced(one)]:
            self._tell(standing)
            del self._silent[standing.alert.id]
        if self._sink.again is not None and time.monotonic() - self._told_again >= self._sink.again:
            for standing in list(self._firing.values()):
                self._send(standing)
            self._told_again = time.monotonic()

    def _concerns(self, standing: Standing) -> bool:
        """Whether this sink is one of those that are to hear of it; nobody hears of what rests on old messages."""
        if standing.quiet:
            return False
        if standing.alert.id in self._firing:
            return True  # who heard that it began hears how it goes on, whomever it was escalated to
        targets = self._known.intersection(standing.targets)
        return self._name in targets if targets else self._is_default

    def _is_silenced(self, standing: Standing) -> bool:
        return standing.silenced is not None and standing.silenced.until_us > self._now_us()


def _problem(error: Exception) -> str:
    """What may be written down of it: texts of others' errors may say what an alert says."""
    return str(error) if isinstance(error, Away | BusError) else type(error).__name__


def _read(record: Record) -> Standing | None:
    try:
        return decode(record.value) if record.value else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def groups_of(names: Sequence[str]) -> list[str]:
    """The consumer groups of these sinks."""
    return [f"{GROUP}{name}" for name in names]
