"""`engine persons link` and `unlink`: what somebody decided, written to the audit trail and to its topic."""

from __future__ import annotations

import sys
from contextlib import closing

import typer

from engine.bus.record import Topic
from engine.canonical.audit import Event
from engine.commands.deeds import note_deed, person
from engine.commands.persons.asking import asking, read_id
from engine.config import Settings
from engine.parts import now_us, open_bus, require_home
from engine.persons.decision import TOPIC, encode
from engine.transforms.publishing import publish_records

LONGEST_WHY = 200


def decide(settings: Settings, one: str, other: str, why: str, *, together: bool) -> int:
    """Publish the decision, durable on return; the loader takes it up within seconds, or when it runs again."""
    one, other = read_id(one), read_id(other)
    if one == other:
        raise typer.BadParameter("name two patients")
    if not why.strip() or len(why) > LONGEST_WHY or not why.isprintable():
        raise typer.BadParameter(f"say why in 1 to {LONGEST_WHY} characters, without anything of a patient")
    require_home(settings)
    _require_known(settings, one, other)
    with open_bus(settings) as bus:
        bus.ensure([Topic(TOPIC, partitions=1)])
        verb = "are one person" if together else "are not linked"
        note_deed(bus, Event.PERSONS_DECIDED, count=1, why=f"{one} and {other} {verb}: {why}")
        with closing(bus.producer()) as producer:
            publish_records(producer, [encode(one, other, together, person(), now_us(), why)])
    sys.stdout.write(f"{one} and {other} {verb}\n")
    return 0


def _require_known(settings: Settings, one: str, other: str) -> None:
    with asking(settings) as warehouse:
        found = warehouse.ask(f"select patient from persons where patient in ('{one}', '{other}')")  # noqa: S608 - ids have no quotes
    known = {row["patient"] for row in found}
    if unknown := [each for each in (one, other) if each not in known]:
        raise typer.BadParameter(f"the warehouse has no patient {unknown[0]} - look for it in the table `persons`")
