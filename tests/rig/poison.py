"""Messages that cannot be mapped, each made from one that can, with what its dead letter has to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.canonical.dead import Reason

A_THOUSAND = 1_000
DEEP = 5_000
NO_DATE = b"19801345"


class Poison(NamedTuple):
    """A kind of them: what it makes of a good message of `tests.rig.visits`, and its dead letter."""

    shown: str
    spoil: Callable[[bytes], bytes]
    reason: Reason
    where: str


def _born(value: bytes) -> Callable[[bytes], bytes]:
    return lambda good: good.replace(b"|19800101|", b"|" + value + b"|")


def _repeated(good: bytes) -> bytes:
    number = good.split(b"PID|1||", 1)[1].split(b"|", 1)[0]
    return good.replace(number, (number + b"^^20250101~") * A_THOUSAND + number + b"^^" + NO_DATE)


KINDS = (
    Poison("a date that is none", _born(NO_DATE), Reason.VALUE, "PID-7"),
    Poison(f"{A_THOUSAND:,} repetitions, a date in the last that is none", _repeated, Reason.VALUE, "PID-3[*].7"),
    Poison(f"{DEEP:,} subcomponents in a date", _born(b"1&" * DEEP), Reason.VALUE, "PID-7"),
    Poison(
        "bytes of another charset", lambda good: good.replace("Nguyễn".encode(), b"Nguy\xd4n"), Reason.CHARSET, "MSH-18"
    ),
    Poison("an unknown type", lambda good: good.replace(b"ADT^A01^ADT_A01", b"ZZZ^Z99"), Reason.UNMATCHED, "MSH-9"),
    Poison("a line that is no segment", lambda good: good + b"no segment\r", Reason.STRUCTURE, "PV1[1]"),
    Poison(
        f"{A_THOUSAND:,} segments where one may stand",
        lambda good: good + b"PV1|1|I\r" * A_THOUSAND,
        Reason.STRUCTURE,
        "PV1[2]",
    ),
    Poison("no patient", lambda good: good.replace(b"\rPID|", b"\rZPI|"), Reason.STRUCTURE, "PID"),
)
