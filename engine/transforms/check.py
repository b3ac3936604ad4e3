"""Checking a folder of mappings before anything runs: every fault at once, none of them twice."""

from __future__ import annotations

from engine.canonical import r4
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.transforms.check_cycles import check_cycles
from engine.transforms.check_messages import MessageChecker
from engine.transforms.check_overlays import check_facilities, check_overlay
from engine.transforms.check_rules import RuleChecker
from engine.transforms.mapping import Sources


def check_sources(sources: Sources, gather: Gather) -> None:
    """Note every fault of the mappings."""
    rules = RuleChecker(sources, gather)
    for mapping in (*sources.segments.values(), *sources.datatypes.values()):
        rules.check(mapping)
    _check_resources(sources, gather)
    check_cycles(sources.datatypes, sources.datatypes, gather)
    messages = MessageChecker(sources, rules, gather)
    for message in sources.messages:
        messages.check(message)
    _check_events(sources, gather)
    for overlay in sources.overlays:
        check_overlay(overlay, sources, gather)
    check_facilities(sources, gather)


def _check_resources(sources: Sources, gather: Gather) -> None:
    for mapping in sources.segments.values():
        if r4.is_type(mapping.type) and not r4.is_resource(mapping.type):
            what = f"{mapping.type!r} is no FHIR resource"
            hint = nearest(mapping.type, r4.resource_types()) or "write one such as Patient"
            gather.add(mapping.type_mark or mapping.mark, "M305", mapping.name, what, hint)


def _check_events(sources: Sources, gather: Gather) -> None:
    seen: dict[tuple[str, str], str] = {}
    for message in sources.messages:
        for event in message.events:
            other = seen.setdefault((message.code, event), message.name)
            if other != message.name:
                what = f"{message.code}^{event} is mapped by {other} already"
                gather.add(message.mark, "M330", message.name, what, "keep it in one of them")
