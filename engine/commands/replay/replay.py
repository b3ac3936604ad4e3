"""`engine replay`: raw messages transformed again, with the mappings as they are now."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import orjson

from engine.bus.bus import Bus, Producer
from engine.bus.record import Position, Record
from engine.canonical import dead, raw, resolution
from engine.canonical.audit import Event
from engine.canonical.letter import OPEN, Letter
from engine.canonical.resolution import Resolution, Verdict
from engine.commands.batches import batched
from engine.commands.comparison import Differences, Show
from engine.commands.corpus import Arrival, raw_count, shown
from engine.commands.dead.selection import newest_by_message, read_letters
from engine.commands.deeds import note_deed, person
from engine.commands.diff import as_body, print_differences
from engine.commands.replay.choice import Choice, find_records
from engine.commands.replay.preview import preview
from engine.commands.terminal import Console
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.parts import declare_topics, now_us, open_bus, open_reader, require_home
from engine.routes.load import load_routes
from engine.transforms.activation import activate
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.load import load_mappings
from engine.transforms.publishing import publish_all, publish_records

BATCH = 500
DIFFERENT = 1
STOPPED = 130
"""Exit code after Ctrl-C, as shells know it."""

Letters = Mapping[Position, Letter]
"""The newest dead letter of each raw record that has one."""


def replay(settings: Settings, choice: Choice) -> int:
    """Publish anew what the raw records of a choice come to, in order; a loader takes it up, now or when it runs.

    Events go to the topics of their types alone, so that a replay pages nobody, and a message that is a dead letter
    already is not made one again; no sender gets a second application acknowledgment. Ctrl-C leaves what was published
    and says where to go on; the same events keep their ids, so that beginning again does no harm.
    """
    require_home(settings)
    mappings = load_mappings(settings.mappings, settings.optional_resources)
    router = load_routes(settings.mappings / "routes")
    registry = read_registry(settings.registry_file())
    with open_bus(settings) as bus, closing(bus.producer()) as producer, _interrupted() as stop:
        bus.ensure(declare_topics(settings, mappings.resource_types, router.topics))
        letters = _letters(bus)
        note_deed(bus, Event.REPLAYED, count=1, why=f"{choice} with mappings {mappings.version}")
        generation = activate(bus, producer, mappings.version, now_us())
        conversion = Conversion(mappings, generation, registry, lambda one: router.route(one)[:1], replay=True)
        records = shown(find_records(bus, choice, letters), "replaying", raw_count(bus))
        count, then = _publish(producer, records, letters, conversion, stop)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"replayed {count:,} raw messages with mappings {mappings.version}")
    if then is None:
        return 0
    console.print(f"stopped; what was published stays. Go on with the same options and --from {then}")
    return STOPPED


def preview_replay(settings: Settings, choice: Choice, show: Show) -> int:
    """Print what a replay would change, and change nothing; returns 1 when something would.

    What the warehouse holds now is compared with what the messages come to with the mappings as they are now.
    """
    require_home(settings)
    mappings = load_mappings(settings.mappings, settings.optional_resources)
    registry = read_registry(settings.registry_file())
    with open_bus(settings) as bus, closing(open_reader(settings)) as reader:
        letters, found = _letters(bus), Differences(show)
        records = shown(find_records(bus, choice, letters), "comparing", raw_count(bus))
        aside = preview(_arrivals(records), reader, letters, found, mappings, registry)
    if show.as_json:
        body = as_body(found, "warehouse", mappings.version) | {"aside": dict(aside)}
        sys.stdout.write(orjson.dumps(body).decode() + "\n")
    else:
        print_differences(found, "warehouse", mappings.version)
        for why, count in aside.most_common():
            Console(highlight=False).print(f"note: {count:,} messages {why}")
    return DIFFERENT if found.changed else 0


def _letters(bus: Bus) -> Letters:
    return {one.raw: one for one in newest_by_message(read_letters(bus)) if one.raw}


def _publish(
    producer: Producer, records: Iterator[Record], letters: Letters, conversion: Conversion, stop: threading.Event
) -> tuple[int, Position | None]:
    """How many were published, and where to go on when it was interrupted."""
    count = 0
    for batch in batched(records, BATCH):
        if stop.is_set():
            return count, batch[0].position
        made = [(letters.get(one.position), conversion.convert(one, now_us())) for one in batch]
        publish_all(producer, [_once(letter, converted) for letter, converted in made])
        _resolve(producer, [one for one, converted in made if one and one.state == OPEN and not converted.reason])
        count += len(batch)
    return count, None


def _once(letter: Letter | None, converted: Converted) -> Converted:
    """The same without its dead letter, where one stands already that nobody has had pass since."""
    if letter is None or letter.state == Verdict.RETRIED:
        return converted
    return converted._replace(records=tuple(one for one in converted.records if one.topic != dead.TOPIC))


def _resolve(producer: Producer, passed: Sequence[Letter]) -> None:
    """Letters whose messages pass now are done with."""
    who, at_us = person(), now_us()
    made = [Resolution(one.position, one.raw, Verdict.RETRIED, who, at_us, "replay") for one in passed]
    publish_records(producer, map(resolution.encode, made))


def _arrivals(records: Iterator[Record]) -> Iterator[Arrival]:
    for record in records:
        try:
            message = raw.decode(record)
        except ValueError:
            continue  # a record that is no raw message, which the dead letters tell of
        when = datetime.fromtimestamp(message.received_us / 1_000_000, UTC)
        yield Arrival(message, record.position, f"{when.isoformat(timespec='seconds')} {record.position}")


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Set by Ctrl-C, which so ends the work between two batches; a second one ends it at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def told(_number: int, _frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, told)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
