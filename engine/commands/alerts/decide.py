"""`engine alerts acknowledge`, `silence` and `set`: what people decide, with who and why, and audited."""

from __future__ import annotations

import math
import sys
import uuid
from collections.abc import Sequence
from contextlib import closing

import typer

from engine.alerts import decisions
from engine.alerts.decisions import Setting, Silence, read_decisions
from engine.alerts.load import load_rules
from engine.alerts.rule import Rule
from engine.alerts.standing import Acknowledged
from engine.bus.bus import Bus, read_topic
from engine.bus.record import Record
from engine.canonical.audit import Event
from engine.commands.alerts.lines import read_lines
from engine.commands.alerts.listing import choose, read_alerts
from engine.commands.deeds import note_deed, person
from engine.commands.moment import read_moment, shown
from engine.config import Settings
from engine.language.fault import nearest
from engine.parts import now_us, open_bus, require_home
from engine.transforms.publishing import publish_records

LONGEST_WHY = 200


def acknowledge(settings: Settings, alerts: Sequence[str], why: str) -> int:
    """Note that this person took alerts over, or that cases were notified."""
    rules = load_rules(settings.mappings / "alerts")
    with _opened(settings, why) as bus:
        known = {*read_alerts(bus), *(row["alert"] for row in read_lines(bus, settings, rules))}
        chosen = [choose(one, known) for one in alerts]
        taken = Acknowledged(person(), now_us(), why)
        records = [decisions.encode_acknowledged(one, taken) for one in chosen]
        _decide(bus, Event.ALERT_ACKNOWLEDGED, records, f"{', '.join(chosen)}: {why}")
    sys.stdout.write(f"acknowledged {len(chosen)}\n")
    return 0


def silence(settings: Settings, asked: Silence, length: str, why: str) -> int:
    """Have nobody told of what `asked` covers for so long; its times and who are filled in here."""
    now = now_us()
    until_us = 2 * now - read_moment(length, now)
    if not (asked.rule or asked.facility or asked.alert):
        raise typer.BadParameter("say of what: --rule, --facility or --alert")
    with _opened(settings, why) as bus:
        alert = choose(asked.alert, read_alerts(bus)) if asked.alert else ""
        word = uuid.uuid4().hex[:8]
        made = asked._replace(id=word, from_us=now, until_us=until_us, who=person(), at_us=now, why=why, alert=alert)
        _decide(bus, Event.ALERTS_SILENCED, [decisions.encode_silence(made)], f"silence {word}: {why}")
    sys.stdout.write(f"silence {word} until {shown(until_us)}\n")
    return 0


def end_silence(settings: Settings, word: str, why: str) -> int:
    """End a silence before its time."""
    with _opened(settings, why) as bus:
        held = read_decisions(read_topic(bus, decisions.TOPIC)).silences.get(word)
        if held is None:
            raise typer.BadParameter(f"there is no silence {word!r}")
        now = now_us()
        ended = held._replace(until_us=min(held.until_us, now), who=person(), at_us=now, why=why)
        _decide(bus, Event.ALERTS_SILENCED, [decisions.encode_silence(ended)], f"end of silence {word}: {why}")
    sys.stdout.write(f"silence {word} ended\n")
    return 0


def set_number(settings: Settings, rule: str, name: str, value: float | None, why: str) -> int:
    """Set a number of a rule, or with None let that of its file count again."""
    found = _rule(load_rules(settings.mappings / "alerts"), rule)
    numbers = found.behavior.settings
    if name not in numbers:
        hint = nearest(name, numbers) or f"it has {', '.join(numbers) or 'none'}"
        raise typer.BadParameter(f"{rule} has no number {name!r} - {hint}")
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number that anything can be compared with")
    with _opened(settings, why) as bus:
        made = Setting(rule, name, value, person(), now_us(), why) if value is not None else None
        record = decisions.encode_setting(made) if made else decisions.encode_unset(rule, name)
        told = numbers[name] if value is None else value
        _decide(bus, Event.ALERT_RULE_SET, [record], f"{rule} {name} {told:g}: {why}")
    sys.stdout.write(f"{rule} {name} is {told:g} for events from now on; the file says {numbers[name]:g}\n")
    return 0


def list_settings(settings: Settings) -> int:
    """Print the numbers of all rules, and who set those that differ from the files."""
    require_home(settings)
    with open_bus(settings) as bus:
        held = read_decisions(read_topic(bus, decisions.TOPIC)).settings
    for rule in load_rules(settings.mappings / "alerts"):
        for name, number in rule.behavior.settings.items():
            one = held.get((rule.name, name))
            by = f"set to {one.value:g} by {one.who} at {shown(one.at_us)}: {one.why}" if one else ""
            sys.stdout.write(f"{rule.name} {name} {number:g} {by}".rstrip() + "\n")
    return 0


def _rule(rules: Sequence[Rule], name: str) -> Rule:
    for rule in rules:
        if rule.name == name:
            return rule
    names = [rule.name for rule in rules]
    raise typer.BadParameter(f"there is no rule {name!r} - {nearest(name, names) or 'there are ' + ', '.join(names)}")


def _opened(settings: Settings, why: str) -> Bus:
    """The bus, once there is a reason; raises typer.BadParameter where there is none."""
    if not why.strip() or len(why) > LONGEST_WHY:
        raise typer.BadParameter(f"say why, in at most {LONGEST_WHY} characters and without anything of a patient")
    require_home(settings)
    return open_bus(settings)


def _decide(bus: Bus, event: Event, records: Sequence[Record], why: str) -> None:
    note_deed(bus, event, count=len(records), why=why)
    with closing(bus.producer()) as producer:
        publish_records(producer, records)
