"""`engine tail`: a live view of a topic; what records say only on request, which is written down."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import nullcontext
from difflib import get_close_matches

import orjson

from engine.bus.bus import Bus, BusError
from engine.canonical.audit import Event
from engine.commands.dead.show import readable
from engine.commands.deeds import note_deed
from engine.commands.tail.reading import Shown, Wanted, read_wanted
from engine.config import Settings
from engine.parts import open_bus, open_live, require_home

FAULTY = 2


def tail(settings: Settings, topic: str, wanted: Wanted, *, reveal: bool, as_json: bool) -> int:
    """Print the records until there are no more, or with `follow` until Ctrl-C; returns 2 when they cannot be read."""
    require_home(settings)
    try:
        with open_bus(settings) if reveal else nullcontext() as bus:
            return asyncio.run(_tail(settings, topic, wanted, bus, as_json))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # whoever read has gone; what Python flushes at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BusError as error:
        sys.stderr.write(f"{error}\n")
        return FAULTY


async def _tail(settings: Settings, topic: str, wanted: Wanted, bus: Bus | None, as_json: bool) -> int:
    """Print what is wanted; with `bus` what records say too, each first noted there."""
    async with open_live(settings, topic) as live:
        spans = await live.spans()
        if not spans:
            sys.stderr.write(f"there is no topic {topic!r} - {_hint(settings, topic)}\n")
            return FAULTY
        async for shown in read_wanted(live, spans, wanted):
            if bus and shown:
                positions = [record.position for _, record in shown]
                await asyncio.to_thread(note_deed, bus, Event.RECORDS_REVEALED, positions)
            _print(shown, revealed=bus is not None, as_json=as_json)
    return 0


def _hint(settings: Settings, topic: str) -> str:
    with open_bus(settings) as bus:
        topics = sorted(bus.topics())
    near = get_close_matches(topic, topics, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(topics) or 'none yet'}"


def _print(shown: list[Shown], *, revealed: bool, as_json: bool) -> None:
    for row, record in shown:
        said = readable(record.value) if revealed else ""
        if as_json:
            body = row._asdict() | ({"value": said} if revealed else {})
            sys.stdout.write(orjson.dumps(body).decode() + "\n")
        else:
            sys.stdout.write("\n".join((row.text(), *(f"    {line}" for line in said.splitlines()))) + "\n")
    sys.stdout.flush()
