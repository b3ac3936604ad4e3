"""A simulation: so many messages of a city, one after the other, and the truth of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import Random

from engine.city.city import City
from engine.city.counts import Counts
from engine.city.delivery import Delivery
from engine.city.plan import Plan
from engine.city.senders import Sender
from engine.city.sendings import Sending
from engine.city.truth import Record

_DELIVERY = 1 << 32
"""Sets the chance of the way apart from that of the city: the same city with faults and without."""


class Simulation:
    """The messages of a plan; `finished` hears of each record once nothing more can be told of it.

    What is told by messages that were sent broken, or not sent before the end, is no part of the truth.
    """

    def __init__(self, plan: Plan, senders: Sequence[Sender], finished: Callable[[Record], None]) -> None:
        self.plan, self.senders = plan, senders
        self.counts = Counts()
        self._finished = finished
        self._city = City(plan, senders, self._finish)
        self._delivery = Delivery(Random(plan.seed + _DELIVERY), plan.faulty)

    def sendings(self) -> Iterator[Sending]:
        """The messages in the order in which they are sent; after the last one every record is finished."""
        for one in islice(self._delivery.sendings(self._city.messages()), self.plan.messages):
            self.counts.send(one)
            yield one
        for record in self._city.unfinished():
            self._finish(record)

    def _finish(self, record: Record) -> None:
        if record.kind == "visits":
            self.counts.end(record)
        self._finished(record)
