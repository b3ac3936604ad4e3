r"""How compiled code reads a plain message: one in the standard delimiters that holds no escape and no HL7 null.

Its text is what stands between delimiters, without the blanks around it; so most values are read without a call. A
datatype mapping reads no value here that has subcomponents: such a one goes to the code for any message.
"""

from __future__ import annotations

import ast

from engine.hl7.delimiters import STANDARD
from engine.language.path import FieldPath
from engine.transforms import nodes
from engine.transforms.access import FIRST, Part, SegmentAccess, ValueAccess, first_of, spell
from engine.transforms.nodes import Body, call, constant, name
from engine.transforms.values import TYPES

COMPONENT, REPETITION, SUBCOMPONENT = STANDARD.component, STANDARD.repetition, STANDARD.subcomponent
SIGNS = (COMPONENT, REPETITION, SUBCOMPONENT)
SEPARATORS = f"{''.join(SIGNS)} "


def _is_first(path: FieldPath) -> bool:
    """Whether the path leads to the first text of what it names."""
    return path.component in (None, 1) and path.subcomponent in (None, 1)


def _holds(sign: str, value: ast.expr) -> ast.expr:
    return nodes.compare(constant(sign), ast.In(), value)


def _strip(value: ast.expr) -> ast.expr:
    return nodes.method(value, "strip")


def _valued(value: ast.expr) -> ast.expr:
    return nodes.method(value, "strip", constant(SEPARATORS))


def _read(kind: str, raw: ast.expr) -> ast.expr | None:
    """What is sent read at once, where the type remembers what was sent before."""
    if not TYPES[kind].remembers:
        return None
    known: ast.expr = name(f"sent_{kind}")
    if TYPES[kind].zoned:
        known = ast.Subscript(known, nodes.attribute("scene", "zone"), ast.Load())
    return ast.Subscript(known, raw, ast.Load())


class PlainSegmentAccess(SegmentAccess):
    """Fields of segments."""

    is_plain = True

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        if path.component is not None or path.repetition > FIRST:
            return super().whole(path, of)
        return _strip(name(of) if of else self._first(path))

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        raw = self.key(path, of)
        found = _read(kind, raw) if raw else None
        if found is None:
            return super().read(path, kind, of)
        return found if of else self.hoist.use(spell(kind, path), found)

    def part(self, path: FieldPath, of: str = "") -> Part:
        value = name(of) if of else self.raw(path)
        if path.component is None:
            return (value,) if of or path.repetition > FIRST else (self._first(path),)
        inner = call("raw_component", value, constant(path.component), name("scene"))
        return inner, constant(SUBCOMPONENT), name("NEVER")

    def key(self, path: FieldPath, of: str = "") -> ast.expr | None:
        raw = name(of) if of else self.raw(path)
        return raw if isinstance(raw, ast.Name) and _is_first(path) else None

    def valued(self, path: FieldPath) -> ast.expr:
        return _valued(self.raw(path))

    def repetitions(self, path: FieldPath) -> ast.expr:
        return nodes.method(name(self._local(path)), "split", constant(REPETITION))

    def _first(self, path: FieldPath) -> ast.expr:
        raw = self.raw(path)
        return nodes.either(_holds(REPETITION, raw), call("first", raw, name("scene")), raw)

    def _text(self, path: FieldPath, value: ast.expr) -> ast.expr:
        found = super()._text(path, value)
        if path.component not in (None, 1) and path.subcomponent is None:
            found = call("piece", value, constant(path.component))
        if not isinstance(value, ast.Name):
            return found
        if _is_first(path):
            parted = nodes.some([_holds(sign, value) for sign in SIGNS])
            return nodes.plain_or(value, nodes.either(parted, call("head", value), _strip(value)))
        sign = COMPONENT if (path.component or 1) > 1 else SUBCOMPONENT
        return nodes.either(_holds(sign, value), found, constant(""))


class PlainValueAccess(ValueAccess):
    """Components of one value without subcomponents."""

    is_plain = True

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        raw = self.key(path)
        found = _read(kind, raw) if raw else None
        return super().read(path, kind) if found is None else self.hoist.use(spell(kind, path), found)

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        return _strip(self.raw(path))

    def part(self, path: FieldPath, of: str = "") -> Part:
        if path.component is None:
            return (name("value"),)
        return self.raw(path), constant(SUBCOMPONENT), name("NEVER")

    def key(self, path: FieldPath, of: str = "") -> ast.expr | None:
        return self.raw(first_of(path)) if path.subcomponent in (None, 1) else None

    def valued(self, path: FieldPath) -> ast.expr:
        return _valued(self.raw(path))

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        return super().text(path, of) if path.subcomponent in (None, 1) else constant("")

    def _split(self) -> Body:
        return []  # it is given its components

    def _text(self, path: FieldPath) -> ast.expr:
        return _strip(self.raw(path))
