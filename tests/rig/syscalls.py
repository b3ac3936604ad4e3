"""The system calls of a process in their order, as strace saw them, and whether any answer left before its record.

Order, not time: strace holds each thread while it writes its line down, so that a call that another one waited for
ends in the trace before that one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WRITES = frozenset({"write", "writev", "sendto", "sendmsg", "pwrite64", "pwritev"})
SYNCS = frozenset({"fdatasync", "fsync"})
LONGEST = 40_000
"""Bytes of a write that are shown: more than a page of the bus."""

_CALL = re.compile(r"(\d+) +[\d.]+ (\w+)\((\d+)<([^>]*)>(.*)$", re.DOTALL)
_RESUMED = re.compile(r"(\d+) +[\d.]+ <\.\.\. (\w+) resumed>(.*)$", re.DOTALL)
_RESULT = re.compile(r"\) += (-?\d+)[^=]*$")
_UNFINISHED = "<unfinished ...>"


@dataclass(slots=True)
class Call:
    """One system call on a file or socket: its place in the order of all beginnings and ends; -1 for no end seen."""

    name: str
    handle: int
    file: str
    text: str
    began: int
    ended: int = -1
    result: int = 0

    @property
    def is_socket(self) -> bool:
        return self.file.startswith(("socket:", "TCP", "TCPv6"))


class Early(AssertionError):
    """An answer that left before its record was durable."""


def strace(trace: Path, *options: str) -> list[str]:
    """The words before a command that have strace write its calls to `trace`; `options` may inject faults."""
    calls = ",".join(sorted(WRITES | SYNCS | {"close"}))
    return ["strace", "-f", "-ttt", "-y", "-s", str(LONGEST), "-e", f"trace={calls}", *options, "-o", str(trace), "--"]


def read_trace(lines: Iterable[str]) -> list[Call]:
    """The calls in the order in which they began."""
    calls: list[Call] = []
    open_calls: dict[tuple[str, str], Call] = {}
    for at, line in enumerate(lines):
        if found := _CALL.match(line):
            thread, name, handle, file, rest = found.groups()
            call = Call(name, int(handle), file, rest, at)
            calls.append(call)
            if rest.rstrip().endswith(_UNFINISHED):
                open_calls[thread, name] = call
            else:
                _end(call, rest, at)
        elif found := _RESUMED.match(line):
            thread, name, rest = found.groups()
            if (thread, name) in open_calls:
                _end(open_calls.pop((thread, name)), rest, at)
    return calls


def _end(call: Call, rest: str, at: int) -> None:
    found = _RESULT.search(rest)
    if found:
        call.ended, call.result = at, int(found[1])


def check_order(calls: Sequence[Call], tokens: Iterable[str]) -> int:
    """Raise Early unless each token was durable in a file before any socket was told of it; how many were told.

    Durable: a write that holds the token ended, and then a sync of the same file began and ended well.
    """
    told = 0
    for token in tokens:
        holding = [call for call in calls if call.name in WRITES and token in call.text]
        answers = [call for call in holding if call.is_socket]
        told += bool(answers)
        for answer in answers:
            if not any(_durable_before(calls, write, answer) for write in holding if not write.is_socket):
                raise Early(f"an answer left before its record was durable (line {answer.began + 1} of the trace)")
    return told


def _durable_before(calls: Sequence[Call], write: Call, answer: Call) -> bool:
    if not 0 <= write.ended < answer.began or write.result < 0:
        return False
    return any(
        write.ended < sync.began <= sync.ended < answer.began and sync.result == 0
        for sync in calls
        if sync.name in SYNCS and sync.file == write.file
    )


def syncs_tried_again(calls: Sequence[Call]) -> list[Call]:
    """Syncs of a file handle that failed once and was not closed since: the kernel may have dropped the pages."""
    return list(_tried_again(calls))


def _tried_again(calls: Sequence[Call]) -> Iterator[Call]:
    suspect: set[int] = set()
    for call in calls:
        if call.name == "close":
            suspect.discard(call.handle)
        elif call.name in SYNCS:
            if call.handle in suspect:
                yield call
            if call.result < 0:
                suspect.add(call.handle)
