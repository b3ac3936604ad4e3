"""`engine replay`: every raw message transformed again, with the mappings as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.bus.bus import Bus, Producer
from engine.bus.record import Record
from engine.canonical import dead, raw
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.parts import declare_topics, now_us, open_bus, require_home
from engine.routes.load import load_routes
from engine.transforms.activation import activate
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.load import load_mappings
from engine.transforms.publishing import publish_all

BATCH = 1000


def replay_all(settings: Settings) -> int:
    """Publish anew what each raw record comes to; a running loader takes it up, one that does not run, when it does.

    Events go to the topics of their types alone, so that a replay pages nobody, and a message that is a dead letter
    already is not made one again; no sender gets a second application acknowledgment. Ctrl-C leaves what was published;
    the same events keep their ids, so that beginning again does no harm.
    """
    require_home(settings)
    mappings, router = (
        load_mappings(settings.mappings, settings.optional_resources),
        load_routes(settings.mappings / "routes"),
    )
    registry = read_registry(settings.registry_file())
    with open_bus(settings) as bus:
        bus.ensure(declare_topics(settings, mappings.resource_types, router.topics))
        producer = bus.producer()
        generation = activate(bus, producer, mappings.version, now_us())
        conversion = Conversion(mappings, generation, registry, lambda one: router.route(one)[:1], replay=True)
        count = _replay(bus, producer, conversion)
        producer.close()
    Console(highlight=False).print(f"replayed {count:,} raw messages with mappings {mappings.version}")
    return 0


def _replay(bus: Bus, producer: Producer, conversion: Conversion) -> int:
    known = {dead.raw_position(letter) for letter in _records(bus, dead.TOPIC)}
    count = 0
    with _progress() as progress:
        task = progress.add_task(
            "replaying", total=sum(span.next - span.first for span in bus.spans(raw.TOPIC).values())
        )
        for records in batched(_records(bus, raw.TOPIC), BATCH):
            batch = [conversion.convert(record, now_us()) for record in records]
            told = zip(records, batch, strict=True)
            publish_all(producer, [_once(converted) if one.position in known else converted for one, converted in told])
            count += len(records)
            progress.advance(task, len(records))
    return count


def _once(converted: Converted) -> Converted:
    """The same without its dead letter, which was written when it was first transformed."""
    return replace(converted, records=tuple(one for one in converted.records if one.topic != dead.TOPIC))


def _progress() -> Progress:
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _records(bus: Bus, topic: str) -> Iterator[Record]:
    for partition, span in sorted(bus.spans(topic).items()):
        yield from bus.read(partition, span.first, span.next)


def batched(records: Iterable[Record], most: int) -> Iterator[list[Record]]:
    """The records in order, so many at a time."""
    remaining = iter(records)
    while batch := list(islice(remaining, most)):
        yield batch
