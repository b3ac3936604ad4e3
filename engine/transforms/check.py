"""Checking a folder of mappings before anything runs: every fault at once, none of them twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.canonical import r4
from engine.language.fault import Fault, Mark, nearest
from engine.language.gather import Gather
from engine.transforms.check_cycles import check_cycles
from engine.transforms.check_messages import MessageChecker
from engine.transforms.check_rules import RuleChecker
from engine.transforms.mapping import Overlay, Sources
from engine.transforms.mapping_set import below, layered


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
        _check_overlay(overlay, sources, gather)
        if overlay.segments:
            _check_required(overlay, sources, gather)
    _check_facilities(sources, gather)


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


def _check_overlay(overlay: Overlay, sources: Sources, gather: Gather) -> None:
    changed = layered(sources, overlay)
    vendors = [one.name for one in sources.overlays if one.vendor]
    if overlay.extends and overlay.extends not in vendors:
        hint = nearest(overlay.extends, vendors) or f"write facilities/{overlay.extends}.yaml, a vendor's overlay"
        what = f"there is no vendor {overlay.extends!r} to extend"
        gather.add(overlay.places["extends"], "M336", overlay.name, what, hint)
    rules = RuleChecker(changed, gather)
    for name in overlay.segments:
        if name not in sources.segments:
            hint = nearest(name, sources.segments) or "write the name of a segment mapping, such as PID.Patient"
            gather.add(
                overlay.places.get(name, overlay.mark),
                "M331",
                overlay.name,
                f"there is no segment mapping {name!r} to change",
                hint,
            )
            continue
        rules.check(changed.segments[name])
    for mapping in overlay.datatypes.values():
        rules.check(mapping)
    check_cycles(changed.datatypes, overlay.datatypes, gather)
    for name, table in overlay.tables.items():
        if name not in sources.tables and not _uses(changed, name):
            hint = nearest(name, sources.tables) or "write the name of a table"
            gather.add(table.mark, "M332", overlay.name, f"nothing uses a table {name!r}", hint)


def _check_required(overlay: Overlay, sources: Sources, gather: Gather) -> None:
    """What an overlay takes away, or makes depend on a message, though FHIR requires it."""
    before, after = (_message_faults(one) for one in (below(sources, overlay), layered(sources, overlay)))
    for fault in sorted(after - before):
        if fault.code == "M329":
            mark = next(iter(_blamed(fault, overlay)), overlay.mark)
            gather.add(mark, "M329", f"{overlay.name}: {fault.where}", fault.what, fault.hint)


def _message_faults(sources: Sources) -> set[Fault]:
    found = Gather()
    checker = MessageChecker(sources, RuleChecker(sources, found), found)
    for message in sources.messages:
        checker.check(message)
    return set(found.faults)


def _blamed(fault: Fault, overlay: Overlay) -> Iterator[Mark]:
    """The rules of an overlay for the element that a fault names."""
    for rule in (rule for rules in overlay.segments.values() for rule in rules):
        if f"'{rule.steps[0].name}'" in fault.what:
            yield rule.mark


def _uses(sources: Sources, table: str) -> bool:
    mappings = (*sources.segments.values(), *sources.datatypes.values())
    found = (one.source for mapping in mappings for rule in mapping.rules for one in rule.alternatives)
    return any(source is not None and source.table == table for source in found)


def _check_facilities(sources: Sources, gather: Gather) -> None:
    count = Counter(code for overlay in sources.overlays for code in overlay.facilities)
    for overlay in sources.overlays:
        for code in overlay.facilities:
            if count[code] > 1:
                what = f"the facility {code!r} has {count[code]} overlays"
                gather.add(overlay.places.get(code, overlay.mark), "M333", overlay.name, what, "put them together")
