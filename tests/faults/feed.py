"""The messages of a run, made from its seed, and what must become of each."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

PATIENTS = 500
POISON = 0.01
"""Share of messages whose birth date is none: dead letters, with reason VALUE."""
TORN = 0.005
"""Share of messages whose bytes are no UTF-8 though they say so: dead letters, with reason CHARSET."""
LATE = 0.05
"""Share of updates that are older than what was sent before them."""
UPDATES = 0.3


class Fate(StrEnum):
    """What must become of a message."""

    LOADED = "loaded"
    VALUE = "VALUE"
    CHARSET = "CHARSET"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message; `control_id` is not unique: two of other content may share one, as senders' counters do."""

    number: int
    control_id: str
    payload: bytes
    fate: Fate
    visit: str
    """The number of the visit that it is about."""
    ward: str
    """The ward that it says, which counts where no newer one does."""
    when: str
    """MSH-7, by which newer and older are told apart."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.payload).hexdigest()


def feed(seed: int, lane: int = 0) -> Iterator[Sent]:
    """The messages of one lane without an end, which are sent over one connection: its visits are its own.

    Each visit opens with an ADT^A01; some are updated by ADT^A08 with another ward, some of these too late.
    """
    chance = random.Random(f"{seed} {lane}")
    open_visits: list[str] = []
    for number in count():
        updates = open_visits and chance.random() < UPDATES
        visit = chance.choice(open_visits[-50:]) if updates else f"V{lane}-{number}"
        late = bool(updates) and chance.random() < LATE
        fate = _fate(chance)
        when = _time(number - 60, ".5") if late else _time(number)
        ward = f"K{chance.randrange(40)}"
        control_id = f"{lane}-{number % (50_000 if chance.random() < 0.9 else 50)}"
        payload = _adt("A08" if updates else "A01", control_id, when, visit, ward, fate, number)
        if not updates and fate is Fate.LOADED:
            open_visits.append(visit)
        yield Sent(number, control_id, payload, fate, visit, ward, when)


def _fate(chance: random.Random) -> Fate:
    roll = chance.random()
    if roll < POISON:
        return Fate.VALUE
    return Fate.CHARSET if roll < POISON + TORN else Fate.LOADED


def _time(second: int, fraction: str = "") -> str:
    minute, second = divmod(second + 100, 60)
    hour, minute = divmod(minute, 60)
    day, hour = divmod(hour, 24)
    return f"202510{day + 1:02d}{hour:02d}{minute:02d}{second:02d}{fraction}+0700"


def _adt(event: str, control_id: str, when: str, visit: str, ward: str, fate: Fate, number: int) -> bytes:
    patient = f"BN{hash_of(visit) % PATIENTS:05d}"
    born = "19801341" if fate is Fate.VALUE else "19800101"
    segments = (
        f"MSH|^~\\&|HIS|79901|HUB|CITY|{when}||ADT^{event}^ADT_A01|{control_id}|P|2.5.1||||||UNICODE UTF-8",
        f"EVN|{event}|{when}",
        f"PID|1||{patient}^^^79901^PI||Nguyễn^Văn An||{born}|M|||Đường {number}^^^^70000",
        f"PV1|1|I|{ward}^P1^G05||||||||||||||||{visit}^^^79901^VN" + "|" * 25 + when,
    )
    payload = "\r".join((*segments, "")).encode()
    return payload.replace("Nguyễn".encode(), b"Nguy\xccn") if fate is Fate.CHARSET else payload


def hash_of(text: str) -> int:
    """A number of a text that is the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
