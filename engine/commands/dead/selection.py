"""Which dead letters a command is about: those named, or all that every filter takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import typer

from engine.bus.bus import Bus, read_topic
from engine.bus.record import Partition, Position, Record
from engine.canonical import dead, resolution
from engine.canonical.letter import OPEN, Letter, read_letter, read_resolutions
from engine.canonical.resolution import Resolutions
from engine.commands.moment import read_moment
from engine.parts import now_us


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters, each of which takes all when it says nothing."""

    positions: frozenset[Position] = frozenset()
    reasons: frozenset[str] = frozenset()
    facility: str | None = None
    message_type: str | None = None
    stage: str | None = None
    where: str | None = None
    since_us: int = 0
    until_us: int | None = None

    @property
    def takes_all(self) -> bool:
        """Whether nothing is filtered."""
        return self == Selection()

    def takes(self, letter: Letter) -> bool:
        """Whether the command is about this letter."""
        wanted = ((self.facility, letter.facility), (self.stage, letter.stage), (self.where, letter.where))
        return (
            (not self.positions or letter.position in self.positions or letter.raw in self.positions)
            and (not self.reasons or letter.reason in self.reasons)
            and all(want is None or want == have for want, have in wanted)
            and is_of_type(letter.message_type, self.message_type)
            and letter.time_us >= self.since_us
            and (self.until_us is None or letter.time_us < self.until_us)
        )


def is_of_type(message_type: str, wanted: str | None) -> bool:
    """Whether a type is the wanted one: `ADT^A01`, or `ADT` for all its events."""
    return wanted is None or wanted in (message_type, message_type.partition("^")[0])


def read_selection(
    positions: Sequence[str],
    reasons: Sequence[str],
    facility: str | None,
    message_type: str | None,
    stage: str | None,
    where: str | None,
    since: str | None,
    until: str | None,
) -> Selection:
    """The filters as they stand on the command line; raises typer.BadParameter."""
    return Selection(
        frozenset(map(read_position, positions)),
        frozenset(reasons),
        facility,
        message_type,
        stage,
        where,
        read_moment(since, now_us()) if since else 0,
        read_moment(until, now_us()) if until else None,
    )


def read_position(text: str) -> Position:
    """A position as `dead/3/17`; raises typer.BadParameter."""
    try:
        return Position.parse(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no position - write it as `engine dead list` shows it") from None


def read_letters(bus: Bus, resolutions: Resolutions | None = None) -> Iterator[Letter]:
    """All dead letters by position, each as it stands now; their bytes stay where they are."""
    known = find_resolutions(bus) if resolutions is None else resolutions
    for _, letter in read_records(bus, known):
        yield letter


def read_records(bus: Bus, resolutions: Resolutions) -> Iterator[tuple[Record, Letter]]:
    """All dead letters by position, with their records."""
    for partition, span in sorted(bus.spans(dead.TOPIC).items()):
        for record in bus.read(partition, span.first, span.next):
            yield record, read_letter(record, resolutions)


def find_resolutions(bus: Bus) -> Resolutions:
    """What was decided so far; raises BusError."""
    return read_resolutions(read_topic(bus, resolution.TOPIC))


def find_open(bus: Bus, selection: Selection) -> list[Letter]:
    """The open letters of a selection."""
    return [one for one in read_letters(bus) if one.state == OPEN and selection.takes(one)]


def find_letter(bus: Bus, position: Position) -> tuple[Record, Letter]:
    """The letter at a position of `dead`; raises typer.BadParameter when there is none."""
    span = bus.spans(dead.TOPIC).get(Partition(position.topic, position.partition))
    if position.topic == dead.TOPIC and span and span.first <= position.offset < span.next:
        found = bus.read(Partition(*position[:2]), position.offset, position.offset + 1)
        for record in found:
            return record, read_letter(record, find_resolutions(bus))
    raise typer.BadParameter(f"no dead letter stands at {position} - `engine dead list` shows where they stand")


def newest_by_message(letters: Iterable[Letter]) -> list[Letter]:
    """Of the letters of one raw record the last, which stands for all of them; in order of the raw records."""
    newest = {one.raw or one.position: one for one in letters}
    return [newest[key] for key in sorted(newest)]
