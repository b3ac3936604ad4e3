"""What arrives in a message with a value and is read by no line of its mapping."""

from __future__ import annotations

from collections.abc import Iterator

from engine.hl7.delimiters import Delimiters
from engine.hl7.message import Message, Segment
from engine.hl7.path import ALL, NULL, Path
from engine.transforms.reads import FieldReads, Parts, Reads

Found = tuple[Path, str]
"""A place, and what stands there as sent."""


def unread(message: Message, reads: Reads) -> Iterator[Found]:
    """Each place that is not read: a field as a whole, else the repetitions, components and subcomponents not read.

    A repetition stands for itself and those behind it. Of repetitions that are read, places come without the number.
    """
    for segment in message.segments:
        for number, text in enumerate(segment.fields):
            if text and number and not text.isspace() and text != NULL:
                found = reads.get((segment.name, number))
                yield from _unread_field(segment, number, text, found)


def is_blank(text: str, delimiters: Delimiters) -> bool:
    """Whether nothing stands there but blanks, delimiters or the HL7 null."""
    return text.strip(delimiters.component + delimiters.repetition + delimiters.subcomponent + " ") in ("", NULL)


def _unread_field(segment: Segment, number: int, text: str, reads: FieldReads | None) -> Iterator[Found]:
    path = Path(segment.name, number)
    if reads is None:
        if segment.name and not is_blank(text, segment.delimiters):
            yield path, text
        return
    known = reads.read_repetitions
    if ALL in reads.of(1) and known == ALL:
        return
    separator = segment.delimiters.repetition
    for index, repetition in enumerate(text.split(separator) if separator else [text], start=1):
        parts = reads.of(index)
        if not parts and not is_blank(repetition, segment.delimiters):
            yield Path(segment.name, number, repetition=known + 1), repetition
        elif parts:
            yield from _unread_parts(path, repetition, parts, segment.delimiters)


def _unread_parts(path: Path, repetition: str, parts: Parts, delimiters: Delimiters) -> Iterator[Found]:
    if ALL in parts:
        return
    for component, text in enumerate(_split(repetition, delimiters.component), start=1):
        read = parts.get(component, ())
        if not text or ALL in read:
            continue
        if not read:
            if not is_blank(text, delimiters):
                yield Path(path.segment, path.field, component=component), text
            continue
        for subcomponent, inner in enumerate(_split(text, delimiters.subcomponent), start=1):
            if subcomponent not in read and inner.strip() not in ("", NULL):
                yield Path(path.segment, path.field, component=component, subcomponent=subcomponent), inner


def _split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else [text]
