"""Batches: messages between FHS, BHS … BTS, FTS in one payload (HL7 v2.9, 2.10.3).

    [FHS] { [BHS] { message } [BTS] } [FTS]

A batch that is split is answered by a batch of acknowledgments of the same shape, in the order of the messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_FS = b"\x1c"
_LINE = re.compile(rb"[^\r\n]+[\r\n]*|[\r\n]+")
_LAST = 12
"""FHS-12 and BHS-12: which file or batch this one answers."""


class Group(NamedTuple):
    """The messages of one BHS … BTS; `header` is the BHS segment, b"" where none begins it."""

    header: bytes
    messages: tuple[bytes, ...]


class Batch(NamedTuple):
    """A payload split: the FHS segment, b"" where there is none, and the groups; `odd` if a BTS counts otherwise."""

    header: bytes
    groups: tuple[Group, ...]
    odd: bool

    @property
    def messages(self) -> tuple[bytes, ...]:
        """All messages, in order."""
        return tuple(message for group in self.groups for message in group.messages)


def is_batch(payload: bytes) -> bool:
    """Whether the payload begins as a batch or a file of batches, so that it is no single message (F20)."""
    return payload[:16].removeprefix(_BOM).lstrip(b"\r\n").startswith((b"FHS", b"BHS"))


def split_batch(payload: bytes) -> Batch | None:
    """The messages of a batch, each as it came (F20a).

    None where a line belongs to no message, or there is no message at all: nothing of a batch may be lost.
    """
    splitter = _Splitter()
    if not all(splitter.take(line) for line in _LINE.findall(payload.removeprefix(_BOM))):
        return None
    splitter.close()
    batch = Batch(splitter.header, tuple(splitter.groups), splitter.odd)
    return batch if batch.messages else None


def answer_batch(batch: Batch, answers: Sequence[bytes], control_id: bytes, time: bytes) -> bytes:
    """The batch of these acknowledgments, one for each message, b"" for one that gets none; b"" if none gets any."""
    if not any(answers):
        return b""
    rest = iter(answers)
    groups = b"".join(_answer_group(group, rest, control_id, time) for group in batch.groups)
    if not batch.header:
        return groups
    return b"%b\r%bFTS%b%d\r" % (
        _turn(batch.header, control_id, time),
        groups,
        _separator(batch.header),
        len(batch.groups),
    )


class _Splitter:
    """What is known of a batch up to a line."""

    def __init__(self) -> None:
        self.header = b""
        self.groups: list[Group] = []
        self.odd = False
        self._group = b""
        self._messages: list[bytearray] = []
        self._inside = False

    def take(self, line: bytes) -> bool:
        """Take the next line; False where it belongs to nothing."""
        segment = line.rstrip(b"\r\n")
        match segment[:3]:
            case b"MSH":
                self._messages.append(bytearray(line))
                self._inside = True
            case b"FHS" | b"BHS" | b"BTS" | b"FTS" as name:
                self._envelop(name, segment)
            case _ if self._inside:
                self._messages[-1] += line
            case _:
                return not segment.strip()
        return True

    def close(self) -> None:
        """End the group, if there is one."""
        if self._group or self._messages:
            self.groups.append(Group(self._group, tuple(bytes(one) for one in self._messages)))
        self._group, self._messages, self._inside = b"", [], False

    def _envelop(self, name: bytes, segment: bytes) -> None:
        if name == b"BTS":
            count = _field(segment, 1)
            self.odd = self.odd or (count.isdigit() and int(count) != len(self._messages))
        self.close()
        if name == b"FHS":
            self.header = segment
        elif name == b"BHS":
            self._group = segment


def _answer_group(group: Group, answers: Iterator[bytes], control_id: bytes, time: bytes) -> bytes:
    given = [next(answers) for _ in group.messages]
    inner = b"".join(given)
    if not group.header:
        return inner
    count = sum(1 for answer in given if answer)
    return b"%b\r%bBTS%b%d\r" % (_turn(group.header, control_id, time), inner, _separator(group.header), count)


def _turn(header: bytes, control_id: bytes, time: bytes) -> bytes:
    """An FHS or BHS segment addressed back: 3 and 4 for 5 and 6, 7 time, 11 our control id, 12 the sender's."""
    separator = _separator(header)
    fields = header.split(separator)
    fields += [b""] * (_LAST - len(fields))
    answer = [fields[0], fields[1], *fields[4:6], *fields[2:4], time, b"", b"", b"", control_id, fields[10]]
    segment = separator.join(answer).rstrip(separator)
    return segment + separator if segment.endswith(_FS) else segment  # FS before CR would end the answer's frame


def _separator(header: bytes) -> bytes:
    return header[3:4] or b"|"


def _field(segment: bytes, number: int) -> bytes:
    fields = segment.split(segment[3:4]) if len(segment) > 3 else []
    return fields[number].strip() if number < len(fields) else b""
