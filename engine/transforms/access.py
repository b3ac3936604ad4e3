"""How compiled code reads paths: the fields of the segments it is given, or the components of one value.

What a function reads more than once it reads into a local before anything else; so each function is written twice, the
first time to learn what that is.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Protocol

from engine.language.path import EVERY, FieldPath
from engine.transforms import nodes
from engine.transforms.nodes import Body, call, constant, name
from engine.transforms.values import TYPES

FIRST = 1
Part = tuple[ast.expr, ast.expr, ast.expr]


class Access(Protocol):
    """Where the paths of a mapping lead to, as expressions over the locals of the function that is being written."""

    def raw(self, path: FieldPath) -> ast.expr:
        """What the path reads as sent: a whole field with all its repetitions, or a component."""

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        """The first value at the path as clean text; with `of`, of that local, which holds one repetition."""

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        """The first value at the path as clean text, with the separators that stand in it."""

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        """The first value at the path as one of the language's own types, None where it is none or empty."""

    def part(self, path: FieldPath, of: str = "") -> Part:
        """The first value at the path as sent, and the separators of its parts and of their parts."""

    def repetitions(self, path: FieldPath) -> ast.expr:
        """The repetitions of the path's field as sent."""

    def position(self, path: FieldPath) -> ast.expr:
        """What a fault calls the path."""

    def sent(self, path: FieldPath) -> str:
        """The local that holds the path's field, or component, as sent."""


class Hoist:
    """Expressions that are used more than once, each put into a local."""

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.count: Counter[str] = Counter()
        self._counted = counted or Counter()
        self._made: dict[str, ast.expr] = {}

    def use(self, local: str, expression: ast.expr) -> ast.expr:
        """The expression itself, or the local that holds its value where it is used again."""
        self.count[local] += 1
        if self._counted[local] < 2:
            return expression
        self._made.setdefault(local, expression)
        return name(local)

    def prelude(self, prefixes: tuple[str, ...]) -> Body:
        """The statements that put into locals what belongs to these segments, in the order it was first used."""
        return [nodes.assign(local, made) for local, made in self._made.items() if local.split("_")[1] in prefixes]


class SegmentAccess:
    """Fields of segments; each is taken out of its list once."""

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.hoist = Hoist(counted)
        self._fields: dict[str, dict[int, str]] = {}

    def prelude(self, segments: tuple[str, ...]) -> Body:
        """The statements that put the fields read of these segments, and what is read of them again, into locals."""
        body: Body = []
        for segment in segments:
            length = f"n_{segment}"
            fields = sorted(self._fields.get(segment, {}).items())
            body += [nodes.assign(length, call("len", name(segment)))] if fields else []
            for number, local in fields:
                there = nodes.compare(name(length), ast.Gt(), constant(number))
                body.append(nodes.assign(local, nodes.either(there, nodes.item(segment, number), constant(""))))
        return [*body, *self.hoist.prelude(segments)]

    def raw(self, path: FieldPath) -> ast.expr:
        if path.repetition in (EVERY, FIRST):
            return name(self._local(path))
        return call("repetition", name(self._local(path)), constant(path.repetition), name("scene"))

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        value = self._text(path, name(of) if of else self.raw(path))
        if of or path.component not in (None, 1) or path.subcomponent:
            return (
                value  # a component is mostly asked for behind a condition, so that it costs nothing where that fails
            )
        return self.hoist.use(_spell(path), value)

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        if path.component is not None:
            return call("clean", self.part(path, of)[0], name("scene"))
        return call("whole", name(of) if of else self.raw(path), name("scene"))

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        value = self.whole(path, of) if TYPES[kind].whole else self.text(path, of)
        return nodes.read(kind, value, zoned=TYPES[kind].zoned)

    def part(self, path: FieldPath, of: str = "") -> Part:
        value = name(of) if of else self.raw(path)
        component, subcomponent = nodes.attribute("scene", "component"), nodes.attribute("scene", "subcomponent")
        if path.component is None:
            return (name(of) if of else call("first", value, name("scene"))), component, subcomponent
        inner = call("raw_component", value, constant(path.component), name("scene"))
        return inner, subcomponent, name("NEVER")

    def repetitions(self, path: FieldPath) -> ast.expr:
        return nodes.method(name(self._local(path)), "split", nodes.attribute("scene", "repetition"))

    def position(self, path: FieldPath) -> ast.expr:
        return constant(str(path))

    def sent(self, path: FieldPath) -> str:
        return self._local(path)

    def _local(self, path: FieldPath) -> str:
        fields = self._fields.setdefault(path.segment, {})
        return fields.setdefault(path.field, f"{path.segment}_{path.field}")

    def _text(self, path: FieldPath, value: ast.expr) -> ast.expr:
        if path.component in (None, 1) and path.subcomponent is None:
            return nodes.plain_or(value, call("text", value, name("scene")))
        if path.subcomponent is None:
            return call("component", value, constant(path.component), name("scene"))
        return call("subcomponent", value, constant(path.component), constant(path.subcomponent), name("scene"))


class ValueAccess:
    """Components of one value, which is split once; the path `.` is the value itself."""

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.hoist = Hoist(counted)
        self._components: dict[int, str] = {}

    def prelude(self) -> Body:
        """The statements that split the value, and put what is read of it, and read again, into locals."""
        body: Body = [
            nodes.assign("parts", nodes.method(name("value"), "split", name("outer"))),
            nodes.assign("n", call("len", name("parts"))),
        ]
        for number, local in sorted(self._components.items()):
            there = nodes.compare(name("n"), ast.GtE(), constant(number))
            body.append(nodes.assign(local, nodes.either(there, nodes.item("parts", number - 1), constant(""))))
        return [*body, *self.hoist.prelude(("",))]

    def raw(self, path: FieldPath) -> ast.expr:
        return name(self.sent(path))

    def sent(self, path: FieldPath) -> str:
        number = path.component
        return "value" if number is None else self._components.setdefault(number, f"c_{number}")

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        if path.component is None:
            return self.text(FieldPath("", component=1))
        if path.subcomponent is None:
            found = call("inner_text", self.raw(path), name("inner"), name("scene"))
            found = nodes.plain_or(self.raw(path), found)
        else:
            found = call("inner_part", self.raw(path), constant(path.subcomponent), name("inner"), name("scene"))
            if path.subcomponent == 1:
                found = nodes.plain_or(self.raw(path), found)
            else:
                found = nodes.either(nodes.compare(name("inner"), ast.In(), self.raw(path)), found, constant(""))
        return self.hoist.use(_spell(path), found)

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        return call("clean", self.raw(path), name("scene"))

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        value = self.whole(path) if TYPES[kind].whole else self.text(path)
        return nodes.read(kind, value, zoned=TYPES[kind].zoned)

    def part(self, path: FieldPath, of: str = "") -> Part:
        if path.component is None:
            return name("value"), name("outer"), name("inner")
        return self.raw(path), name("inner"), name("NEVER")

    def repetitions(self, path: FieldPath) -> ast.expr:
        return ast.List([self.raw(path)], ast.Load())

    def position(self, path: FieldPath) -> ast.expr:
        return ast.BinOp(name("where"), ast.Add(), constant(str(path)))


def _spell(path: FieldPath) -> str:
    """The local for the text of a path: one for each reading, its segment in the middle."""
    return f"t_{path.segment}_{path.field}_{path.repetition}_{path.component or 1}_{path.subcomponent or 0}"
