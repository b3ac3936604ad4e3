"""Right sides as statements of compiled code: each leaves what it gives in a local, None or empty for nothing."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from engine.canonical.r4 import Element, is_primitive
from engine.language.condition import Condition, Reads
from engine.language.path import EVERY
from engine.language.term import Source, Term
from engine.transforms import nodes
from engine.transforms.access import Access
from engine.transforms.conditions import write_condition
from engine.transforms.nodes import Body, assign, call, constant, name, none, when
from engine.transforms.shapes import Shapes
from engine.transforms.values import TYPES

TEXTS = frozenset({"string", "markdown", "xhtml"})


@dataclass(frozen=True, slots=True)
class Target:
    """The element that a source fills, and the local that takes the value."""

    element: Element
    local: str


class SourceWriter:
    """Writes the right sides of one function."""

    def __init__(self, access: Access, shapes: Shapes) -> None:
        self._access = access
        self._shapes = shapes

    def write(self, source: Source, target: Target) -> Body:
        """The statements that leave the source's value, its default not counted, in the target's local."""
        if target.element.is_list:
            return [assign(target.local, ast.List([], ast.Load())), *self._gather(source, target)]
        if _encodes(source):
            text = call("lines", self._access.raw(source.terms[0].path), name("scene"))
            read = nodes.read("encoded", name(target.local), zoned=False)
            return [assign(target.local, text), assign(target.local, read)]
        if _joins(source, target):
            gathered = Target(target.element, f"{target.local}_all")
            joint = " " if source.gathers else "\n"
            joined = nodes.method(constant(joint), "join", name(gathered.local))
            empty = assign(gathered.local, ast.List([], ast.Load()))
            return [empty, *self._gather(source, gathered), assign(target.local, joined)]
        body: Body = [assign(target.local, constant(None))]
        for index, term in enumerate(source.terms):
            found = self._single(source, term, target)
            body += [when(nodes.negate(given(target)), found)] if index else found
        return body

    def simple(self, source: Source, condition: Condition | None, target: Target, stored: Body) -> Body | None:
        """The statements that also store the value, and do nothing for an empty field; None for more than one term."""
        term = source.terms[0]
        if len(source.terms) > 1:
            return None
        if target.element.is_list:
            body = self._listed(source, term, target, stored)
        elif _joins(source, target) or (term.path.repetition == EVERY and term.path.segment):
            return None
        elif _asks_itself(condition, source):
            read = assign(target.local, self._access.read(term.path, term.type or ""))
            return [when(self._access.raw(term.path), [read, when(given(target), stored)])]
        else:
            body = [*self._read(source, term, target), when(given(target), stored)]
        body = [when(write_condition(condition, self._access), body)] if condition else body
        return [when(self._access.raw(term.path), body)]

    def _listed(self, source: Source, term: Term, target: Target, stored: Body) -> Body:
        if term.path.repetition == EVERY and term.path.segment:
            listed = [assign(target.local, ast.List([], ast.Load())), *self._repeated(source, term, target)]
            return [*self._alone(source, term, target, listed), when(name(target.local), stored)]
        one = Target(target.element, f"{target.local}_one")
        alone = assign(target.local, ast.List([name(one.local)], ast.Load()))
        return [*self._read(source, term, one), when(given(one), [alone, *stored])]

    def _alone(self, source: Source, term: Term, target: Target, listed: Body) -> Body:
        """What the table holds for the field as it is sent, which is then one repetition; else what is listed."""
        sent = self._access.key(term.path)
        coded = term.type is None or term.is_built_in
        if not (source.table and coded and sent is not None and self._shapes.takes_sent(source.table)):
            return listed
        held = nodes.method(name(self._shapes.table(source.table, target.element.type)), "get", sent)
        return [
            assign(target.local, held),
            when(name(target.local), [assign(target.local, ast.List([name(target.local)], ast.Load()))], listed),
        ]

    def _gather(self, source: Source, target: Target) -> Body:
        body: Body = []
        for index, term in enumerate(source.terms):
            found = self._repeated(source, term, target)
            first = index == 0 or source.gathers
            body += found if first else [when(nodes.negate(given(target)), found)]
        return body

    def _repeated(self, source: Source, term: Term, target: Target) -> Body:
        """The values of one term, each appended to the target's list."""
        one = Target(target.element, f"{target.local}_one")
        kept = when(given(one), [nodes.do(nodes.method(name(target.local), "append", name(one.local)))])
        if term.path.repetition != EVERY or not term.path.segment:
            return [when(self._access.raw(term.path), [*self._read(source, term, one), kept])]
        body = [*self._read(source, term, one, "one"), kept]
        loop = nodes.each("one", self._access.repetitions(term.path), [when(name("one"), body)])
        return [when(self._access.raw(term.path), [loop])]

    def _single(self, source: Source, term: Term, target: Target) -> Body:
        if term.path.repetition == EVERY and term.path.segment:
            body = self._read(source, term, target, "one")
            loop = nodes.each("one", self._access.repetitions(term.path), [when(name("one"), [*body, *_stop(target)])])
            return [when(self._access.raw(term.path), [loop])]
        return [when(self._access.raw(term.path), self._read(source, term, target))]

    def _read(self, source: Source, term: Term, target: Target, of: str = "") -> Body:
        """One value of a term, read as its type and translated."""
        if term.type is None or term.is_built_in:
            return self._text(source, term, target, of)
        return self._datatype(source, term, target, of)

    def _datatype(self, source: Source, term: Term, target: Target, of: str) -> Body:
        part = self._access.part(term.path, of)
        function = self._shapes.datatype(term.type or "", parted=len(part) > 1)
        made = call(function, *part, name("scene"), self._access.position(term.path))
        body: Body = [assign(target.local, made)]
        if source.table and is_primitive(target.element.type):
            translated = self._translated(source.table, target)
            return [*body, when(name(target.local), [assign(target.local, translated)])]
        if source.table:
            translated = call("translate", name(target.local), name(self._shapes.table(source.table, "Coding")))
            body.append(when(name(target.local), [assign(target.local, translated)]))
        noted = source.table is not None and self._shapes.may_miss(source.table)
        note: Body = [nodes.do(call("note_unmapped", name(target.local), name("scene")))] if noted else []
        seen = self._shapes.memory(term.type or "", source.table) if term.path.component is None else ""
        misses = bool(seen) and self._shapes.is_missing(term.type or "", source.table)
        return self._remembered(seen, misses, term, target, of, [*body, *note]) if seen else [*body, *note]

    def _remembered(self, seen: str, misses: bool, term: Term, target: Target, of: str, body: Body) -> Body:
        """What was made of the same text before, else what `body` makes of it, which is remembered."""
        raw = name(of) if of else self._access.raw(term.path)
        found = nodes.method(name(seen), "get", raw)
        if not self._access.is_plain:
            found = nodes.either(nodes.attribute("scene", "is_standard"), found, constant(None))
        kept = (name(seen), raw, name(target.local), name("scene"))
        if not misses:
            return [assign(target.local, found), when(none(target.local), [*body, nodes.do(call("keep", *kept))])]
        noted = assign("noted", call("len", nodes.attribute("scene", "misses")))
        fresh = when(none(target.local), [noted, *body, nodes.do(call("keep", *kept, name("noted")))])
        again = assign(target.local, call("recall", name(seen), raw, name("scene")))
        return [assign(target.local, found), when(none(target.local), [again, fresh])]

    def _text(self, source: Source, term: Term, target: Target, of: str) -> Body:
        kind = TYPES[term.type or "string"]
        sent = None if kind.whole or term.pieces else self._access.key(term.path, of)
        if source.table and sent is not None and self._shapes.takes_sent(source.table):
            return self._looked_up(source.table, sent, target)
        if sent is not None and kind.remembers and not source.table:
            refused = nodes.do(call("refuse_sent", sent, self._access.position(term.path), constant(term.type)))
            read = assign(target.local, self._access.read(term.path, term.type or "", of))
            return [read, when(none(target.local), [refused])]
        value = self._access.whole(term.path, of) if kind.whole else self._access.text(term.path, of)
        value = self._together(term, of) if term.pieces else value
        if term.pieces and term.type and not source.table:
            return [assign(target.local, nodes.read(term.type, value, zoned=kind.zoned))]
        if source.table:
            translated = assign(target.local, self._translated(source.table, target))
            nothing = assign(target.local, constant(None))
            return [assign(target.local, value), when(name(target.local), [translated], [nothing])]
        if term.type is None or kind.read is TYPES["text"].read:
            return [assign(target.local, value)]
        refused = nodes.do(call("refuse", self._access.position(term.path), constant(term.type)))
        broken = nodes.every([none(target.local), value])
        return [assign(target.local, self._access.read(term.path, term.type, of)), when(broken, [refused])]

    def _together(self, term: Term, of: str) -> ast.expr:
        """A text put together of pieces, empty where one of its paths is."""
        texts = {path: self._access.text(path, of if path.repetition == EVERY else "") for path in term.paths}
        pieces = [constant(one) if isinstance(one, str) else texts[one] for one in term.pieces]
        joined = nodes.method(constant(""), "join", ast.Tuple(pieces, ast.Load()))
        return nodes.either(nodes.every(list(texts.values())), joined, constant(""))

    def _looked_up(self, table: str, sent: ast.expr, target: Target) -> Body:
        """What the table holds for the value as it is sent, else for the text that it is."""
        kind = target.element.type
        codes = name(self._shapes.table(table, kind))
        held = nodes.method(codes, "get", sent)
        else_held = call("look_up", codes, sent, constant(_as_sent(kind)), name("scene"))
        return [assign(target.local, held), when(nodes.negate(name(target.local)), [assign(target.local, else_held)])]

    def _translated(self, table: str, target: Target) -> ast.expr:
        kind = target.element.type
        codes = self._shapes.table(table, kind)
        held = nodes.compare(name(target.local), ast.In(), name(codes))
        absent = call("missing", name(codes), name(target.local), name("scene"))
        found = nodes.either(held, nodes.entry(codes, target.local), absent)
        key = _as_sent(kind) if self._shapes.takes_any(table) else ""
        return nodes.some([found, ast.Dict([constant(key)], [name(target.local)])]) if key else found


def _as_sent(kind: str) -> str:
    """The element that takes a code as it was sent when a table does not hold it, "" for what takes none."""
    return "" if is_primitive(kind) else "text" if kind == "CodeableConcept" else "code"


def _asks_itself(condition: Condition | None, source: Source) -> bool:
    """Whether the condition is that the value can be read as what it is read as: then a broken one is passed over."""
    term = source.terms[0]
    asked = isinstance(condition, Reads) and (condition.path, condition.type) == (term.path, term.type)
    return asked and source.table is None and not term.pieces


def _joins(source: Source, target: Target) -> bool:
    """Whether several texts become one: gathered with blanks, repetitions with line breaks."""
    if source.table or target.element.type not in TEXTS:
        return False
    every = any(term.path.repetition == EVERY and term.path.segment for term in source.terms)
    return every or (source.gathers and len(source.terms) > 1)


def _encodes(source: Source) -> bool:
    """Whether all that a field holds, its repetitions as lines, becomes one text in Base64."""
    path = source.terms[0].path
    every = path.repetition == EVERY and bool(path.segment) and path.component is None
    return every and source.terms[0].type == "encoded" and len(source.terms) == 1


def given(target: Target) -> ast.expr:
    """Whether the local holds a value: false and 0 are values."""
    if target.element.type in ("boolean", "decimal", "integer", "unsignedInt"):
        return nodes.negate(none(target.local))
    return name(target.local)


def _stop(target: Target) -> Body:
    return [when(given(target), [ast.Break()])]
