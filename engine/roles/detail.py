"""What a clinical sink is told beside an alert: the resources that it rests on, as the warehouse has them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import orjson

from engine.alerts.sinks.sink import Away
from engine.bus.record import Position
from engine.language.fault import Faults
from engine.loaders.warehouse import Reader, WarehouseError

SECONDS = 5.0
"""That a question may take."""
WAIT = 20.0
"""Seconds in which what the loader is about to write may come: an alert is told within a second, and written later."""
COLUMNS = ("raw_part", "raw_offset", "generation", "event_index")


class Details:
    """Asks the warehouse; of events that it does not have in time an alert is told without."""

    def __init__(self, reader: Callable[[], Reader], clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._since: float | None = None
        """When events were asked for first that are not there."""

    def __call__(self, evidence: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """The resources that these events told of; raises Away when they may be there later.

        Once it had not in time, none is waited for until it has all that an alert rests on: alerts pass a loader that
        stands.
        """
        questions = [one for event in evidence if (one := _question(event))]
        rows = self._ask(questions)
        now = self._clock()
        self._since = None if len(rows) == len(questions) else now if self._since is None else self._since
        if self._since is not None and now - self._since < WAIT:
            raise Away("the warehouse does not have the event yet - it is asked again")
        return [orjson.loads(one) if isinstance(one, str) else one for one in rows]

    def _ask(self, questions: Sequence[str]) -> list[Any]:
        try:
            with closing(self._reader()) as reader:
                return [row[0] for one in questions for row in reader.query(one, 1, SECONDS).rows]
        except (WarehouseError, Faults):
            raise Away("the warehouse does not answer - see the role `load`") from None


def _question(event: str) -> str | None:
    """For the event of this id, which is its raw record, generation and place; None for another text."""
    try:
        raw, generation, index = event.rsplit("/", 2)
        at = Position.parse(raw)
        numbers = (at.partition, at.offset, int(generation), int(index))
    except ValueError:
        return None
    wanted = " and ".join(f"{name} = {number:d}" for name, number in zip(COLUMNS, numbers, strict=True))
    return f"select body from history where {wanted}"  # noqa: S608 - names of its own, and whole numbers
