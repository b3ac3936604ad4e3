"""`engine dead show`: one dead letter; what its message says only on request, which is written down."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from engine.bus.record import Position
from engine.canonical.audit import Event
from engine.canonical.letter import Letter
from engine.canonical.resolution import Resolution
from engine.commands.dead.listing import as_row
from engine.commands.dead.selection import find_letter, find_resolutions
from engine.commands.deeds import note_deed
from engine.commands.moment import shown
from engine.commands.terminal import Console
from engine.config import Settings
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.delimiters import HeaderFault
from engine.hl7.dictionary import segment_names
from engine.hl7.header import read_header
from engine.hl7.message import parse
from engine.language.plain import plain
from engine.parts import open_bus, require_home

UNKNOWN = "?"
"""A segment that the standard does not know, which may as well be a torn line of somebody's notes."""
NEWEST = "2.8.2"


def show_letter(settings: Settings, position: Position, reveal: bool, as_json: bool) -> int:
    """Print what is known of the letter and what was done to it; with `reveal` its message, after noting that."""
    require_home(settings)
    with open_bus(settings) as bus:
        record, letter = find_letter(bus, position)
        decided = find_resolutions(bus).of(letter.position, letter.raw)
        if reveal:
            note_deed(bus, Event.LETTER_REVEALED, [position])
    body = as_row(letter) | {
        "segments": list(segments_of(record.value)),
        "decided": [_decision(one) for one in decided],
    }
    if reveal:
        body["message"] = readable(record.value)
    if as_json:
        sys.stdout.write(orjson.dumps(body).decode() + "\n")
    else:
        _print(body, letter, decided)
    return 0


def segments_of(payload: bytes) -> Iterator[str]:
    """The names of the segments as far as the standard has them; an event, or no HL7, has none."""
    try:
        message = parse(decode(payload, read_header(payload).charset).text)
    except (HeaderFault, CharsetFault):
        return
    for segment in message.segments:
        yield segment.name if segment.name in segment_names(NEWEST) else UNKNOWN


def readable(payload: bytes) -> str:
    """The message a segment a line; bytes that cannot be decoded and signs that steer a terminal are spelled out."""
    try:
        text = decode(payload, read_header(payload).charset).text
    except (HeaderFault, CharsetFault):
        text = payload.decode("utf-8", "backslashreplace")
    lines = text.replace("\r\n", "\r").replace("\n", "\r").split("\r")
    return plain("\n".join(lines)).strip("\n")


def _decision(one: Resolution) -> dict[str, Any]:
    return {"time": shown(one.at_us), "verdict": one.verdict.value, "who": one.who, "why": one.why}


def _print(body: dict[str, Any], letter: Letter, decided: Sequence[Resolution]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, value in as_row(letter).items():
        console.print(f"{name:<10} {value}")
    console.print(f"{'segments':<10} {' '.join(body['segments']) or '-'}")
    for one in decided:
        console.print(f"{shown(one.at_us)} {one.verdict} by {one.who} {one.why}".rstrip())
    if "message" in body:
        console.print(f"\n{body['message']}")
    else:
        console.print("\nThe message itself is shown by --reveal, which is written to the audit trail.")
