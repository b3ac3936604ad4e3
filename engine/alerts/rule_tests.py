"""The tests that stand beside rules: reading them, and what there is to compare."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.alerts import keys
from engine.alerts.diseases import read_time
from engine.alerts.notifiable_file import read_zone
from engine.alerts.reading import read_duration_us
from engine.alerts.rule import Moment, RuleTest
from engine.language.document import Node
from engine.language.gather import Gather

BEGINS = "2026-11-25T08:00+07:00"
FACILITY, PATIENT = "79901", "a"
WHEN = ("starts", "ends")


def read_test(node: Node, rule: str, gather: Gather) -> RuleTest | None:
    """One test; None where it is none."""
    where = f"{rule}.tests"
    if not gather.keys(node, where, keys.TEST, ("events",)):
        return None
    moments = [one for entry in gather.entries(node.get("events")) if (one := _moment(entry, where, gather))]
    until = node.get("until")
    return RuleTest(
        name=gather.text(node.get("name"), where),
        began_us=_begins(node.get("begins"), where, gather),
        moments=tuple(sorted(moments, key=lambda one: one.at_us)),
        until_us=read_duration_us(until, f"{where}.until", gather, 0) if until else None,
        expect=tuple(_expected(entry, where, gather) for entry in gather.entries(node.get("expect"))),
        refused=int(gather.text(node.get("refused"), where) or 0),
        mark=node.mark,
    )


def _begins(node: Node | None, where: str, gather: Gather) -> int:
    text = gather.text(node, where) or BEGINS
    found = read_time(text, read_zone("+07:00"))
    if found is None and node is not None:
        gather.add(node.mark, "A105", f"{where}.begins", f"{text!r} is no time", f"write it as {BEGINS}")
    return found or 0


def _moment(node: Node, where: str, gather: Gather) -> Moment | None:
    if not gather.keys(node, where, keys.MOMENT, ("at",)):
        return None
    event, acknowledges = node.get("event"), gather.flag(node.get("acknowledge"), where)
    body = event.plain() if event else None
    if not acknowledges and not (isinstance(body, dict) and isinstance(body.get("resourceType"), str)):
        gather.add(node.mark, "A111", where, "the event is no resource", "begin it with resourceType")
        return None
    return Moment(
        read_duration_us(node.get("at"), f"{where}.at", gather, 0),
        body if isinstance(body, dict) else None,
        gather.text(node.get("facility"), where) or FACILITY,
        gather.text(node.get("patient"), where) or PATIENT,
    )


def _expected(node: Node, where: str, gather: Gather) -> Mapping[str, Any]:
    if not gather.keys(node, f"{where}.expect", keys.EXPECTED, ("starts",)):
        return {}
    times = {key: read_duration_us(node.get(key), f"{where}.{key}", gather, 0) for key in WHEN if node.get(key)}
    others = {key: one.value for key, one in node.items() if key not in WHEN}
    return MappingProxyType({"ends": None, **others, **times})
