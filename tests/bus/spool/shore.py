"""What stands in for Kafka where a test must say when it answers: stores while up, says nothing while down."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from queue import SimpleQueue

from engine.bus.bus import BusError, Durable, RecordRefused
from engine.bus.record import Record


class Shore:
    """A producer whose own thread answers, in order; what it was handed while down is stored when it is up again.

    `refuses` is a value that it never takes, `fails` one that it fails once; it is down after `sinks_after` records.
    """

    def __init__(self, *, up: bool = True) -> None:
        self.stored: list[Record] = []
        self.calls = 0
        self.abandoned = 0
        self.refuses: bytes | None = None
        self.fails: bytes | None = None
        self.sinks_after = -1
        self.prepared = 0
        self._up = threading.Event()
        self._queue: SimpleQueue[tuple[int, Sequence[Record], Durable] | None] = SimpleQueue()
        self._life = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        if up:
            self._up.set()
        self._thread.start()

    def rise(self) -> None:
        self._up.set()

    def sink(self) -> None:
        self._up.clear()

    def prepare(self) -> None:
        if not self._up.is_set():
            raise BusError("topics not listed (test)")
        self.prepared += 1

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        self.calls += 1
        self._queue.put((self._life, records, durable))

    def abandon(self) -> None:
        with self._lock:
            self._life += 1
            self.abandoned += 1

    def flush(self, timeout: float) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(5)

    def numbers(self) -> list[int]:
        """The numbers stored, each where it came first."""
        return list(dict.fromkeys(int(record.value) for record in self.stored))

    def _run(self) -> None:
        while call := self._queue.get():
            life, records, durable = call
            durable(self._take(life, records))

    def _take(self, life: int, records: Sequence[Record]) -> BusError | None:
        while not self._up.wait(0.002):
            if life != self._life:
                break
        with self._lock:
            if life != self._life:
                return BusError("given up (test)")
            if any(record.value == self.refuses for record in records):
                return RecordRefused("too large (test)")
            if any(record.value == self.fails for record in records):
                self.fails = None
                return BusError("not confirmed (test)")
            self.stored += records
            if len(self.stored) == self.sinks_after:
                self.sink()
            return None
