"""Where a case is counted, and where no longer: told of each diagnosis, as far as it is of a disease that is watched.

A diagnosis may be corrected to another disease, cancelled, or its patient may live elsewhere than was said. So each
place in which a case ever was is told anew, with every event of it: what was lost with a process that died comes again
with the event, and what comes again changes nothing. Of diagnoses of all other diseases nothing is remembered: one that
was corrected to another disease counts if the first message of it comes after its correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from engine.alerts.surveillance.weeks import day_of
from engine.canonical.resource import Body
from engine.canonical.version import event_us

NOWHERE = "unknown"
"""The place of cases whose patients live in no commune that is known."""

Diseases = Mapping[str, Sequence[str]]
"""What the codes of each disease begin with, by its name."""


class Case(NamedTuple):
    """What one message says of a diagnosis."""

    id: str
    stamp: str
    """Sorts in the order in which messages of the same diagnosis count."""
    subject: str
    facility: str
    event: str
    codes: tuple[str, ...]
    place: str
    day: date
    stands: bool
    confirmed: bool
    dated: bool = True
    """Whether the message says of what day the diagnosis is; else it is the day of the message."""


class Move(NamedTuple):
    """That a case is counted for a disease in a place on a day, or not any more where there is no day."""

    disease: str
    place: str
    case: str
    stamp: str
    day: date | None
    subject: str = ""
    facility: str = ""
    event: str = ""
    confirmed: bool = False

    @property
    def key(self) -> str:
        return f"{self.disease}/{self.place}"


class Known(NamedTuple):
    """What is remembered of a case of a disease that is watched: its last stamp, and where it ever was."""

    stamp: str
    keys: tuple[str, ...]
    day: date

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"stamp": self.stamp, "keys": list(self.keys), "day": self.day.isoformat()}


def known_of(plain: Mapping[str, Any] | None) -> Known | None:
    """What `plain` wrote."""
    if not plain:
        return None
    day = _day(plain.get("day")) or date.max  # what was written before days were remembered
    return Known(str(plain["stamp"]), tuple(plain["keys"]), day)


def case_of(body: Body, *, case: str, stamp: str, subject: str, facility: str, event: str, received_us: int) -> Case:
    """The case that a record of `cases` tells of; where it names no day it is its message's, and never to come."""
    told, received = _day(body.get("day")), day_of(received_us)
    return Case(
        id=case,
        stamp=stamp,
        subject=subject,
        facility=facility,
        event=event,
        codes=tuple(body.get("codes", ())),
        place=str(body.get("place") or NOWHERE),
        day=min(told or day_of(event_us(stamp, received_us)), received),
        stands=bool(body.get("stands")),
        confirmed=bool(body.get("confirmed")),
        dated=told is not None,
    )


def diseases_of(codes: Sequence[str], diseases: Diseases) -> tuple[str, ...]:
    """The diseases that one of these codes is of."""
    return tuple(name for name, begins in diseases.items() if any(one.startswith(tuple(begins)) for one in codes))


def move(known: Known | None, case: Case, diseases: Diseases) -> tuple[Known | None, tuple[Move, ...]]:
    """What is known after an event of a case, and where it counts now; nothing of an event older than one before."""
    if known and case.stamp < known.stamp:
        return known, ()
    told = {f"{name}/{case.place}" for name in diseases_of(case.codes, diseases)}
    keys = tuple(sorted(told.union(known.keys if known else ())))
    if not keys:
        return None, ()
    day = case.day if case.dated or known is None else min(known.day, case.day)
    dated = case._replace(day=day)
    return Known(case.stamp, keys, day), tuple(_move(key, dated, case.stands and key in told) for key in keys)


def _move(key: str, case: Case, counts: bool) -> Move:
    disease, _, place = key.partition("/")
    day = case.day if counts else None
    told = (case.subject, case.facility, case.event, case.confirmed)
    return Move(disease, place, case.id, case.stamp, day, *told)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
