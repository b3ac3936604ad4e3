"""Producers that do late, seldom or never what the real one behind them does at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from engine.bus.bus import BusError, Durable, Producer
from engine.bus.record import Record


class Wrapped:
    """Hands everything on."""

    def __init__(self, own: Producer) -> None:
        self._own = own

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        self._own.publish(records, durable)

    def flush(self, timeout: float) -> None:
        self._own.flush(timeout)

    def close(self) -> None:
        self._own.close()


class Held(Wrapped):
    """Stores at once and holds its word back until it is let go."""

    def __init__(self, own: Producer) -> None:
        super().__init__(own)
        self._held: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._holding = True
        self.calls = 0

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        self.calls += 1
        super().publish(records, lambda error: self._hold(durable, error))

    def _hold(self, durable: Durable, error: BusError | None) -> None:
        with self._lock:
            if self._holding:
                self._held.append(lambda: durable(error))
                return
        durable(error)

    @property
    def held(self) -> int:
        """Calls that are stored and not told."""
        return len(self._held)

    def let_go(self) -> None:
        """Tell what is held, and hold nothing from now on."""
        with self._lock:
            self._holding = False
            held, self._held = self._held, []
        for tell in held:
            tell()


class Failing(Wrapped):
    """Refuses while `refuses` says so of a call's records; by its word or by raising at once."""

    def __init__(self, own: Producer, refuses: Callable[[Sequence[Record]], bool], raising: bool = False) -> None:
        super().__init__(own)
        self.refuses = refuses
        self.refused = 0
        self._raising = raising

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        if not self.refuses(records):
            super().publish(records, durable)
            return
        self.refused += 1
        error = BusError("not stored: the disk is full (test) - wait")
        if self._raising:
            raise error
        threading.Thread(target=durable, args=(error,)).start()
