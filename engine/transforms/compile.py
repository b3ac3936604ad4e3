"""Mappings as plain Python functions: the one module that compiles.

Functions are made from syntax-tree nodes of the engine's own making; text of a mapping enters only as constants, and
nothing but the names of `base_namespace` can be reached from them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from engine.canonical.r4 import VALUE, elements, is_primitive
from engine.canonical.resource import Body
from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.transforms import nodes
from engine.transforms.access import SegmentAccess, ValueAccess
from engine.transforms.conditions import write_condition
from engine.transforms.mapping import Identity, Mapping, Name, Sources
from engine.transforms.memory import is_shared
from engine.transforms.naming import ORDINAL, PATIENT_IDENTIFIER
from engine.transforms.nodes import assign, call, constant, name, none, when
from engine.transforms.shapes import base_namespace, shape_default, shape_table
from engine.transforms.tree import Branch, grow
from engine.transforms.write_tree import TreeWriter

FILE = "<mapping>"

Made = tuple[tuple[str, ...] | None, Body, tuple[str, ...], tuple[str, ...]]
"""What a resource is called, its body, the elements erased, the elements inferred."""

Make = Callable[..., Made]
Test = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """A resource to be: the segments its function takes, what it is called, what it holds."""

    type: str
    inputs: tuple[str, ...]
    many: tuple[str, ...]
    """Segments of which it takes every one, after the others."""
    identity: tuple[Identity, ...]
    tree: Branch
    trees: tuple[Branch, ...]
    """What each of `many` adds."""


class Compiler:
    """Compiles the mappings of one set; what is used twice is compiled once.

    `traced` code notes in the trace of its scene which line filled each element, and remembers nothing.
    """

    def __init__(self, sources: Sources, *, traced: bool = False) -> None:
        self._sources = sources
        self._traced = traced
        self._namespace = base_namespace()
        self._made: dict[tuple[str, str], str] = {}
        self._lines: dict[Mark, int] = {}

    def mark_of(self, trace: TracebackType | None) -> Mark | None:
        """The place of the mapping that was running when an exception passed, None when none was."""
        line = 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILE:
                line = trace.tb_lineno
            trace = trace.tb_next
        return next((mark for mark, number in self._lines.items() if number == line), None)

    def make(self, shape: Shape) -> Make:
        """The function `(*inputs, *many, scene, ids)` that names a resource and builds it."""

        def write(access: SegmentAccess) -> nodes.Body:
            writer = TreeWriter(access, self, self.bind, self.line, traced=self._traced)
            filled = writer.write(shape.tree, "body", is_resource=True)
            trees = zip(shape.many, shape.trees, strict=True)
            added = [self._loop(segment, tree, access, writer) for segment, tree in trees]
            start = ast.Dict([constant("resourceType"), constant("id")], [constant(shape.type), constant("")])
            nothing = ast.Tuple([], ast.Load())
            return [
                *self._names(shape.identity, access),
                *(assign("body", start), assign("inferred", nothing), assign("deleted", nothing)),
                *(*filled, *added, self._erase(shape.tree, access)),
                nodes.give(name("names"), name("body"), name("deleted"), name("inferred")),
            ]

        made: Make = self._over_segments(f"make {shape.type}", shape.inputs, shape.many, "ids", write)
        return made

    def test(self, inputs: Sequence[str], many: Sequence[str], condition: Condition) -> Test:
        """The function `(*inputs, *many, scene)` that tells whether a condition holds."""

        def write(access: SegmentAccess) -> nodes.Body:
            return [nodes.give(write_condition(condition, access))]

        made: Test = self._over_segments("test", inputs, many, "", write)
        return made

    def _over_segments(
        self,
        title: str,
        inputs: Sequence[str],
        many: Sequence[str],
        last: str,
        write: Callable[[SegmentAccess], nodes.Body],
    ) -> Any:
        counting = SegmentAccess()
        write(counting)
        access = SegmentAccess(counting.hoist.count)
        body = write(access)
        parameters = [*inputs, *(f"all_{segment}" for segment in many), "scene", *([last] if last else [])]
        return self._define(title, parameters, [*access.prelude(tuple(inputs)), *body])

    def datatype(self, name: str) -> str:
        """The name of the function `(value, outer, inner, scene, where)` of a datatype mapping."""
        made = self._made.get(("datatype", name))
        if made is None:
            made = self._made["datatype", name] = f"made_{len(self._made)}"
            self._namespace[made] = self._datatype(self._sources.datatypes[name])
        return made

    def table(self, name: str, kind: str) -> str:
        """The name of a table in the shape of a FHIR type."""
        made = self._made.get((name, kind))
        if made is None:
            made = self._made[name, kind] = f"table_{len(self._made)}"
            self._namespace[made] = shape_table(self._sources.tables[name], kind)
        return made

    def made(self, name: str) -> Callable[..., Body | None]:
        """The function of a datatype mapping itself."""
        function: Callable[..., Body | None] = self._namespace[self.datatype(name)]
        return function

    def memory(self, name: str, table: str | None) -> str:
        """The name of the memory of what a datatype mapping and a table make of a field, "" for one that has none."""
        if self._traced or not is_shared(self._sources.datatypes[name], self._sources.tables):
            return ""
        made = self._made.get((f"memory {name}", table or ""))
        if made is None:
            made = self._made[f"memory {name}", table or ""] = self.bind({})
        return made

    def default(self, text: str, table: str | None, kind: str) -> Any:
        """The text of an `else` as a value of a FHIR type."""
        return shape_default(text, self._sources.tables[table].system if table else "", kind)

    def bind(self, value: Any) -> str:
        """A name for an object."""
        bound = f"bound_{len(self._namespace)}"
        self._namespace[bound] = value
        return bound

    def line(self, mark: Mark) -> int:
        """The line that stands for a place of a mapping in tracebacks."""
        return self._lines.setdefault(mark, len(self._lines) + 2)

    def _datatype(self, mapping: Mapping) -> Callable[..., Body | None]:
        tree, _ = grow(mapping.type, mapping.rules, mapping.mark)

        def write(access: ValueAccess) -> nodes.Body:
            filled = TreeWriter(access, self, self.bind, self.line, traced=self._traced).write(
                tree, "made", is_resource=False
            )
            whole = nodes.either(name("made"), name("made"), constant(None))
            value = nodes.method(name("made"), "get", constant(VALUE))
            end = nodes.give(value if is_primitive(mapping.type) else whole)
            return [assign("made", ast.Dict([], [])), *filled, end]

        counting = ValueAccess()
        write(counting)
        access = ValueAccess(counting.hoist.count)
        body = write(access)
        made: Callable[..., Body | None] = self._define(
            mapping.name, ("value", "outer", "inner", "scene", "where"), [*access.prelude(), *body]
        )
        return made

    def _loop(self, segment: str, tree: Branch, access: SegmentAccess, writer: TreeWriter) -> ast.stmt:
        filled = writer.write(tree, "part", is_resource=True)
        added = [nodes.do(call("add", name("body"), name("part")))]
        if self._traced:
            added.append(nodes.do(call("note_join", name("scene"), name("body"), name("part"))))
        body = [*access.prelude((segment,)), assign("part", ast.Dict([], [])), *filled, *added]
        return nodes.each(segment, name(f"all_{segment}"), body)

    def _erase(self, tree: Branch, access: SegmentAccess) -> ast.stmt:
        """Where the message may hold an HL7 null, ask of each element that need not be there whether it is erased."""
        entries = []
        for element, entered in tree.entries.items():
            found = next(iter(entered.values())).element
            sources = sorted(_fields(entered.values(), access))
            if found and sources and not found.is_required:
                entries.append(_erasure(found.base, _spellings(tree, found.base) or (element,), sources))
        asked = call("erase", name("body"), name("inferred"), ast.Tuple(entries, ast.Load()))
        targets = ast.Tuple([ast.Name("deleted", ast.Store()), ast.Name("inferred", ast.Store())], ast.Store())
        return when(nodes.attribute("scene", "nulls"), [ast.Assign([targets], asked)])

    def _names(self, identities: Sequence[Identity], access: SegmentAccess) -> nodes.Body:
        """The statements that leave in `names` what the resource is called, None for nothing."""
        body: nodes.Body = []
        for identity in reversed(identities):
            body = self._identity(identity, access, body)
        return [assign("names", constant(None)), *body]

    def _identity(self, identity: Identity, access: SegmentAccess, otherwise: nodes.Body) -> nodes.Body:
        parts = [name(f"part_{index}") for index in range(len(identity.names))]
        body: nodes.Body = [assign("names", ast.Tuple([constant(identity.label), *parts], ast.Load()))]
        for index, part in reversed(list(enumerate(identity.names))):
            local = f"part_{index}"
            body = body if part.optional or part.word == ORDINAL else [when(name(local), body)]
            body = [assign(local, _part(part, access)), *body]
        return [*body, when(none("names"), otherwise)] if otherwise else body

    def _define(self, title: str, parameters: Sequence[str], body: nodes.Body) -> Any:
        made = f"function_{len(self._namespace)}"
        module = ast.Module([nodes.define(made, parameters, body)], [])
        ast.fix_missing_locations(module)
        exec(compile(module, FILE, "exec"), self._namespace)  # noqa: S102 - nodes of our own making, see above
        function = self._namespace[made]
        function.__qualname__ = title
        return function


def _part(part: Name, access: SegmentAccess) -> ast.expr:
    if part.word == PATIENT_IDENTIFIER:
        path = nodes.name(access.local("PID", 3))
        return call("choose_number", path, name("scene"))
    if part.word == ORDINAL:
        return constant(ORDINAL)
    if part.word:
        return nodes.method(name("ids"), "get", constant(part.word), constant(""))
    return nodes.some([access.text(path) for path in part.paths])


def _fields(entries: Any, access: SegmentAccess) -> set[str]:
    leaves = [leaf for entry in entries for leaf in (entry.leaves() if isinstance(entry, Branch) else (entry,))]
    sources = [one.source for leaf in leaves for one in leaf.alternatives if one.source]
    paths = [path for source in sources for term in source.terms for path in term.paths]
    return {access.local(path.segment, path.field) for path in paths}


def _spellings(tree: Branch, base: str) -> tuple[str, ...]:
    known = elements(tree.type)
    return tuple(element for element in tree.entries if known[element].base == base)


def _erasure(element: str, spellings: Sequence[str], fields: Sequence[str]) -> ast.expr:
    names = ast.Tuple([constant(one) for one in spellings], ast.Load())
    return ast.Tuple([constant(element), names, ast.Tuple([name(one) for one in fields], ast.Load())], ast.Load())
