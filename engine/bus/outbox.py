"""What a producer was handed and has not written yet: bounded, in order."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from engine.bus.bus import BusError, Durable
from engine.bus.record import Record

MOST_WAITING = 100_000
MOST_BYTES_WAITING = 256 * 1024 * 1024
"""What waits or is being written at most, before more is refused."""

MOST_TAKEN = 5_000
MOST_BYTES_TAKEN = 16 * 1024 * 1024
"""Where taking ends though more waits, so that the first of it is not held up by the last."""


class Call(NamedTuple):
    """One call of `publish`; a refused one waits without its records for its turn to be told."""

    records: Sequence[Record]
    durable: Durable
    size: int
    refusal: BusError | None = None


class Outbox:
    """Filled by one thread, emptied by another."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Call | None] = SimpleQueue()
        self._put = [0, 0, 0]
        self._done = [0, 0, 0]
        self.ended = False

    def put(self, records: Sequence[Record], durable: Durable) -> None:
        """Append a call, or its refusal."""
        size = sum([len(record.value) for record in records])
        self._put[2] += 1
        waiting = self._put[0] - self._done[0]
        waiting_bytes = self._put[1] - self._done[1]
        too_many = waiting + len(records) > MOST_WAITING or waiting_bytes + size > MOST_BYTES_WAITING
        if records and waiting and too_many:
            refusal = BusError("not stored: too many records wait already - publish again when some are durable")
            self._queue.put(Call((), durable, 0, refusal))
            return
        self._put[0] += len(records)
        self._put[1] += size
        self._queue.put(Call(records, durable, size))

    @property
    def is_idle(self) -> bool:
        """Whether all that was put is done; only a moment's truth unless puts are held off."""
        return self._put[2] == self._done[2]

    def take(self, timeout: float) -> list[Call]:
        """What waits, after waiting up to `timeout` seconds for the first; all but the newest of a long queue."""
        taken: list[Call] = []
        count, size = 0, 0
        try:
            call = self._queue.get(timeout=timeout)
            while call is not None:
                taken.append(call)
                count += len(call.records)
                size += call.size
                if count >= MOST_TAKEN or size >= MOST_BYTES_TAKEN:
                    return taken
                call = self._queue.get_nowait()
            self.ended = True
        except Empty:
            pass
        return taken

    def done(self, calls: Sequence[Call]) -> None:
        """Make room: these calls are written, or have failed."""
        self._done[0] += sum([len(call.records) for call in calls])
        self._done[1] += sum([call.size for call in calls])
        self._done[2] += len(calls)

    def end(self) -> None:
        """Let `take` set `ended` once everything before was taken."""
        self._queue.put(None)
