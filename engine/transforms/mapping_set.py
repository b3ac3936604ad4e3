"""A set of mappings in use: which mapping a message of a facility goes through, compiled on first use."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from types import TracebackType

from engine.bus.record import Position
from engine.canonical.r4 import is_resource
from engine.canonical.raw import TOPIC
from engine.canonical.resource import Body, Origin, Resource
from engine.facilities.facility import Facility
from engine.hl7.delimiters import STANDARD
from engine.hl7.message import parse
from engine.language.fault import Mark
from engine.language.garbage import uncollected
from engine.transforms.compile import Compiler
from engine.transforms.fields import Scene
from engine.transforms.mapping import MessageMapping, Overlay, Sources
from engine.transforms.message_map import map_message
from engine.transforms.plan import MessagePlan, compile_as, plan_message
from engine.transforms.tree import overlay
from engine.transforms.trees import types_made


class View:
    """The mappings as one facility has them: the standard ones with its overlay."""

    def __init__(self, sources: Sources, *, traced: bool = False) -> None:
        self.sources = sources
        self._compiler = Compiler(sources, traced=traced)
        self._plain = None if traced else Compiler(sources, general=self._compiler)
        self._plans: dict[tuple[str, bool], MessagePlan] = {}
        self._by_event = {(one.code, event): one for one in sources.messages for event in one.events}
        self._by_name = {one.name: one for one in sources.messages}

    def match(self, code: str, event: str, structure: str) -> MessageMapping | None:
        """The mapping for MSH-9: by type and event; without an event by structure, or by type where that is enough."""
        if event:
            return self._by_event.get((code, event))
        if structure in self._by_name:
            return self._by_name[structure]
        of_type = [one for one in self.sources.messages if one.code == code]
        return of_type[0] if len(of_type) == 1 else None

    def plan(self, mapping: MessageMapping, *, plain: bool = False) -> MessagePlan:
        """The mapping compiled, for any message or for plain ones alone."""
        plan = self._plans.get((mapping.name, plain))
        if plan is None:
            compiler = self._plain if plain and self._plain else self._compiler
            plan = self._plans[mapping.name, plain] = plan_message(mapping, self.sources, compiler)
        return plan

    def compile_as(self, other: View) -> None:
        """Compile now what another set's view has compiled, not when the first message asks for it."""
        for (name, plain), plan in list(other._plans.items()):
            if name in self._by_name:
                compile_as(self.plan(self._by_name[name], plain=plain), plan)

    def run(self, mapping: MessageMapping, text: str, facility: Facility) -> list[Resource]:
        """The resources of a message that is at hand as text, outside of any record: for tests and previews."""
        message = parse(text)
        scene = Scene(message.delimiters, facility, "utf-8", text)
        return map_message(
            message, self.plan(mapping, plain=scene.is_plain), scene, preview_origin(facility.code), "preview"
        )

    def make(self, datatype: str, value: str, facility: Facility) -> Body | None:
        """What a datatype mapping makes of a value in standard delimiters: an element, a resource or a part of one."""
        scene = Scene(STANDARD, facility, "utf-8", value)
        made = self._compiler.made(datatype)(value, "^", "&", scene, "")
        mapping = self.sources.datatypes[datatype]
        if not (is_resource(mapping.type) and mapping.identity):
            return made
        draft = scene.drafts.get(made.get("reference", "")) if made else None
        return draft.body if draft else None

    def mark_of(self, trace: TracebackType | None) -> Mark | None:
        """The line of the mapping at which an exception was raised."""
        return self._compiler.mark_of(trace)


class MappingSet:
    """All mappings, by facility; `version` is the hash of their files."""

    def __init__(self, sources: Sources, version: str, *, traced: bool = False) -> None:
        self.sources = sources
        self.version = version
        self.standard = View(sources, traced=traced)
        self._traced = traced
        self._overlays = {code: one for one in sources.overlays for code in one.codes}
        self._views: dict[str, View] = {}

    def view(self, facility: str) -> View:
        """The mappings as a facility has them; facilities that share an overlay share the view."""
        found = self._overlays.get(facility)
        if found is None:
            return self.standard
        view = self._views.get(found.name)
        if view is None:
            view = self._views[found.name] = View(layered(self.sources, found), traced=self._traced)
        return view

    def compile_as(self, other: MappingSet) -> None:
        """Compile now what another set has compiled; it may be at work on another thread meanwhile."""
        self.standard.compile_as(other.standard)
        for one in self.sources.overlays:
            if one.facilities and one.name in other._views:
                self.view(one.facilities[0]).compile_as(other._views[one.name])

    @property
    @uncollected()
    def resource_types(self) -> frozenset[str]:
        """The types of resource that any message may make, from whatever facility it comes."""
        changing = (one for one in self.sources.overlays if one.segments or one.datatypes or one.extends)
        views = (self.sources, *(layered(self.sources, one) for one in changing))
        return frozenset().union(*(types_made(view.messages, view) for view in views))


def layered(sources: Sources, changes: Overlay) -> Sources:
    """The sources as an overlay has them: its own changes go before those of the vendors that it extends."""
    known: tuple[Overlay, Sources] | None = sources.worked_out.get(id(changes))
    if known is None or known[0] is not changes:
        known = sources.worked_out[id(changes)] = (changes, overlaid(below(sources, changes), changes))
    return known[1]


def below(sources: Sources, changes: Overlay) -> Sources:
    """What an overlay changes: the sources with the changes of the vendors that it extends."""
    vendors = {one.name: one for one in sources.overlays if one.vendor}
    named = (vendors[name] for name in reversed(changes.extends) if name in vendors)
    return reduce(overlaid, named, sources)


def overlaid(sources: Sources, changes: Overlay) -> Sources:
    """The sources with an overlay's changes: elements in their place, datatypes added, codes put over the others."""
    changed = {
        name: replace(one, rules=overlay(one.rules, changes.segments[name]))
        for name, one in sources.segments.items()
        if name in changes.segments
    }
    segments = {**sources.segments, **changed}
    tables = dict(sources.tables)
    for name, table in changes.tables.items():
        base = tables.get(name)
        system = table.system or (base.system if base else "")
        default = table.default or (base.default if base else None)
        codes = {**(base.codes if base else {}), **table.codes}
        partial = table.partial or (base is not None and base.partial)
        match = table.match or (base.match if base else "")
        tables[name] = replace(table, system=system, codes=codes, default=default, partial=partial, match=match)
    return replace(sources, segments=segments, datatypes={**sources.datatypes, **changes.datatypes}, tables=tables)


def preview_origin(facility: str) -> Origin:
    """The origin of what no raw record stands behind."""
    return Origin(Position(TOPIC, 0, 0), facility, "", "", "", 0, "", 0)
