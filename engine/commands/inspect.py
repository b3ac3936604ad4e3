"""`engine inspect`: a message field by field, with the standard's names, and a second reading beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import hl7
from rich.markup import escape
from rich.table import Table

from engine.commands.terminal import Console
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.delimiters import Delimiters, HeaderFault
from engine.hl7.dictionary import find_component, find_field
from engine.hl7.escapes import unescape
from engine.hl7.header import read_header
from engine.hl7.message import Message, Segment, parse
from engine.listeners.messages import read_messages

FAULTY = 1


class Part(NamedTuple):
    """A field or a component that holds something: its path, what the standard calls it, its datatype and value."""

    path: str
    name: str
    datatype: str
    value: str


def inspect_file(file: Path) -> int:
    """Print each message of the file; returns 1 when one of them cannot be read."""
    console = Console(highlight=False)
    return max((_inspect(console, outgoing.payload) for outgoing in read_messages(file)), default=FAULTY)


def _inspect(console: Console, payload: bytes) -> int:
    try:
        decoded = decode(payload, read_header(payload).charset)
        message = parse(decoded.text)
    except (HeaderFault, CharsetFault) as fault:
        console.print(f"[red]not readable:[/red] {escape(str(fault))}")
        return FAULTY
    kind = "^".join(part for part in (message.code, message.event, message.structure) if part)
    console.print(f"[bold]{escape(kind)}[/bold] version {escape(message.version)}, read as {decoded.charset}")
    for segment in message.segments:
        console.print(_table(message, segment))
    for stray in message.faults:
        console.print(
            f"[yellow]line {stray.line}[/yellow]: {stray.count} that begin no segment, after {stray.position}"
        )
    for path, ours, theirs in differences(decoded.text, message):
        console.print(f"[yellow]{path}[/yellow]: python-hl7 reads {theirs!r} where we read {ours!r}", markup=True)
    return 0


def _table(message: Message, segment: Segment) -> Table:
    table = Table(title=escape(segment.name or "no segment"), title_justify="left", box=None, pad_edge=False)
    for column in ("path", "name", "type", "value"):
        table.add_column(column, overflow="fold")
    for part in parts_of(segment, message.version):
        table.add_row(*(escape(text) for text in part))
    return table


def parts_of(segment: Segment, version: str) -> Iterator[Part]:
    """What a segment holds, one part a valued component; a field without components is one part."""
    signs = segment.delimiters
    for number, field in enumerate(segment.fields[1:], start=1):
        entry = find_field(segment.name, number, version)
        name, datatype = (entry.name, entry.datatype) if entry else ("not in this version", "")
        if segment.name == "MSH" and number <= 2:
            yield Part(f"MSH-{number}", name, datatype, field)
            continue
        repetitions = field.split(signs.repetition)
        for place, repetition in enumerate(repetitions, start=1):
            path = f"{segment.name}-{number}" + (f"[{place}]" if len(repetitions) > 1 else "")
            yield from _components(Part(path, name, datatype, repetition), version, segment.delimiters)


def _components(whole: Part, version: str, signs: Delimiters) -> Iterator[Part]:
    components = whole.value.split(signs.component)
    if len(components) == 1:
        if whole.value:
            yield whole._replace(value=unescape(whole.value, signs))
        return
    for number, component in enumerate(components, start=1):
        entry = find_component(whole.datatype, number, version)
        name, datatype = (f"{whole.name}: {entry.name}", entry.datatype) if entry else (whole.name, "")
        if component:
            yield Part(f"{whole.path}.{number}", name, datatype, unescape(component, signs))


def differences(text: str, message: Message) -> Iterator[tuple[str, str, str]]:
    """Where python-hl7 reads a field otherwise: its path, our text and its."""
    lines = [line for line in text.replace("\r\n", "\r").replace("\n", "\r").split("\r") if line]
    try:
        second = hl7.parse("\r".join(lines) + "\r")
    except Exception as error:  # a foreign parser may raise anything; that it did is the finding
        yield "MSH", "a message", type(error).__name__
        return
    for segment, other in zip(message.segments, second, strict=False):
        for number, ours in enumerate(segment.fields):
            theirs = str(other[number]) if number < len(other) else ""
            if theirs != ours:
                yield f"{segment.name}-{number}", ours, theirs
