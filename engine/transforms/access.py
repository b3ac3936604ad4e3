"""How compiled code reads paths: the fields of the segments it is given, or the components of one value."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from engine.language.path import EVERY, FieldPath
from engine.transforms import nodes
from engine.transforms.hoist import Hoist
from engine.transforms.nodes import Body, call, constant, name
from engine.transforms.values import TYPES

FIRST = 1
FEW = 2
"""So many fields of a segment are each taken where they are first needed."""

Part = tuple[ast.expr, ...]
"""A value as sent, and the separators of its parts and of their parts; a whole field of a plain message needs none."""


class Access(Protocol):
    """Where the paths of a mapping lead to, as expressions over the locals of the function that is being written."""

    is_plain: bool
    """Whether the function is for plain messages alone."""

    def raw(self, path: FieldPath) -> ast.expr:
        """What the path reads as sent: a whole field with all its repetitions, or a component."""

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        """The first value at the path as clean text; with `of`, of that local, which holds one repetition."""

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        """The first value at the path as clean text, with the separators that stand in it."""

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        """The first value at the path as one of the language's own types, None where it is none or empty."""

    def part(self, path: FieldPath, of: str = "") -> Part:
        """The first value at the path as sent, for a datatype mapping."""

    def key(self, path: FieldPath, of: str = "") -> ast.expr | None:
        """What stands at the path as sent, if it may be looked up in a table before it is read as text."""

    def valued(self, path: FieldPath) -> ast.expr:
        """Whether the path holds anything but separators, blanks and HL7 nulls."""

    def repetitions(self, path: FieldPath) -> ast.expr:
        """The repetitions of the path's field as sent."""

    def position(self, path: FieldPath) -> ast.expr:
        """What a fault calls the path."""

    def sent(self, path: FieldPath) -> str:
        """The local that holds the path's field, or component, as sent."""


class SegmentAccess:
    """Fields of segments; each is taken out of its list once."""

    is_plain = False

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.hoist = Hoist(counted)
        self._fields: dict[str, dict[int, str]] = {}

    def prelude(self, segments: tuple[str, ...]) -> Body:
        """The statements that put the fields read of these segments into locals."""
        taken = [(segment, self._sorted(segment)) for segment in segments]
        return [_take(segment, fields) for segment, fields in taken if len(fields) > FEW]

    def few(self, segments: tuple[str, ...]) -> dict[str, ast.expr]:
        """What else is read of these segments, field by field: of those of which little is read."""
        taken = [(segment, self._sorted(segment)) for segment in segments]
        return {
            local: nodes.either(_reaches(call("len", name(segment)), number), nodes.item(segment, number), constant(""))
            for segment, fields in taken
            if len(fields) <= FEW
            for number, local in fields
        }

    def fields(self, segments: tuple[str, ...]) -> dict[str, list[tuple[int, str]]]:
        """The fields read of these segments, and the local that each is put into."""
        return {segment: self._sorted(segment) for segment in segments}

    def raw(self, path: FieldPath) -> ast.expr:
        if path.repetition in (EVERY, FIRST):
            return name(self._local(path))
        return call("repetition", name(self._local(path)), constant(path.repetition), name("scene"))

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        value = self._text(path, name(of) if of else self.raw(path))
        if of or path.component not in (None, 1) or path.subcomponent:
            return value  # mostly asked for behind a condition, so that it costs nothing where that fails
        return self.hoist.use(spell("t", path), value)

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        if path.component is not None:
            return call("clean", self.part(path, of)[0], name("scene"))
        return call("whole", name(of) if of else self.raw(path), name("scene"))

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        value = self.whole(path, of) if TYPES[kind].whole else self.text(path, of)
        found = nodes.read(kind, value, zoned=TYPES[kind].zoned)
        return found if of else self.hoist.use(spell(kind, path), found)

    def part(self, path: FieldPath, of: str = "") -> Part:
        value = name(of) if of else self.raw(path)
        component, subcomponent = nodes.attribute("scene", "component"), nodes.attribute("scene", "subcomponent")
        if path.component is None:
            return (name(of) if of else call("first", value, name("scene"))), component, subcomponent
        inner = call("raw_component", value, constant(path.component), name("scene"))
        return inner, subcomponent, name("NEVER")

    def key(self, path: FieldPath, of: str = "") -> ast.expr | None:
        return None

    def valued(self, path: FieldPath) -> ast.expr:
        raw = self.raw(path)
        valued = call("is_valued", raw, name("scene"))
        return nodes.every([raw, valued]) if isinstance(raw, ast.Name) else valued

    def repetitions(self, path: FieldPath) -> ast.expr:
        return nodes.method(name(self._local(path)), "split", nodes.attribute("scene", "repetition"))

    def position(self, path: FieldPath) -> ast.expr:
        return constant(str(path))

    def sent(self, path: FieldPath) -> str:
        return self._local(path)

    def _local(self, path: FieldPath) -> str:
        fields = self._fields.setdefault(path.segment, {})
        return fields.setdefault(path.field, f"{path.segment}_{path.field}")

    def _sorted(self, segment: str) -> list[tuple[int, str]]:
        return sorted(self._fields.get(segment, {}).items())

    def _text(self, path: FieldPath, value: ast.expr) -> ast.expr:
        if path.component in (None, 1) and path.subcomponent is None:
            return nodes.plain_or(value, call("text", value, name("scene")))
        if path.subcomponent is None:
            return call("component", value, constant(path.component), name("scene"))
        return call("subcomponent", value, constant(path.component), constant(path.subcomponent), name("scene"))


class ValueAccess:
    """Components of one value, which is split once; the path `.` is the value itself."""

    is_plain = False

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.hoist = Hoist(counted)
        self._components: dict[int, str] = {}

    def prelude(self) -> Body:
        """The statements that split the value and put what is read of it into locals."""
        return [
            *self._split(),
            nodes.assign("n_parts", call("len", name("parts"))),
            *_take_half("parts", self.components),
        ]

    @property
    def components(self) -> list[tuple[int, str]]:
        """The components read, counted from 0, and the local that each is put into."""
        return [(number - 1, local) for number, local in sorted(self._components.items())]

    def raw(self, path: FieldPath) -> ast.expr:
        return name(self.sent(path))

    def sent(self, path: FieldPath) -> str:
        number = path.component
        return "value" if number is None else self._components.setdefault(number, f"c_{number}")

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        path = first_of(path)
        return self.hoist.use(spell("t", path), self._text(path))

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        return call("clean", self.raw(path), name("scene"))

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        value = self.whole(path) if TYPES[kind].whole else self.text(path)
        found = nodes.read(kind, value, zoned=TYPES[kind].zoned)
        return self.hoist.use(spell(kind, path), found)

    def part(self, path: FieldPath, of: str = "") -> Part:
        if path.component is None:
            return name("value"), name("outer"), name("inner")
        return self.raw(path), name("inner"), name("NEVER")

    def key(self, path: FieldPath, of: str = "") -> ast.expr | None:
        return None

    def valued(self, path: FieldPath) -> ast.expr:
        return nodes.every([self.raw(path), call("is_valued", self.raw(path), name("scene"))])

    def repetitions(self, path: FieldPath) -> ast.expr:
        return ast.List([self.raw(path)], ast.Load())

    def position(self, path: FieldPath) -> ast.expr:
        return ast.BinOp(name("where"), ast.Add(), constant(str(path)))

    def _split(self) -> Body:
        return [nodes.assign("parts", nodes.method(name("value"), "split", name("outer")))]

    def _text(self, path: FieldPath) -> ast.expr:
        if path.subcomponent is None:
            found = call("inner_text", self.raw(path), name("inner"), name("scene"))
            return nodes.plain_or(self.raw(path), found)
        found = call("inner_part", self.raw(path), constant(path.subcomponent), name("inner"), name("scene"))
        if path.subcomponent == 1:
            return nodes.plain_or(self.raw(path), found)
        return nodes.either(nodes.compare(name("inner"), ast.In(), self.raw(path)), found, constant(""))


def _take(segment: str, fields: Sequence[tuple[int, str]]) -> ast.stmt:
    """The statement that takes fields out of a segment; one that is absent costs next to nothing."""
    length = nodes.assign(f"n_{segment}", call("len", name(segment)))
    return nodes.when(name(segment), [length, *_take_half(segment, fields)], _absent(fields))


def _take_half(segment: str, fields: Sequence[tuple[int, str]]) -> Body:
    """Ask how long the segment is as seldom as may be: where it reaches the middle one, the first half is there."""
    if not fields:
        return []
    middle = len(fields) // 2
    here, behind = fields[: middle + 1], fields[middle + 1 :]
    there = _reaches(name(f"n_{segment}"), here[-1][0])
    taken = [nodes.assign(local, nodes.item(segment, number)) for number, local in here]
    missing = [*_take_half(segment, here[:-1]), *_absent(fields[middle:])]
    return [nodes.when(there, [*taken, *_take_half(segment, behind)], missing)]


def _reaches(length: ast.expr, number: int) -> ast.expr:
    return nodes.compare(length, ast.Gt(), constant(number))


def _absent(fields: Sequence[tuple[int, str]]) -> Body:
    return [nodes.assign_all([local for _, local in fields], constant(""))]


def first_of(path: FieldPath) -> FieldPath:
    """The component whose text is that of a path: of `.` the first."""
    return path if path.component else replace(path, component=1)


def spell(kind: str, path: FieldPath) -> str:
    """The local for what is read at a path: one for each reading, its segment in the middle."""
    return f"{kind}_{path.segment}_{path.field}_{path.repetition}_{path.component or 1}_{path.subcomponent or 0}"
