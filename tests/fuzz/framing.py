"""One case of the framing: any bytes as a stream, cut in several ways, and every byte of it accounted for."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from engine.hl7.framing import MSH, VT, Frame, FrameFault, FrameFaultCode, FrameFlag, Framer

HEAD = 4
"""The first bytes of a case choose the options and the cuts; the rest is the stream."""

SIZES = (0, 1, 5, 17, 40, 90)
Found = list[Frame | FrameFault]


def check_framing(case: bytes) -> None:
    """Raise AssertionError where the framer finds otherwise by how the stream is cut, or loses or holds too much."""
    head, stream = case[:HEAD].ljust(HEAD, b"\0"), case[HEAD:]
    options = options_of(head)
    dice = random.Random(int.from_bytes(head, "big"))
    whole, junk = read([stream], options)
    account(stream, whole, junk, options)
    assert read(cut(stream, dice), options) == (whole, junk)
    assert read(one_by_one(stream), options) == (whole, junk)
    if options["accept_missing_cr"]:
        account(stream, *read(cut(stream, dice), options, pausing=True), options)


def options_of(head: bytes) -> dict[str, Any]:
    """Every combination of the framer's options, with limits so small that they are met."""
    return {
        "max_bytes": SIZES[head[0] % len(SIZES)],
        "max_junk": SIZES[head[1] % len(SIZES)],
        "accept_missing_vt": bool(head[2] & 1),
        "accept_missing_cr": bool(head[2] & 2),
    }


def cut(stream: bytes, dice: random.Random) -> Iterable[bytes]:
    """The stream in reads of random sizes."""
    at = 0
    while at < len(stream):
        size = dice.choice((1, 1, 2, 3, 7, 40))
        yield stream[at : at + size]
        at += size


def one_by_one(stream: bytes) -> Iterable[bytes]:
    return (stream[at : at + 1] for at in range(len(stream)))


def read(reads: Iterable[bytes], options: dict[str, Any], *, pausing: bool = False) -> tuple[Found, int]:
    """What is found and how much junk is left over at the end; the bytes held are checked at every step.

    `pausing` has the sender fall silent after each read, but not between FS and CR: of a block with VT inside, a fault
    does not tell which of the two ended it.
    """
    framer = Framer(**options)
    found: Found = []
    for part, after in pairwise((*reads, b"")):
        found += framer.feed(part)
        assert framer.buffered <= max(options["max_bytes"], len(MSH)) + 1
        assert framer.junk <= options["max_junk"]
        ended = framer.pause() if pausing and after[:1] != b"\r" else None
        found += [ended] if ended else []
        assert not (framer.closed and (framer.inside or framer.buffered or framer.junk))
    junk = 0 if framer.inside else framer.junk
    left = framer.end()
    assert framer.closed
    assert framer.feed(b"\x0bx\x1c\r") == []
    return ([*found, left] if left else found), junk


def account(stream: bytes, found: Found, junk: int, options: dict[str, Any]) -> None:
    """Walk the stream along what was found: payloads, junk and MLLP's own bytes are all of it, in order."""
    at = 0
    for one in found:
        skipped = stream[at : at + one.junk_before]
        assert len(skipped) == one.junk_before
        assert VT not in skipped
        at += one.junk_before
        if isinstance(one, Frame):
            at = _account_frame(stream, at, one, options)
        else:
            at = _account_fault(stream, at, one, options)
    assert len(stream) - at == junk
    assert VT not in stream[at:]


def _account_frame(stream: bytes, at: int, one: Frame, options: dict[str, Any]) -> int:
    if FrameFlag.VT_MISSING in one.flags:
        assert options["accept_missing_vt"]
        assert one.payload.startswith(MSH)
    else:
        assert stream[at : at + 1] == VT
        at += 1
    assert stream[at : at + len(one.payload)] == one.payload
    assert len(one.payload) <= options["max_bytes"]
    assert VT not in one.payload
    assert (FrameFlag.LONE_FS in one.flags) == (b"\x1c" in one.payload)
    at += len(one.payload)
    if FrameFlag.FS_WITHOUT_CR in one.flags:
        assert options["accept_missing_cr"]
        assert stream[at : at + 1] == b"\x1c"
        return at + 1
    assert stream[at : at + 2] == b"\x1c\r"
    return at + 2


def _account_fault(stream: bytes, at: int, one: FrameFault, options: dict[str, Any]) -> int:
    """The position after the fault: the end of the stream, where nothing more is taken, but for VT_INSIDE."""
    begins = 0 if options["accept_missing_vt"] and stream.startswith(MSH, at) else 1
    if one.code is FrameFaultCode.VT_INSIDE:
        return _account_block(stream, at + begins, one, options)
    if one.code is FrameFaultCode.UNFRAMED:
        assert stream.startswith(MSH, at)
        assert not options["accept_missing_vt"]
    if one.code is FrameFaultCode.JUNK:
        assert one.junk_before == options["max_junk"] + 1
    if one.code is FrameFaultCode.TRUNCATED:
        assert at + begins + one.length == len(stream)
    if one.code is FrameFaultCode.TOO_LARGE:
        assert stream.startswith(one.payload, at + begins)
        assert len(stream) - at - begins >= one.length == options["max_bytes"] + 1
    return len(stream)


def _account_block(stream: bytes, at: int, one: FrameFault, options: dict[str, Any]) -> int:
    assert stream[at : at + one.length] == one.payload
    assert VT in one.payload
    at += one.length
    assert stream[at : at + 1] == b"\x1c"
    ended = stream[at + 1 : at + 2] == b"\r"
    assert ended or options["accept_missing_cr"]
    return at + 1 + ended
