"""Checking overlays: what they change is there, and what FHIR requires stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from engine.canonical import r4
from engine.language.fault import Fault, Mark, nearest
from engine.language.gather import Gather
from engine.transforms.check_cycles import check_cycles
from engine.transforms.check_messages import MessageChecker
from engine.transforms.check_rules import RuleChecker
from engine.transforms.mapping import Overlay, Rule, Sources
from engine.transforms.mapping_set import below, layered


def check_overlay(overlay: Overlay, sources: Sources, gather: Gather) -> None:
    """Note the faults of an overlay, its tests apart."""
    changed = layered(sources, overlay)
    vendors = [one.name for one in sources.overlays if one.vendor]
    for name in (one for one in overlay.extends if one not in vendors):
        hint = nearest(name, vendors) or f"write facilities/{name}.yaml, a vendor's overlay"
        gather.add(overlay.places["extends"], "M336", overlay.name, f"there is no vendor {name!r} to extend", hint)
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
    if _may_lack(overlay, sources):
        _check_required(overlay, sources, gather)


def _may_lack(overlay: Overlay, sources: Sources) -> bool:
    """Whether an overlay changes an element that FHIR requires, or what makes a resource of a field."""
    for name, rules in overlay.segments.items():
        mapping = sources.segments.get(name)
        if mapping and any(
            r4.choice_base(mapping.type, rule.steps[0].name) in r4.required(mapping.type) for rule in rules
        ):
            return True
    datatypes = {**sources.datatypes, **overlay.datatypes}
    changed = (*overlay.segments.values(), *(one.rules for one in overlay.datatypes.values()))
    used = [overlay.datatypes.keys(), *(_types(rules) for rules in changed)]
    return any(r4.is_resource(datatypes[name].type) for names in used for name in names if name in datatypes)


def _types(rules: Iterable[Rule]) -> set[str]:
    """The types that rules read something as."""
    every = (one for rule in rules for one in rule.alternatives)
    return set().union(
        *({term.type or "" for term in one.source.terms} if one.source else _types(one.rules) for one in every)
    )


def _check_required(overlay: Overlay, sources: Sources, gather: Gather) -> None:
    """What an overlay takes away, or makes depend on a message, though FHIR requires it."""
    changed = overlay.segments.keys()
    before, after = (_lacking(one, changed) for one in (below(sources, overlay), layered(sources, overlay)))
    for fault in sorted(after - before):
        mark = next(iter(_blamed(fault, overlay)), overlay.mark)
        gather.add(mark, "M329", f"{overlay.name}: {fault.where}", fault.what, fault.hint)


def _lacking(sources: Sources, mappings: Collection[str]) -> set[Fault]:
    """What the resources that these segment mappings fill lack."""
    found = Gather()
    checker = MessageChecker(sources, RuleChecker(sources, found), found)
    for message in sources.messages:
        checker.check_required(message, mappings)
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


def check_facilities(sources: Sources, gather: Gather) -> None:
    """Note each facility that has more than one overlay."""
    count = Counter(code for overlay in sources.overlays for code in overlay.facilities)
    for overlay in sources.overlays:
        for code in overlay.facilities:
            if count[code] > 1:
                what = f"the facility {code!r} has {count[code]} overlays"
                gather.add(overlay.places.get(code, overlay.mark), "M333", overlay.name, what, "put them together")
