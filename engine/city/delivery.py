"""The way from the systems to the wire: most messages at once, some broken, twice, late or out of order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random

from engine.city.faults import BROKEN, fits, sending
from engine.city.sendings import Fate, Sending
from engine.city.world import Told

RESENT, LATE, REORDERED = "resent", "late", "reordered"
WAYS = ((RESENT, 28), (LATE, 14), (REORDERED, 28), *((one.name, one.weight) for one in BROKEN))
"""Of a hundred messages with a fault: those that come twice, late, out of order, or broken."""
_NAMES, _WEIGHTS = tuple(name for name, _ in WAYS), tuple(weight for _, weight in WAYS)
_BROKEN = {one.name: one for one in BROKEN}

Posted = tuple[datetime, int, Sending, Told]


class Delivery:
    """Sends what is told; what a message says becomes true when it is sent whole for the first time."""

    def __init__(self, rng: Random, faulty: float) -> None:
        self._rng = rng
        self._faulty = faulty
        self._under_way: list[Posted] = []
        self._count = 0
        self._control_ids: Counter[str] = Counter()

    def sendings(self, messages: Iterable[Told]) -> Iterator[Sending]:
        """Every message in the order in which it is sent."""
        for told in messages:
            yield from self._due(told.when)
            self._post(told)

    def _due(self, now: datetime) -> Iterator[Sending]:
        while self._under_way and self._under_way[0][0] < now:
            _, _, one, told = heappop(self._under_way)
            if one.fate is Fate.LOADED:
                for record, values in told.says:
                    record.say(told.when, values)
            yield one
            told.case.release()

    def _post(self, told: Told) -> None:
        code = told.sender.code
        self._control_ids[code] += 1
        control_id = f"{code}-{self._control_ids[code]:08d}"
        if not self._faulty or self._rng.random() >= self._faulty:
            self._put(sending(told, control_id), told)
            return
        (fault,) = self._rng.choices(_NAMES, _WEIGHTS)
        self._put_faulty(told, control_id, fault)

    def _put_faulty(self, told: Told, control_id: str, fault: str) -> None:
        broken = _BROKEN.get(fault)
        if broken and fits(broken, told):
            self._put(sending(told, control_id, broken), told)
            return
        one = sending(told, control_id)
        match fault:
            case "late":
                self._put(one._replace(sent=self._after(told, 3600, 30 * 3600), fault=LATE), told)
            case "reordered":
                self._put(one._replace(sent=self._after(told, 20, 300), fault=REORDERED), told)
            case "resent":
                self._put(one, told)
                again = one._replace(sent=self._after(told, 30, 1800), fate=Fate.DUPLICATE, fault=RESENT)
                told.case.hold()
                self._put(again, told)
            case _:
                self._put(one, told)

    def _after(self, told: Told, least: int, most: int) -> datetime:
        return told.when + timedelta(seconds=self._rng.randrange(least, most))

    def _put(self, one: Sending, told: Told) -> None:
        self._count += 1
        heappush(self._under_way, (one.sent, self._count, one, told))
