"""Bugs planted into the engine's code for one test: the simulation must find each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from engine.bus.bus import BusError, Consumer
from engine.bus.record import Record, next_offsets
from engine.canonical.key import message_key
from engine.listeners import intake
from engine.loaders import batch
from engine.loaders.loader import Loader
from engine.loaders.offsets import find_offsets, write_offsets
from engine.loaders.reading import read
from engine.transforms.conversion import Conversion
from engine.transforms.holding import Holding
from engine.transforms.publishing import Handover
from engine.transforms.transformer import Transformer
from tests.rig.proof import proving


def offset_first(patch: pytest.MonkeyPatch) -> None:
    """The transformer commits its offset before its events are out."""
    work = Transformer._work

    def hasty(self: Transformer, consumer: Consumer, records: list[Record], conversion: Conversion) -> None:
        consumer.commit(next_offsets(records))
        work(self, consumer, records, conversion)

    patch.setattr(Transformer, "_work", hasty)


def transactions_apart(patch: pytest.MonkeyPatch) -> None:
    """The loader's offsets and rows are in two transactions."""
    load = Loader._load

    def apart(self: Loader, records: Sequence[Record]) -> None:
        reached = read(records, self._buried).offsets
        with self._warehouse.transaction() as transaction:
            write_offsets(transaction, find_offsets(transaction, reached), reached)
        load(self, records)

    patch.setattr(batch, "fence", lambda *_: None)
    patch.setattr(batch, "find_offsets", lambda *_: {})
    patch.setattr(batch, "write_offsets", lambda *_: None)
    patch.setattr(Loader, "_load", apart)


def no_message_key(patch: pytest.MonkeyPatch) -> None:
    """A message that is sent again is another message."""
    patch.setattr(intake, "message_key", lambda *_: os.urandom(32).hex())


def control_id_alone(patch: pytest.MonkeyPatch) -> None:
    """Messages are told apart by their control id alone."""

    def short(facility: str, application: bytes, sender: bytes, control_id: bytes, _payload: bytes) -> str:
        return message_key(facility, application, sender, control_id, b"")

    patch.setattr(intake, "message_key", short)


def failure_swallowed(patch: pytest.MonkeyPatch) -> None:
    """The transformer takes for published what the bus did not take."""

    settle = Handover.settle

    def deaf(self: Handover) -> None:
        with suppress(BusError):
            settle(self)

    patch.setattr(Handover, "settle", deaf)


def hold_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What waits for the bus is known to one process alone, and dies with it."""
    patch.setattr(Holding, "take_over", lambda *_: None)


def lost_place(patch: pytest.MonkeyPatch) -> None:
    """After a failure the loader goes on with what comes next, and believes that all before is loaded."""

    def stay(self: Loader, consumer: Consumer) -> None:
        self._stands.at.update(self._warehouse.offsets())

    patch.setattr(Loader, "_find_back", stay)
    patch.setattr(batch, "fence", lambda *_: None)


QUICK = (offset_first, transactions_apart, no_message_key, control_id_alone, failure_swallowed)
SLOW = (hold_forgotten, lost_place)
"""Those that only many runs bring to light."""

BUGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    plant.__name__: plant for plant in (*QUICK, *(SLOW if proving() else ()))
}
