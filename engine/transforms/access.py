"""How compiled code reads paths: the fields of the segments it is given, or the components of one value."""

from __future__ import annotations

import ast
from typing import Protocol

from engine.language.path import EVERY, FieldPath
from engine.transforms import nodes
from engine.transforms.nodes import Body, call, constant, name

FIRST = 1


class Access(Protocol):
    """Where the paths of a mapping lead to, as expressions over the locals of the function that is being written."""

    def raw(self, path: FieldPath) -> ast.expr:
        """What the path reads as sent: a whole field with all its repetitions, or a component."""

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        """The first value at the path as clean text; with `of`, of that local, which holds one repetition."""

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        """The first value at the path as clean text, with the separators that stand in it."""

    def part(self, path: FieldPath, of: str = "") -> tuple[ast.expr, ast.expr, ast.expr]:
        """The first value at the path as sent, and the separators of its parts and of their parts."""

    def repetitions(self, path: FieldPath) -> ast.expr:
        """The repetitions of the path's field as sent."""

    def position(self, path: FieldPath) -> ast.expr:
        """What a fault calls the path."""


class SegmentAccess:
    """Fields of segments; each is taken out of its list once, before anything else."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[int, str]] = {}

    def prelude(self, segments: tuple[str, ...]) -> Body:
        """The statements that put the fields read of these segments into locals."""
        body: Body = []
        for segment in segments:
            length = f"n_{segment}"
            fields = sorted(self.fields.get(segment, {}).items())
            body += [nodes.assign(length, call("len", name(segment)))] if fields else []
            for number, local in fields:
                there = nodes.compare(name(length), ast.Gt(), constant(number))
                body.append(nodes.assign(local, nodes.either(there, nodes.item(segment, number), constant(""))))
        return body

    def raw(self, path: FieldPath) -> ast.expr:
        if path.repetition in (EVERY, FIRST):
            return name(self._local(path))
        return call("repetition", name(self._local(path)), constant(path.repetition), name("scene"))

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        value = name(of) if of else self.raw(path)
        if path.component is None:
            return call("text", value, name("scene"))
        if path.subcomponent is None:
            return call("component", value, constant(path.component), name("scene"))
        return call("subcomponent", value, constant(path.component), constant(path.subcomponent), name("scene"))

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        if path.component is not None:
            return call("clean", self.part(path, of)[0], name("scene"))
        return call("whole", name(of) if of else self.raw(path), name("scene"))

    def part(self, path: FieldPath, of: str = "") -> tuple[ast.expr, ast.expr, ast.expr]:
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

    def local(self, segment: str, number: int) -> str:
        """The local that holds a field."""
        return self.fields.setdefault(segment, {}).setdefault(number, f"{segment}_{number}")

    def _local(self, path: FieldPath) -> str:
        return self.local(path.segment, path.field)


class ValueAccess:
    """Components of one value, which is split once."""

    def __init__(self) -> None:
        self.components: dict[int, str] = {}

    def prelude(self) -> Body:
        """The statements that split the value and put the components read into locals."""
        body: Body = [
            nodes.assign("parts", nodes.method(name("value"), "split", name("outer"))),
            nodes.assign("n", call("len", name("parts"))),
        ]
        for number, local in sorted(self.components.items()):
            there = nodes.compare(name("n"), ast.GtE(), constant(number))
            body.append(nodes.assign(local, nodes.either(there, nodes.item("parts", number - 1), constant(""))))
        return body

    def raw(self, path: FieldPath) -> ast.expr:
        number = path.component or 1
        return name(self.components.setdefault(number, f"c_{number}"))

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        if path.subcomponent is None:
            return call("inner_text", self.raw(path), name("inner"), name("scene"))
        return call("inner_part", self.raw(path), constant(path.subcomponent), name("inner"), name("scene"))

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        return call("clean", self.raw(path), name("scene"))

    def part(self, path: FieldPath, of: str = "") -> tuple[ast.expr, ast.expr, ast.expr]:
        return self.raw(path), name("inner"), name("NEVER")

    def repetitions(self, path: FieldPath) -> ast.expr:
        return ast.List([self.raw(path)], ast.Load())

    def position(self, path: FieldPath) -> ast.expr:
        return ast.BinOp(name("where"), ast.Add(), constant(str(path)))
