"""The producer of the embedded bus: one thread writes all that waits, in one transaction a topic."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import structlog

from engine.bus.bus import BusError, Durable
from engine.bus.embedded.schema import topic_path
from engine.bus.embedded.topic import WrittenTopic
from engine.bus.outbox import Call, Outbox
from engine.bus.record import Record

TIDY_EVERY = 60.0
"""Seconds between two removals of old records, unless there are many."""

CLOSING = 10.0
"""Seconds that closing waits for what was handed over."""

log = structlog.get_logger()


class EmbeddedProducer:
    """Publishes to the topics below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._outbox = Outbox()
        self._topics: dict[str, WrittenTopic] = {}
        self._failed = 0
        self._heard = 0
        self._error: BusError | None = None
        self._tidy_due = time.monotonic() + TIDY_EVERY
        self._closed = False
        self._writer = Thread(target=self._run, name="bus writer", daemon=True)
        self._writer.start()

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended, from the writer's thread."""
        if self._closed:
            raise BusError("not stored: the producer is closed - make a new one")
        self._outbox.put(records, durable)

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable; raises BusError when it is not."""
        if not self._wait(timeout):
            raise BusError(f"not durable within {timeout:g} s - see that the disk of the bus is well")
        if self._failed != self._heard:
            self._heard = self._failed
            raise BusError(str(self._error))

    def close(self) -> None:
        """Flush what can be flushed and let go of the files."""
        if not self._closed:
            self._closed = True
            self._outbox.end()
            self._writer.join(CLOSING)

    def _wait(self, timeout: float) -> bool:
        """Whether all that was handed over before has been answered; calls are answered in order."""
        answered = Event()
        self.publish((), lambda _: answered.set())
        return answered.wait(timeout)

    def _run(self) -> None:
        while not self._outbox.ended:
            calls = self._outbox.take(TIDY_EVERY)
            self._write(calls)
            self._outbox.done(calls)
            if time.monotonic() >= self._tidy_due:
                self._tidy()
        for topic in self._topics.values():
            topic.close()

    def _write(self, calls: Sequence[Call]) -> None:
        by_topic: dict[str, list[Record]] = {}
        for call in calls:
            for record in call.records:
                by_topic.setdefault(record.topic, []).append(record)
        failures = {topic: fault for topic, records in by_topic.items() if (fault := self._append(topic, records))}
        for call in calls:
            self._answer(call, failures)

    def _append(self, name: str, records: Sequence[Record]) -> BusError | None:
        try:
            if name not in self._topics:
                self._topics[name] = WrittenTopic(topic_path(self._folder, name))
            self._topics[name].append(records)
        except BusError as error:
            return error
        except Exception as error:  # a record of wrong types fails those it was written with, never the thread
            log.exception("records_not_stored", topic=name)
            return BusError(f"not stored: {type(error).__name__} (topic {name}) - see the log")
        return None

    def _answer(self, call: Call, failures: dict[str, BusError]) -> None:
        error = call.refusal
        if failures and error is None:
            error = next((failures[record.topic] for record in call.records if record.topic in failures), None)
        if error is not None:
            self._error = error
            self._failed += 1
        try:
            call.durable(error)
        except Exception:  # whose callback it is must not cost the others theirs
            log.exception("durable_callback_failed")

    def _tidy(self) -> None:
        removed = 0
        for topic in self._topics.values():
            with suppress(BusError):
                removed += topic.remove_old(time.time_ns() // 1_000_000)
        self._tidy_due = time.monotonic() + (0 if removed else TIDY_EVERY)
