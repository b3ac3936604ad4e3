"""`engine dead release`: what stands goes on."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import typer
from pydantic import TypeAdapter, ValidationError

from engine.bus.bus import Bus, read_topic
from engine.canonical.audit import Event
from engine.commands.deeds import note_deed, person
from engine.commands.moment import shown
from engine.commands.terminal import Console
from engine.config import Settings
from engine.config.duration import Duration
from engine.parts import now_us, open_bus, require_home
from engine.transforms import stops
from engine.transforms.publishing import publish_records
from engine.transforms.stops import Release, Stop, read_standing

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


def release(settings: Settings, length: str, dry_run: bool) -> int:
    """Release the transformers of this bus if they stand; for so long no number of dead letters stops them again."""
    require_home(settings)
    free = _read_length(length)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with open_bus(settings) as bus:
        stop = read_standing(read_topic(bus, stops.TOPIC)).stop
        if stop is None:
            console.print("nothing stands")
            return 0
        console.print(_told(stop))
        if not dry_run:
            _release(bus, free)
            console.print(f"it goes on; for {length} nothing is too much")
    return 0


def _read_length(text: str) -> timedelta:
    try:
        return _DURATION.validate_python(text)
    except ValidationError:
        raise typer.BadParameter("--for is written as 30s, 10m or 2h") from None


def _told(stop: Stop) -> str:
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in stop.reasons.items())
    found = f"{stop.dead:,} of {stop.messages:,} messages became dead letters ({reasons})"
    return f"the transformer stands since {shown(stop.at_us)} under mappings {stop.version}: {found}"


def _release(bus: Bus, free: timedelta) -> None:
    note_deed(bus, Event.RELEASED, why="the transformer, after too many dead letters", count=1)
    now = now_us()
    with closing(bus.producer()) as producer:
        made = Release(now, now + round(free.total_seconds() * 1_000_000), person())
        publish_records(producer, [stops.encode(made)])
