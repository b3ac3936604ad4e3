"""Mappings as plain Python functions: the one module that compiles.

Functions are made from syntax-tree nodes of the engine's own making; text of a mapping enters only as constants, and
nothing but the names of `base_namespace` can be reached from them (SECURITY.md S1, S7).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from engine.canonical.r4 import elements
from engine.canonical.resource import Body
from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.transforms import nodes
from engine.transforms.access import SegmentAccess, ValueAccess
from engine.transforms.conditions import write_condition
from engine.transforms.mapping import Identity, Mapping, Name, Sources
from engine.transforms.naming import ORDINAL, PATIENT_IDENTIFIER
from engine.transforms.nodes import assign, call, constant, name, when
from engine.transforms.shapes import base_namespace, shape_default, shape_table
from engine.transforms.tree import Branch, grow
from engine.transforms.write_tree import TreeWriter

FILE = "<mapping>"

Built = tuple[Body, tuple[str, ...], tuple[str, ...]]
"""A resource's body, the elements erased, the elements inferred."""

Build = Callable[..., Built]
Test = Callable[..., bool]
Naming = Callable[..., tuple[str, ...] | None]


class Compiler:
    """Compiles the mappings of one set; what is used twice is compiled once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
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

    def build(self, kind: str, inputs: Sequence[str], many: Sequence[str], tree: Branch, more: Sequence[Branch]) -> Build:
        """The function `(*inputs, *many, scene, identity)` that builds a resource; `more` are the trees of `many`."""
        access = SegmentAccess()
        writer = TreeWriter(access, self, self.bind, self.line)
        filled = writer.write(tree, "body", is_resource=True)
        added = [self._loop(segment, branch, access, writer) for segment, branch in zip(many, more, strict=True)]
        start = ast.Dict([constant("resourceType"), constant("id")], [constant(kind), name("identity")])
        end = [self._erase(tree, access), nodes.give(name("body"), name("deleted"), name("inferred"))]
        nothing = ast.Tuple([], ast.Load())
        body = [assign("body", start), assign("inferred", nothing), assign("deleted", nothing), *filled, *added, *end]
        parameters = (*inputs, *(f"all_{segment}" for segment in many), "scene", "identity")
        return self._define(f"build {kind}", parameters, [*access.prelude(tuple(inputs)), *body])

    def test(self, inputs: Sequence[str], many: Sequence[str], condition: Condition) -> Test:
        """The function `(*inputs, *many, scene)` that tells whether a condition holds."""
        access = SegmentAccess()
        body = [nodes.give(write_condition(condition, access))]
        parameters = (*inputs, *(f"all_{segment}" for segment in many), "scene")
        return self._define("test", parameters, [*access.prelude(tuple(inputs)), *body])

    def name(self, inputs: Sequence[str], many: Sequence[str], identity: Sequence[Identity]) -> Naming:
        """The function `(*inputs, *many, scene, ids)` that gives what a resource is called, None for nothing."""
        access = SegmentAccess()
        body = [statement for one in identity for statement in self._identity(one, access)]
        body.append(nodes.give(constant(None)))
        parameters = (*inputs, *(f"all_{segment}" for segment in many), "scene", "ids")
        return self._define("name", parameters, [*access.prelude(tuple(inputs)), *body])

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
        access = ValueAccess()
        tree, _ = grow(mapping.type, mapping.rules, mapping.mark)
        filled = TreeWriter(access, self, self.bind, self.line).write(tree, "made", is_resource=False)
        end = nodes.give(nodes.either(name("made"), name("made"), constant(None)))
        body = [*access.prelude(), assign("made", ast.Dict([], [])), *filled, end]
        made: Callable[..., Body | None] = self._define(mapping.name, ("value", "outer", "inner", "scene", "where"), body)
        return made

    def _loop(self, segment: str, tree: Branch, access: SegmentAccess, writer: TreeWriter) -> ast.stmt:
        filled = writer.write(tree, "part", is_resource=True)
        added = nodes.do(call("add", name("body"), name("part")))
        body = [*access.prelude((segment,)), assign("part", ast.Dict([], [])), *filled, added]
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

    def _identity(self, identity: Identity, access: SegmentAccess) -> nodes.Body:
        parts = [name(f"part_{index}") for index in range(len(identity.names))]
        body: nodes.Body = [nodes.give(ast.Tuple([constant(identity.label), *parts], ast.Load()))]
        for index, part in reversed(list(enumerate(identity.names))):
            local = f"part_{index}"
            body = body if part.optional or part.word == ORDINAL else [when(name(local), body)]
            body = [assign(local, _part(part, access)), *body]
        return body

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
    return {access.local(term.path.segment, term.path.field) for source in sources for term in source.terms}


def _spellings(tree: Branch, base: str) -> tuple[str, ...]:
    known = elements(tree.type)
    return tuple(element for element in tree.entries if known[element].base == base)


def _erasure(element: str, spellings: Sequence[str], fields: Sequence[str]) -> ast.expr:
    names = ast.Tuple([constant(one) for one in spellings], ast.Load())
    return ast.Tuple([constant(element), names, ast.Tuple([name(one) for one in fields], ast.Load())], ast.Load())
