"""How compiled code reads paths while it goes through the repetitions of a field, which is one of them alone."""

from __future__ import annotations

import ast

from engine.language.path import FieldPath
from engine.transforms import nodes
from engine.transforms.access import Access, Part
from engine.transforms.nodes import call, name


class Repetition:
    """The paths of another access, but for one field, of which a local holds a repetition."""

    def __init__(self, access: Access, field: FieldPath, local: str) -> None:
        self.is_plain = access.is_plain
        self._access = access
        self._field = field
        self._local = local

    def raw(self, path: FieldPath) -> ast.expr:
        return name(self._local) if self._is_it(path) else self._access.raw(path)

    def text(self, path: FieldPath, of: str = "") -> ast.expr:
        return self._access.text(path, self._of(path, of))

    def whole(self, path: FieldPath, of: str = "") -> ast.expr:
        return self._access.whole(path, self._of(path, of))

    def read(self, path: FieldPath, kind: str, of: str = "") -> ast.expr:
        return self._access.read(path, kind, self._of(path, of))

    def part(self, path: FieldPath, of: str = "") -> Part:
        return self._access.part(path, self._of(path, of))

    def key(self, path: FieldPath, of: str = "") -> ast.expr | None:
        return self._access.key(path, self._of(path, of))

    def valued(self, path: FieldPath) -> ast.expr:
        if not self._is_it(path):
            return self._access.valued(path)
        return nodes.every([name(self._local), call("is_valued", name(self._local), name("scene"))])

    def repetitions(self, path: FieldPath) -> ast.expr:
        return ast.List([name(self._local)], ast.Load()) if self._is_it(path) else self._access.repetitions(path)

    def position(self, path: FieldPath) -> ast.expr:
        return self._access.position(path)

    def sent(self, path: FieldPath) -> str:
        return self._access.sent(path)

    def _of(self, path: FieldPath, of: str) -> str:
        return of or (self._local if self._is_it(path) else "")

    def _is_it(self, path: FieldPath) -> bool:
        return (path.segment, path.field) == (self._field.segment, self._field.field)
