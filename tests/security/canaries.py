"""Canaries: words that occur nowhere else, put where a sender may put patients, and messages full of them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import count

HIDDEN = re.compile(rb"QX[0-9]{7}XQ")
"""What must be seen nowhere but in the messages themselves."""

ECHOED = re.compile(rb"QY[0-9]{7}YQ")
"""What stands in fields that an answer repeats by the standard, and must be seen nowhere else."""

SEGMENTS = ("EVN", "PID", "PD1", "NK1", "PV1", "PV2", "OBX", "IN1", "GT1", "DG1", "AL1", "NTE", "ZPI", "ZZZ")
DATES = {"EVN": (2,), "PID": (7,), "PV1": (44, 45), "OBX": (14,), "IN1": (12, 13), "GT1": (8,)}
FIELDS = 20


class Canaries:
    """Makes them, each another one."""

    def __init__(self) -> None:
        self._numbers = count()
        self.planted = 0

    def hidden(self) -> str:
        self.planted += 1
        return f"QX{next(self._numbers):07}XQ"

    def echoed(self) -> str:
        self.planted += 1
        return f"QY{next(self._numbers):07}YQ"

    def message(
        self, msh: dict[int, str] | None = None, *, dated: bool = True, segments: tuple[str, ...] = SEGMENTS
    ) -> bytes:
        """An admission with one in each field; `msh` changes MSH, `dated` keeps those readable that must be dates."""
        fields = {3: "HIS", 4: "79901", 7: "20260314081500+0700", 9: "ADT^A01^ADT_A01", 10: f"C{next(self._numbers)}"}
        fields |= {8: self.hidden(), 14: self.hidden(), 17: self.hidden(), 19: self.hidden(), 20: self.hidden()}
        fields |= {11: "P", 12: "2.5.1", 21: self.hidden()} | (msh or {})
        first = "|".join(fields.get(number, "") for number in range(3, max(fields) + 1))
        return "\r".join((f"MSH|^~\\&|{first}", *(self._segment(name, dated) for name in segments), "")).encode()

    def visit(self) -> bytes:
        """An admission that is mapped and loaded, with one wherever a text or a number of a patient may be."""
        lines = (
            f"MSH|^~\\&|HIS|79901|HUB|CITY|20260314081500+0700||ADT^A01^ADT_A01|C{next(self._numbers)}|P|2.5.1",
            "EVN|A01|20260314081500+0700",
            f"PID|1||{self.hidden()}^^^79901^PI||{self.hidden()}^{self.hidden()}||19800102|M|||{self.hidden()}",
            f"NK1|1|{self.hidden()}^{self.hidden()}|SPO||{self.hidden()}",
            f"PV1|1|I|{self.hidden()}^{self.hidden()}||||||||||||||||{self.hidden()}^^^79901^VN",
            f"ZPI|{self.hidden()}",
        )
        return "\r".join((*lines, "")).encode()

    def _segment(self, name: str, dated: bool) -> str:
        fields = [f"{self.hidden()}^{self.hidden()}&{self.hidden()}~{self.hidden()}" for _ in range(FIELDS)]
        if dated:
            for number in DATES.get(name, ()):
                fields += [""] * (number - len(fields))
                fields[number - 1] = "19800102"
        if name in ("PID", "OBX"):
            fields[0] = "1"
        return "|".join((name, *fields))


Path = Callable[[Canaries], Iterator[bytes]]


def framed(payload: bytes) -> bytes:
    return b"\x0b" + payload + b"\x1c\r"


def good(canaries: Canaries) -> Iterator[bytes]:
    """What is mapped and loaded, or stops in the transformer for a value that is no date."""
    yield framed(canaries.visit())
    yield framed(canaries.message())
    yield framed(canaries.message(dated=False))
    yield framed(canaries.message({9: "ORU^R01^ORU_R01"}, segments=("PID", "PV1", "ORC", "OBR", "OBX", "NTE")))
    yield framed(canaries.message({9: "ZZZ^Z99"}))
    yield framed(canaries.message().replace(b"\rPV1|", b"\r" + canaries.hidden().encode() + b"\rPV1|"))


def refused(canaries: Canaries) -> Iterator[bytes]:
    """What MSH is refused for, in every mode; and sequence numbers that are none."""
    for accept in ("", "AL", "NE", "ER", "SU"):
        for number in (12, 13, 9):
            yield framed(canaries.message({15: accept, number: canaries.hidden()}))
        yield framed(canaries.message({15: accept, 10: ""}))
    for number in (3, 4, 5, 6, 10, 11, 18):
        yield framed(canaries.message({number: canaries.echoed()}))
    yield framed(canaries.message({9: f"ADT^{canaries.echoed()}"}))


def unreadable(canaries: Canaries) -> Iterator[bytes]:
    """What is no message, or too much of one, each on a connection of its own."""
    word = canaries.hidden().encode()
    yield framed(b"<?xml version='1.0'?><a>" + word + b"</a>")
    yield framed(word) + framed(b"MSH|" + word) + framed(b"MSH||||" + word) + framed(b"MSH|^~\\&" + word)
    yield framed(canaries.message().decode().encode("utf-16"))
    yield framed(b"FHS|^~\\&|" + canaries.echoed().encode() + b"\r" + canaries.message() + b"FTS|1|" + word + b"\r")
    yield framed(b"BHS|^~\\&\r" + canaries.message() + canaries.message({12: canaries.hidden()}) + b"BTS|9\r")


def broken(canaries: Canaries) -> Iterator[bytes]:
    """What ends a connection, or is cut off with it."""
    yield framed(canaries.message().replace(b"\rPV1|", b"\rPV1|\x0b"))
    yield canaries.hidden().encode() + framed(canaries.message()) + canaries.hidden().encode()
    yield b"\x0b" + canaries.message()
    yield canaries.message()
    yield canaries.hidden().encode() * 6000
    yield b"\x0b" + canaries.message() + b"x" * 200_000 + b"\x1c\r"
    yield f"GET /{canaries.hidden()} HTTP/1.1\r\nHost: {canaries.hidden()}\r\n\r\n".encode()


def charsets(canaries: Canaries) -> Iterator[bytes]:
    """What cannot be decoded, or was encoded twice."""
    for declared in ("", "8859/1", "UNICODE UTF-8", "KLINGON"):
        payload = canaries.message({18: declared})
        yield framed(payload.replace(b"\rPV1|", b"\rPV1|Nguy\xd4n Th\xde B\xd7nh \xad\xad|"))
    yield framed(canaries.message().replace(b"\rPV1|", "\rPV1|Nguyá»…n Thá»‹|".encode()))


def senders(canaries: Canaries) -> Iterator[bytes]:
    """Who is not registered, under names of every kind."""
    for name in (canaries.echoed(), f"{canaries.echoed()}^x", ""):
        yield framed(canaries.message({3: canaries.echoed(), 4: name}))


PATHS: tuple[Path, ...] = (good, refused, unreadable, broken, charsets, senders)


def streams(canaries: Canaries, least: int) -> list[bytes]:
    """What to send, each over a connection of its own, with at least so many canaries, in a random order."""
    found: list[bytes] = []
    while canaries.planted < least:
        found += [stream for path in PATHS for stream in path(canaries)]
    random.Random(12).shuffle(found)
    return found
