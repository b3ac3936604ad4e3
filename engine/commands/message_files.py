"""Messages out of files as commands look at them: their sender known, their text decoded."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.facilities.facility import Registry
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import Header, read_header
from engine.hl7.message import Message, parse
from engine.language.fault import Fault, Faults, Mark
from engine.listeners.intake import Intake
from engine.listeners.messages import Outgoing, find_files, read_messages


@dataclass(frozen=True, slots=True)
class Found:
    """One message of a file: the code of its facility, its text, and the text parsed."""

    outgoing: Outgoing
    facility: str
    text: str
    message: Message


def outgoing_of(paths: Sequence[Path]) -> Iterator[Outgoing]:
    """The messages of the files, as bytes; raises Faults for a path that cannot be read."""
    try:
        for file in find_files(paths):
            yield from read_messages(file)
    except OSError as error:
        where = Mark(str(error.filename))
        raise Faults([Fault(where, "E001", "", f"cannot be read ({error.strerror})", "check the path")]) from None


def header_of(payload: bytes) -> Header | None:
    """The header of a payload, None where it is no message."""
    try:
        return read_header(payload)
    except HeaderFault:
        return None


def read_found(paths: Sequence[Path], registry: Registry, facility: str | None) -> Iterator[Found]:
    """The messages of the files that can be read; the others are named on stderr with what is wrong.

    The facility is `facility`, or the one that MSH-4 claims.
    """
    intake = Intake(registry, bytes(32), "command")
    for outgoing in outgoing_of(paths):
        header = header_of(outgoing.payload)
        code = facility or intake.raw(outgoing.payload, header, 0).facility
        sender = registry.by_code(code)
        declared = header.charset if header else b""
        try:
            text = decode(outgoing.payload, declared, sender.charset, sender.charset_default).text
            yield Found(outgoing, code, text, parse(text))
        except (HeaderFault, CharsetFault) as fault:
            sys.stderr.write(f"{outgoing}: {fault}\n")
