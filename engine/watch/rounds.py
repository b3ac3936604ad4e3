"""What is asked now and then of bus and warehouse, beside the topics that are followed: lag, mappings, the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import structlog

from engine.bus.bus import Bus, BusError
from engine.bus.growth import Growth
from engine.language.fault import Faults
from engine.loaders.tables import FATES
from engine.loaders.warehouse import Reader, WarehouseError
from engine.transforms.activation import TOPIC as ACTIVATIONS
from engine.transforms.activation import Activation, read_activations
from engine.watch.lag import Lag, find_lags

ACCOUNT = """
    select sum(received), sum(loaded), sum(dead), sum(duplicate), sum(ignored), sum(held), sum(in_flight), sum(missing),
        sum(refused), max(hour)
    from reconciliation
    where hour in (select distinct hour from reconciliation order by hour desc limit 24)
"""
"""The account of the last 24 hours that were counted, fate by fate."""

ACCOUNT_SECONDS = 5.0

log = structlog.get_logger("observe")


class Account(NamedTuple):
    """What became of the messages of 24 hours, of which `hour` (UTC) is the last."""

    hour: str
    counts: Mapping[str, int]


class Meter(Protocol):
    """Hears how far behind groups are."""

    def lagged(self, lag: Lag, now_us: int) -> None:
        """One group on one topic."""


class Rounds:
    """What the last round found; each part keeps what it had when it cannot be asked."""

    def __init__(
        self,
        bus: Bus,
        reader: Callable[[], Reader],
        groups: Callable[[], Mapping[str, Sequence[str]]],
        now_us: Callable[[], int],
        meter: Meter,
    ) -> None:
        self.lags: Sequence[Lag] = ()
        self.activation: Activation | None = None
        self.account: Account | None = None
        self._bus = bus
        self._reader = reader
        self._groups = groups
        self._now_us = now_us
        self._meter = meter
        self._activations = Growth(bus, ACTIVATIONS, now_us)
        self._is_read = False

    def look(self) -> None:
        """Ask the bus; one that does not answer is asked again in the next round."""
        try:
            self.lags = tuple(find_lags(self._bus, self._groups()))
            for lag in self.lags:
                self._meter.lagged(lag, self._now_us())
            if not self._is_read or self._activations.grew():
                self._activations.read()
                self.activation = max(read_activations(self._bus), default=None)
                self._is_read = True
        except BusError as error:
            log.warning("how far behind the groups are was not found, trying again", problem=str(error))

    def take_account(self) -> None:
        """Ask the warehouse; one that is away, or has counted nothing yet, is asked again in the next round."""
        try:
            reader = self._reader()
        except (Faults, WarehouseError):
            return
        try:
            *counts, hour = reader.query(ACCOUNT, 1, ACCOUNT_SECONDS).rows[0]
            if hour is not None:
                self.account = Account(str(hour), dict(zip(FATES, map(int, counts), strict=True)))
        except WarehouseError as error:
            log.debug("no account was read", problem=str(error))
        finally:
            reader.close()
