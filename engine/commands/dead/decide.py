"""`engine dead retry` and `engine dead drop`: what becomes of dead letters whose cause is known."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

import orjson
import typer

from engine.bus.bus import Bus, Producer
from engine.bus.pick import pick
from engine.bus.record import Position, Record, Topic
from engine.canonical import dead, resolution
from engine.canonical.audit import Event
from engine.canonical.dead import Stage
from engine.canonical.letter import Letter
from engine.canonical.resolution import Resolution, Verdict
from engine.commands.batches import batched
from engine.commands.dead.selection import Selection, find_open, newest_by_message
from engine.commands.deeds import note_deed, person
from engine.commands.terminal import Console
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.parts import declare_topics, now_us, open_bus, require_home
from engine.routes.load import load_routes
from engine.transforms.activation import activate, find_generation
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.load import load_mappings
from engine.transforms.publishing import publish_records

BATCH = 200
FAILED = 1
LONGEST_WHY = 200

PASSES = "pass"
NOT_ACCEPTED = "were never accepted: the sender was told, and must send them again"
GONE = "are not in hl7.raw any more"


class Again(NamedTuple):
    """A letter's message transformed again, as first looked at and as somebody knows it already."""

    letter: Letter
    converted: Converted


class Conversions(NamedTuple):
    """For messages that nobody has seen, and for those whose events went their ways when they were first made."""

    unseen: Conversion
    seen: Conversion

    def convert(self, letter: Letter, record: Record) -> Again:
        """Transform a letter's raw record; what the loader stopped has been routed already, and pages nobody again."""
        conversion = self.seen if letter.stage == Stage.LOAD else self.unseen
        return Again(letter, conversion.convert(record, now_us()))


def retry_letters(settings: Settings, selection: Selection, every: bool, dry_run: bool, as_json: bool) -> int:
    """Transform the messages of open letters with the mappings as they are now, in the order in which they came.

    Those that pass are published, and their letters are done with; returns 1 when one fails again. Raises Faults of
    the mappings.
    """
    _require_choice(selection, every)
    require_home(settings)
    with open_bus(settings) as bus:
        letters = newest_by_message(find_open(bus, selection))
        ready = {one.raw: one for one in letters if one.raw}
        told = Counter({NOT_ACCEPTED: len(letters) - len(ready)})
        if ready:
            told += _retry(settings, bus, ready, dry_run)
    _tell(told, len(letters), as_json, "would be retried" if dry_run else "retried")
    return FAILED if set(told) - {PASSES, NOT_ACCEPTED} else 0


def drop_letters(
    settings: Settings, selection: Selection, why: str, every: bool, dry_run: bool, as_json: bool = False
) -> int:
    """Mark open letters as asking for nothing, for a reason; reconciliation counts their messages as ignored."""
    _require_choice(selection, every)
    if not why.strip() or len(why) > LONGEST_WHY or not why.isprintable():
        raise typer.BadParameter(f"say why in 1 to {LONGEST_WHY} characters, without anything of a patient")
    require_home(settings)
    with open_bus(settings) as bus:
        letters = newest_by_message(find_open(bus, selection))
        if letters and not dry_run:
            bus.ensure([Topic(resolution.TOPIC, partitions=1)])
            note_deed(bus, Event.LETTERS_DROPPED, [one.position for one in letters], why=why)
            with closing(bus.producer()) as producer:
                _resolve(producer, [(one, Verdict.DROPPED, why) for one in letters])
    told = Counter(letter.reason for letter in letters)
    _tell(told, len(letters), as_json, "would be dropped" if dry_run else "dropped")
    return 0


def release_keys(settings: Settings, selection: Selection, dry_run: bool) -> int:
    """Let the keys of open letters go on without them, on routes that wait until they are told."""
    require_home(settings)
    with open_bus(settings) as bus:
        letters = [one for one in newest_by_message(find_open(bus, selection)) if one.raw]
        if letters and not dry_run:
            bus.ensure([Topic(resolution.TOPIC, partitions=1)])
            note_deed(bus, Event.RELEASED, [one.position for one in letters], why="keys after dead letters")
            with closing(bus.producer()) as producer:
                _resolve(producer, [(one, Verdict.RELEASED, "") for one in letters])
    _tell(
        Counter(one.reason for one in letters),
        len(letters),
        False,
        "would be passed over" if dry_run else "passed over",
    )
    return 0


def _require_choice(selection: Selection, every: bool) -> None:
    if selection.takes_all and not every:
        raise typer.BadParameter("name letters or a filter such as --reason, or say --all")


def _retry(settings: Settings, bus: Bus, ready: dict[Position, Letter], dry_run: bool) -> Counter[str]:
    mappings = load_mappings(settings.mappings, settings.optional_resources)
    router = load_routes(settings.mappings / "routes")
    registry = read_registry(settings.registry_file())
    with closing(bus.producer()) as producer:
        if dry_run:
            generation = find_generation(bus, mappings.version) or 0
        else:
            bus.ensure(declare_topics(settings, mappings.resource_types, router.topics))
            note_deed(bus, Event.LETTERS_RETRIED, [one.position for one in ready.values()])
            generation = activate(bus, producer, mappings.version, now_us())
        unseen = Conversion(mappings, generation, registry, router.route, replay=True, keys=router.keys)
        seen = Conversion(mappings, generation, registry, lambda one: router.route(one)[:1], replay=True)
        told: Counter[str] = Counter()
        for records in batched(pick(bus, ready), BATCH):
            again = [Conversions(unseen, seen).convert(ready[one.position], one) for one in records]
            told.update(_outcome(one) for one in again)
            if not dry_run:
                _publish(producer, again)
        gone = len(ready) - told.total()
        return told + Counter({GONE: gone})


def _publish(producer: Producer, again: Sequence[Again]) -> None:
    """What passed, and then what was decided of it: killed between the two, the letters are open and pass again."""
    passed = [one for one in again if one.converted.reason is None]
    publish_records(producer, (record for one in passed for record in one.converted.records))
    _resolve(producer, [(one.letter, *_verdict(one)) for one in again])


def _resolve(producer: Producer, decided: Iterable[tuple[Letter, Verdict, str]]) -> None:
    who, at_us = person(), now_us()
    made = [Resolution(one.position, one.raw, verdict, who, at_us, why) for one, verdict, why in decided]
    publish_records(producer, map(resolution.encode, made))


def _verdict(again: Again) -> tuple[Verdict, str]:
    if again.converted.reason is None:
        return Verdict.RETRIED, ""
    return Verdict.FAILED, _outcome(again)


def _outcome(again: Again) -> str:
    """`pass`, or the reason and place at which the message stops now."""
    letters = [record for record in again.converted.records if record.topic == dead.TOPIC]
    return f"{letters[0].text('dead_reason')} {letters[0].text('dead_where')}".strip() if letters else PASSES


def _tell(told: Counter[str], letters: int, as_json: bool, done: str) -> None:
    found = {name: count for name, count in told.most_common() if count}
    if as_json:
        sys.stdout.write(orjson.dumps({"letters": letters, "outcomes": found}).decode() + "\n")
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{letters:,} dead letters {done}")
    for name, count in found.items():
        console.print(f"  {count:,} {name}")
