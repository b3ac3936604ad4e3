"""Mappings as plain Python functions: the one module that compiles.

Functions are made from syntax-tree nodes of the engine's own making; text of a mapping enters only as constants, and
nothing but the names of `base_namespace` can be reached from them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Sequence
from types import TracebackType
from typing import Any

from engine.canonical.r4 import VALUE as CONTENT
from engine.canonical.r4 import is_primitive, is_resource
from engine.canonical.resource import Body
from engine.hl7.delimiters import STANDARD
from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.transforms import nodes
from engine.transforms.access import Access, SegmentAccess, ValueAccess
from engine.transforms.deferred import Deferred, F
from engine.transforms.embedding import Embedding, remembering
from engine.transforms.held import Told, fill, fill_value, mask_of
from engine.transforms.jobs import Job, Late, Make, Shape, Test, asking
from engine.transforms.mapping import Mapping, Sources
from engine.transforms.memory import (
    Memory,
    is_embedding_alone,
    is_searching,
    is_shared,
    may_miss,
    within_message,
)
from engine.transforms.narrow import narrowed
from engine.transforms.nodes import assign, call, constant, name, none, when
from engine.transforms.plain_access import SIGNS, PlainSegmentAccess, PlainValueAccess
from engine.transforms.reading import Known, Read, reading
from engine.transforms.shapes import base_namespace, shape_default, shape_table
from engine.transforms.telling import telling_components
from engine.transforms.tree import Branch, grow
from engine.transforms.trees import split, value_trees
from engine.transforms.truth import FALSE, Facts
from engine.transforms.variants import Variants
from engine.transforms.write_erasing import write_erasing, write_undoing
from engine.transforms.write_guard import write_asking
from engine.transforms.write_names import write_names
from engine.transforms.write_part import inferred_of, write_part
from engine.transforms.write_tree import Bind, TreeWriter

FILE = "<mapping>"

MOST_VARIANTS = 512
"""Variants of functions compiled for one view of a set of mappings."""

MOST_BODIES = 32
"""Functions whose statements are kept, for the forms that they will stand in: a form comes soon after them."""

VALUE = ("value", "outer", "inner", "scene", "where")
"""What the function of a datatype mapping takes."""

PLAIN_VALUE = ("value", "parts", "scene", "where")
"""What that for a whole field of a plain message takes: it knows the separators, and has the components."""

EMBEDDED = ("called", "body", "deleted", "inferred", "shown")
"""The locals that tell of a resource made from a field."""


WriteValue = Callable[[ValueAccess], nodes.Body]


class Compiler:
    """Compiles the mappings of one set; what is used twice is compiled once.

    `traced` code notes in the trace of its scene which line filled each element, and remembers nothing. With `general`,
    which compiles for any message, the code is for plain messages alone, and leaves to the other what it does not read.
    """

    def __init__(self, sources: Sources, *, traced: bool = False, general: Compiler | None = None) -> None:
        self._sources = sources
        self._traced = traced
        self._general = general
        self.narrows = general is not None
        """Whether it makes variants for segments that hold something in the same fields."""
        self._over_segment = PlainSegmentAccess if general else SegmentAccess
        self._over_value = PlainValueAccess if general else ValueAccess
        self._namespace = base_namespace()
        self._made: dict[tuple[str, str], str] = {}
        self._lines: dict[Mark, int] = general._lines if general else {}
        self._shared: dict[Hashable, Any] = {}
        self._variants_of: dict[Read, dict[int, Read]] = {}
        """The variants for values of plain messages, by number of components."""
        self._likely: dict[str, str] = {}
        """The names of these, by those of the functions that choose among them."""
        self._variants = 0
        self._bodies: dict[Make, nodes.Body] = {}
        """The statements of the functions that were narrowed last, of those that make resources."""

    def mark_of(self, trace: TracebackType | None) -> Mark | None:
        """The place of the mapping that was running when an exception passed, None when none was."""
        line = 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILE:
                line = trace.tb_lineno
            trace = trace.tb_next
        return next((mark for mark, number in self._lines.items() if number == line), None)

    def shared(self, key: Hashable, make_it: Callable[[], Any]) -> Any:
        """An object that is the same for the same key; None is the key of nothing else."""
        if key is None:
            return make_it()
        if key not in self._shared:
            self._shared[key] = make_it()
        return self._shared[key]

    def deferred(self, key: Hashable, compile_it: Callable[[], F]) -> Deferred[F]:
        """A function to be compiled when it is needed, shared by key."""
        made: Deferred[F] = self.shared(key, lambda: Deferred(compile_it))
        return made

    def make(self, shape: Shape) -> Make:
        """The function `(*inputs, *many, scene, ids)` that names a resource and builds it."""
        made: Make = self._over_segments(self._make(shape))
        return made

    def narrow_make(self, shape: Shape, told: Told) -> Make:
        """The same for segments that hold something in these fields."""
        made: Make
        written, made, _ = self._narrow(self._make(shape), told)
        if len(self._bodies) >= MOST_BODIES:
            del self._bodies[next(iter(self._bodies))]
        self._bodies[made] = written
        return made

    def _make(self, shape: Shape) -> Job:
        def write(access: SegmentAccess) -> nodes.Body:
            return [
                *write_names(shape.type, shape.identity, access),
                *self._built(shape, access, _start(shape.type)),
                nodes.give(*(name(one) for one in ("called", "counted", "body", "deleted", "inferred"))),
            ]

        return Job(f"make {shape.type}", shape.inputs, shape.many, "ids", write)

    def _late(self, shape: Shape) -> Job:
        def write(access: SegmentAccess) -> nodes.Body:
            built = self._built(shape, access, ast.Dict([], []))
            return [*built, nodes.give(name("body"), name("deleted"), name("inferred"))]

        return Job(f"refer {shape.type}", shape.inputs, shape.many, "refs", write)

    def late(self, shape: Shape) -> Late:
        """The function `(*inputs, *many, scene, refs)` that builds what refers to other resources."""
        made: Late = self._over_segments(self._late(shape))
        return made

    def narrow_late(self, shape: Shape, told: Told) -> Late | None:
        """The same for segments that hold something in these fields; None where nothing refers to others then."""
        _, made, facts = self._narrow(self._late(shape), told)
        return None if facts.get("body") is FALSE else made

    def _built(self, shape: Shape, access: SegmentAccess, start: ast.expr) -> nodes.Body:
        writer = self._writer(access)
        filled = writer.write(shape.tree, "body", is_resource=True)
        inferred = inferred_of(shape.tree)
        added = [one for part in shape.parts for one in write_part(part, access, writer, inferred, traced=self._traced)]
        undone = [write_undoing(one, shape.type, access) for one in shape.undoes]
        return [*_begin(start), *filled, *added, *self._erasing(shape.tree, access), *undone]

    def test(self, inputs: Sequence[str], many: Sequence[str], condition: Condition) -> Test:
        """The function `(*inputs, *many, scene)` that tells whether a condition holds."""
        made: Test = self._over_segments(asking(inputs, many, condition))
        return made

    def narrow_test(self, inputs: Sequence[str], many: Sequence[str], condition: Condition, told: Told) -> Test | bool:
        """The same for segments that hold something in these fields, or what it always tells then."""
        _, made, facts = self._narrow(asking(inputs, many, condition), told)
        known = facts.get("holds")
        return made if known is None else bool(known.value)

    def function(self, title: str, parameters: Sequence[str], write: Callable[[Bind], nodes.Body]) -> Any:
        """A function that `write` gives the statements of; it is given what names objects."""
        return self._define(title, parameters, write(self.bind))

    def may_narrow(self) -> bool:
        """Whether one more variant may be compiled; it is counted."""
        self._variants += 1
        return self._variants <= MOST_VARIANTS

    def _over_segments(self, job: Job) -> Any:
        written, access = self._write(job)
        return self._define(job.title, job.parameters, [*access.prelude(job.inputs), *written])

    def _narrow(self, job: Job, told: Told) -> tuple[nodes.Body, Any, Facts]:
        """For segments that hold something in these fields: statements, their function, what is known in the end."""
        written, access = self._write(job)
        filled = fill(job.inputs, job.many, access.fields(job.inputs), told)
        body = narrowed(written, filled._replace(likely=self._likely))
        return body, self._define(job.title, job.parameters, body), filled.facts

    def body_of(self, function: Make) -> nodes.Body | None:
        """The statements of a function that makes a resource of such segments; None of one of long ago, or another."""
        return self._bodies.get(function)

    def _write(self, job: Job) -> tuple[nodes.Body, SegmentAccess]:
        counting = self._over_segment()
        job.write(counting)
        access = self._over_segment(counting.hoist.count)
        return access.hoist.place(job.write(access), job.inputs, access.few(job.inputs)), access

    def datatype(self, name: str, *, parted: bool) -> str:
        """The name of the function of a datatype mapping: `(value, scene, where)` for a whole field of a plain message.

        `parted` of the one that is told what parts its value: `(value, outer, inner, scene, where)`.
        """
        kind = "parted" if parted else "datatype"
        made = self._made.get((kind, name))
        if made is None:
            made = self._made[kind, name] = f"made_{len(self._made)}"
            read = self._namespace[made] = self._read(self._sources.datatypes[name], parted=parted)
            if read in self._variants_of:
                self._likely[made] = self.bind(self._variants_of[read])
        return made

    def _read(self, mapping: Mapping, *, parted: bool) -> Callable[..., Body | None]:
        """The function of a datatype mapping; of a plain field it may remember what it made."""
        if parted and self._general:
            return _later(self._general, mapping.name)
        read = self._datatype(mapping)
        if self._general and is_searching(mapping, self._sources):
            return within_message(mapping.name, read)
        return remembering(read) if self._general and is_embedding_alone(mapping, self._sources) else read

    def table(self, name: str, kind: str) -> str:
        """The name of a table in the shape of a FHIR type."""
        made = self._made.get((name, kind))
        if made is None:
            made = self._made[name, kind] = f"table_{len(self._made)}"
            self._namespace[made] = shape_table(self._sources.tables[name], kind)
        return made

    def made(self, name: str) -> Callable[..., Body | None]:
        """The function `(value, outer, inner, scene, where)` of a datatype mapping itself."""
        function: Callable[..., Body | None] = self._namespace[self.datatype(name, parted=True)]
        return function

    def takes_sent(self, name: str) -> bool:
        """Whether a value of a plain message may be looked up in a table as it is sent: its codes are read as sent."""
        table = self._sources.tables[name]
        return not table.match and not any(code != code.strip() or set(SIGNS) & set(code) for code in table.codes)

    def takes_any(self, name: str) -> bool:
        """Whether a Coding or concept may be made of a code as it was sent: of what is no place it may not."""
        return not self._sources.tables[name].match

    def may_miss(self, name: str) -> bool:
        """Whether codes are noted that a table does not hold."""
        return not self._sources.tables[name].partial

    def memory(self, name: str, table: str | None) -> str:
        """The name of the memory of what a datatype mapping and a table make of a field, "" for one that has none."""
        if self._traced or not is_shared(self._sources.datatypes[name]):
            return ""
        made = self._made.get((f"memory {name}", table or ""))
        if made is None:
            made = self._made[f"memory {name}", table or ""] = self.bind(Memory())
        return made

    def is_missing(self, name: str, table: str | None) -> bool:
        """Whether what a datatype mapping and a table make of a field may note codes that no table holds."""
        return may_miss(self._sources.datatypes[name], table, self._sources.tables)

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
        if is_resource(mapping.type) and mapping.identity:
            return self._embedded(mapping, tree)

        def write(access: ValueAccess) -> nodes.Body:
            filled = self._writer(access).write(tree, "made", is_resource=False)
            whole = nodes.either(name("made"), name("made"), constant(None))
            value = nodes.method(name("made"), "get", constant(CONTENT))
            return [
                assign("made", ast.Dict([], [])),
                *filled,
                nodes.give(value if is_primitive(mapping.type) else whole),
            ]

        return self._of_value(mapping, write)

    def _embedded(self, mapping: Mapping, tree: Branch) -> Callable[..., Body | None]:
        """The function of a datatype mapping that makes a resource of a field, and gives the reference to it."""
        ((early, late),) = split(mapping.type, [tree])
        shown, _ = grow("Reference", mapping.display, mapping.mark)
        separators = {"outer": constant(STANDARD.component), "inner": constant(STANDARD.subcomponent)}
        known = separators if self._general else {}

        def write(access: ValueAccess) -> nodes.Body:
            writer = self._writer(access)
            reference = [assign("shown", ast.Dict([], [])), *writer.write(shown, "shown", is_resource=False)]
            nothing = nodes.give(nodes.either(name("shown"), name("shown"), constant(None)))
            filled = writer.write(early, "body", is_resource=True)
            made = call("embed", name(embedding), *(known.get(one, name(one)) for one in (*EMBEDDED, *VALUE)))
            return [
                *(*write_names(mapping.type, mapping.identity, access), *reference, when(none("called"), [nothing])),
                *(*_begin(_start(mapping.type)), *filled, *self._erasing(early, access), nodes.give(made)),
            ]

        embedding = self.bind(Embedding(mapping.name, mapping.type, self._late_value(mapping, late)))
        return self._of_value(mapping, write)

    def _late_value(self, mapping: Mapping, late: Branch) -> Late | None:
        """The function `(value, outer, inner, scene, where, refs)` for what refers to other resources."""

        def write(access: ValueAccess) -> nodes.Body:
            filled = compiler._writer(access).write(late, "body", is_resource=True)
            given = nodes.give(name("body"), name("deleted"), name("inferred"))
            return [*_begin(ast.Dict([], [])), *filled, *compiler._erasing(late, access), given]

        compiler = self._general or self
        if not late.entries:
            return None
        made: Late = compiler._over(f"refer {mapping.name}", (*VALUE, "refs"), write)
        return made

    def _of_value(self, mapping: Mapping, write: WriteValue) -> Callable[..., Body | None]:
        if self._general is None:
            made: Callable[..., Body | None] = self._over(mapping.name, VALUE, write)
            return made
        general = self._over(mapping.name, PLAIN_VALUE, write)
        parted = self._namespace[self.datatype(mapping.name, parted=True)]
        telling = telling_components(value_trees(mapping))
        variants = Variants[bytes, Read](lambda held: self._narrow_value(mapping.name, write, held, telling, known))
        known = Known(general, variants, telling)
        read = reading(known, parted, telling)
        if not telling:
            self._variants_of[read] = known.likely
        return read

    def _narrow_value(
        self, title: str, write: WriteValue, held: bytes, telling: tuple[int, ...], known: Known
    ) -> Callable[..., Body | None] | None:
        """The function of a datatype mapping for values that hold something in these components alone."""
        if not self.may_narrow():
            return None
        written, access = self._write_value(write)
        filled = fill_value(access.components, held, telling)
        asked = write_asking(access.components, mask_of(held), filled.facts, self.bind(known.read))
        body = narrowed(written, filled)
        made: Callable[..., Body | None] = self._define(title, PLAIN_VALUE, [*asked, *body])
        return made

    def _over(self, title: str, parameters: Sequence[str], write: WriteValue) -> Any:
        written, access = self._write_value(write)
        return self._define(title, parameters, [*access.prelude(), *written])

    def _write_value(self, write: WriteValue) -> tuple[nodes.Body, ValueAccess]:
        counting = self._over_value()
        write(counting)
        access = self._over_value(counting.hoist.count)
        return access.hoist.place(write(access), ("",)), access

    def _writer(self, access: Access) -> TreeWriter:
        return TreeWriter(access, self, self.bind, self.line, traced=self._traced)

    def _erasing(self, tree: Branch, access: Access) -> nodes.Body:
        """Plain messages hold no HL7 null."""
        return [] if self._general else write_erasing(tree, access)

    def _define(self, title: str, parameters: Sequence[str], body: nodes.Body) -> Any:
        made = f"function_{len(self._namespace)}"
        definition = nodes.define(made, parameters, body)
        nodes.locate(definition)
        exec(compile(ast.Module([definition], []), FILE, "exec"), self._namespace)  # noqa: S102 - nodes of our own making, see above
        function = self._namespace[made]
        function.__qualname__ = title
        return function


def _later(general: Compiler, datatype: str) -> Callable[..., Body | None]:
    """A function of the code for any message, compiled when it is first called."""

    def read(*arguments: object) -> Body | None:
        return general.made(datatype)(*arguments)

    return read


def _start(kind: str) -> ast.expr:
    return ast.Dict([constant("resourceType"), constant("id")], [constant(kind), constant("")])


def _begin(start: ast.expr) -> nodes.Body:
    nothing = ast.Tuple([], ast.Load())
    return [assign("inferred", nothing), assign("deleted", nothing), assign("body", start)]
