"""Trees of elements as statements of compiled code that fill an object."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from engine.canonical.r4 import Element, elements
from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.language.term import Source
from engine.transforms import nodes
from engine.transforms.access import Access
from engine.transforms.conditions import write_condition
from engine.transforms.mapping import Alternative, Refers
from engine.transforms.nodes import Body, assign, call, constant, name, when
from engine.transforms.repetition import Repetition
from engine.transforms.shapes import Shapes
from engine.transforms.trace import ways_of
from engine.transforms.tree import Branch, Leaf, fixed_value, is_bare, is_fixed, needed
from engine.transforms.write_source import SourceWriter, Target, given

Bind = Callable[[Any], str]
"""Gives the name under which compiled code finds an object."""

Line = Callable[[Mark], int]
"""Gives the line that statements made for a place of a mapping bear."""


MOST = 6
"""Fields that are asked for, one of which an object needs, before anything is done for it."""

Part = tuple[Element, list[Leaf | Branch]]
"""An element and its entries."""


class TreeWriter:
    """Writes the objects of one function."""

    def __init__(self, access: Access, shapes: Shapes, bind: Bind, line: Line, *, traced: bool = False) -> None:
        self._access = access
        self._shapes = shapes
        self._sources = SourceWriter(access, shapes)
        self._bind = bind
        self._line = line
        self._traced = traced
        self._locals = 0

    def write(self, branch: Branch, local: str, *, is_resource: bool) -> Body:
        """The statements that fill the object in `local`; what is constant there comes last, and only with the rest."""
        sourced, constants = self._parts(branch, is_resource)
        body: Body = []
        for written in self._choices(sourced, local, is_resource):
            body += written
        late: Body = []
        known = {element.name for element, _ in sourced}
        for element, entries in constants:
            late += self._element(element, entries, local, is_resource, adds=element.name in known)
        return [*body, when(name(local), late)] if late and sourced else [*body, *late]

    def _parts(self, branch: Branch, is_resource: bool) -> tuple[list[Part], list[Part]]:
        sourced: list[Part] = []
        constants: list[Part] = []
        for key, entries in branch.entries.items():
            found = list(entries.values())
            element = found[0].element or elements(branch.type)[key]
            bare = [] if is_resource else [one for one in found if is_bare(one)]
            if bare:
                constants.append((element, bare))
            if len(bare) < len(found):
                sourced.append((element, [one for one in found if one not in bare]))
        return _by_choice(sourced), constants

    def _choices(self, parts: list[Part], local: str, top: bool) -> list[Body]:
        """The statements for each element; of a choice the first that gives counts, and no other is looked at."""
        written: list[Body] = []
        pending: Body = []
        for index, (element, entries) in reversed(list(enumerate(parts))):
            body = self._element(element, entries, local, top)
            if pending:
                body = [*body, when(nodes.compare(constant(element.name), ast.NotIn(), name(local)), pending)]
            goes_on = index > 0 and element.is_choice and parts[index - 1][0].base == element.base
            pending = body if goes_on else []
            written += [] if goes_on else [body]
        return written[::-1]

    def _element(
        self, element: Element, entries: list[Leaf | Branch], local: str, top: bool, *, adds: bool = False
    ) -> Body:
        """The statements that fill one element, whose entries follow on each other where it repeats.

        `adds` says that they follow on what the element holds by then.
        """
        beside = [one for one in entries if isinstance(one, Branch) and one.is_beside]
        if element.is_list and beside:
            return self._beside(element, beside, local)
        if len(entries) == 1 and not adds and not _is_repeated(entries[0]):
            return self._entry(element, entries[0], local, top, many=False)
        list_local = self._local()
        body: Body = [assign(list_local, ast.List([], ast.Load()))]
        for entry in entries:
            body += self._entry(element, entry, list_local, top, many=True)
        if adds:
            part = ast.Dict([constant(element.name)], [name(list_local)])
            return [*body, nodes.do(call("add", name(local), part))]
        return [*body, when(name(list_local), [nodes.put(local, element.name, name(list_local))])]

    def _beside(self, element: Element, entries: list[Branch], local: str) -> Body:
        """The statements for what stands beside the entries of a list of primitives, null where nothing does."""
        filled = [(self._local(), entry) for entry in entries]
        places = {entry.place: one for one, entry in filled}
        body: Body = []
        for one, entry in filled:
            body += [assign(one, ast.Dict([], [])), *self.write(entry, one, is_resource=False)]
        values: list[ast.expr] = [
            nodes.either(name(places[place]), name(places[place]), constant(None))
            if place in places
            else constant(None)
            for place in range(1, max(places) + 1)
        ]
        put = nodes.put(local, element.name, ast.List(values, ast.Load()))
        return [*body, when(nodes.some([name(one) for one in places.values()]), [put])]

    def _entry(self, element: Element, entry: Leaf | Branch, into: str, top: bool, *, many: bool) -> Body:
        if is_fixed(entry) and not self._traced:
            return self._fixed(element, entry, into, top, many)
        if isinstance(entry, Leaf):
            return nodes.at(self._line(entry.mark), self._leaf(entry, into, top, many))
        if entry.each:
            return self._guarded(entry, self._repeated(entry, entry.each, into))
        one = self._local()
        inner = self.write(entry, one, is_resource=False)
        value = ast.List([name(one)], ast.Load()) if element.is_list and not many else name(one)
        store = nodes.do(nodes.method(name(into), "append", value)) if many else nodes.put(into, element.name, value)
        body: Body = [assign(one, ast.Dict([], [])), *inner, when(name(one), [store])]
        body = self._guarded(entry, body)
        raws = [self._access.raw(path) for path in sorted(needed(entry), key=str)]
        sent = list({ast.dump(raw): raw for raw in raws}.values())
        return [when(nodes.some(sent), body)] if 0 < len(sent) <= MOST else body

    def _guarded(self, entry: Branch, body: Body) -> Body:
        return [when(write_condition(entry.when, self._access), body)] if entry.when else body

    def _repeated(self, entry: Branch, path: FieldPath, into: str) -> Body:
        """The statements that append an object for each repetition of a field, which reads as that repetition alone."""
        repetition, one = self._local(), self._local()
        access = Repetition(self._access, path, repetition)
        writer = TreeWriter(access, self._shapes, self._bind, self._line, traced=self._traced)
        writer._locals = self._locals
        inner = writer.write(entry, one, is_resource=False)
        self._locals = writer._locals
        store = nodes.do(nodes.method(name(into), "append", name(one)))
        body = [assign(one, ast.Dict([], [])), *inner, when(name(one), [store])]
        return [nodes.each(repetition, self._access.repetitions(path), [when(name(repetition), body)])]

    def _fixed(self, element: Element, entry: Leaf | Branch, into: str, top: bool, many: bool) -> Body:
        """The statement that stores what is the same for every message; nobody may change it."""
        value = fixed_value(entry)
        inferred = top and isinstance(entry, Leaf) and entry.alternatives[0].inferred
        rank = [nodes.extend("inferred", element.name)] if inferred else []
        if not many:
            return [*rank, nodes.put(into, element.name, self._constant(value, element))]
        held = self._constant(value if isinstance(value, list) else [value], element)
        return [*rank, nodes.do(nodes.method(name(into), "extend", held))]

    def _leaf(self, leaf: Leaf, into: str, top: bool, many: bool) -> Body:
        target = Target(leaf.element, self._local())
        stored = [self._store(leaf.element, target, into, many)]
        simple = self._simple(leaf, target, [*stored, *self._note(leaf, into, constant(0))])
        won = name(f"{target.local}_won")
        return simple or [
            *self._alternatives(leaf, target, top),
            when(given(target), [*stored, *self._note(leaf, into, won)]),
        ]

    def _note(self, leaf: Leaf, into: str, won: ast.expr) -> Body:
        """In traced code, the note of which alternative filled the element."""
        if not self._traced:
            return []
        ways = name(self._bind(ways_of(leaf.alternatives)))
        return [nodes.do(call("note", name("scene"), name(into), constant(leaf.element.name), ways, won))]

    def _win(self, target: Target, index: int) -> Body:
        return [assign(f"{target.local}_won", constant(index))] if self._traced else []

    def _simple(self, leaf: Leaf, target: Target, stored: Body) -> Body | None:
        """The statements for a leaf of one source and nothing else: most of them."""
        one = leaf.alternatives[0] if len(leaf.alternatives) == 1 else None
        if one is None or one.source is None or one.source.default is not None or one.inferred:
            return None
        return self._sources.simple(one.source, one.when, target, stored)

    def _store(self, element: Element, target: Target, into: str, many: bool) -> ast.stmt:
        if many:
            return nodes.do(nodes.method(name(into), "extend", name(target.local)))
        return nodes.put(into, element.name, name(target.local))

    def _alternatives(self, leaf: Leaf, target: Target, top: bool) -> Body:
        body: Body = []
        for index, alternative in enumerate(leaf.alternatives):
            written = [*self._win(target, 2 * index), *self._alternative(alternative, target, top, 2 * index)]
            if alternative.when:
                written = [when(write_condition(alternative.when, self._access), written)]
                body += [] if index else [assign(target.local, constant(None))]
            body += [when(nodes.negate(given(target)), written)] if index else written
        return body or [assign(target.local, constant(None))]

    def _alternative(self, alternative: Alternative, target: Target, top: bool, index: int) -> Body:
        inferred = [nodes.extend("inferred", target.element.name)] if top else []
        if alternative.refers:
            refer = _refer(alternative.refers, target.element)
            return [assign(target.local, refer), *([when(given(target), inferred)] if alternative.inferred else [])]
        if alternative.source is None:
            value = self._constant(alternative.constant, target.element)
            return [assign(target.local, value), *(inferred if alternative.inferred else [])]
        body = self._sources.write(alternative.source, target)
        if alternative.inferred and inferred:
            body.append(when(given(target), inferred))
        late = [*([] if alternative.inferred else inferred), *self._win(target, index + 1)]
        return [*body, *self._default(alternative.source, target, late)]

    def _default(self, source: Source, target: Target, late: Body) -> Body:
        if source.default is None:
            return []
        coded = not any(term.type and not term.is_built_in for term in source.terms)
        value = self._shapes.default(source.default, source.table if coded else None, target.element.type)
        stored = assign(target.local, self._constant(value, target.element))
        return [when(nodes.negate(given(target)), [stored, *late])]

    def _constant(self, value: Any, element: Element) -> ast.expr:
        if element.is_list and not isinstance(value, list):
            value = [value]
        if isinstance(value, str | int | float | bool):
            return constant(value)
        return name(self._bind(value))

    def _local(self) -> str:
        self._locals += 1
        return f"x{self._locals}"


def _refer(refers: Refers, element: Element) -> ast.expr:
    """The reference to what the rule of a message made from the segment at hand, or all that it made."""
    if refers.many:
        return nodes.method(name("refs"), "each", constant(refers.key))
    segment = name(refers.segment) if refers.segment else constant(None)
    return nodes.method(name("refs"), "first" if element.is_list else "one", constant(refers.key), segment)


def _is_repeated(entry: Leaf | Branch) -> bool:
    return isinstance(entry, Branch) and entry.each is not None


def _by_choice(parts: list[Part]) -> list[Part]:
    """The elements in order, but each behind the one of its choice that was named first."""
    bases = [part[0].base if part[0].is_choice else part[0].name for part in parts]
    return [part for _, part in sorted(zip(map(bases.index, bases), parts, strict=True), key=lambda pair: pair[0])]
