"""A view compiled: from a resource to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.language.fault import Fault, Mark, Text
from engine.language.gather import Gather
from engine.views.columns import Cell, Held, check_type, compile_cell
from engine.views.compile import Path, compile_path
from engine.views.definition import Column, Definition, Select
from engine.views.kinds import BOOLEAN
from engine.views.rows import Row, Rows, cells, iterated, iterated_or_blank, joined, repeated, united
from engine.views.step import RowError, Run, Scope, Types, one

Condition = Callable[[Any, Scope], bool]


@dataclass(frozen=True, slots=True)
class View:
    """What a definition compiled to; `odd` tells of elements that FHIR R4 does not have, which a check refuses."""

    name: str
    mark: Mark
    resource: str
    columns: tuple[Column, ...]
    odd: tuple[Fault, ...]
    definition: Definition
    _wheres: tuple[Condition, ...]
    _rows: Rows

    def rows(self, resource: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a resource, none for one of another type; raises RowError where it does not fit the view."""
        return [tuple(row) for row in self.new_rows(resource)]

    def new_rows(self, resource: dict[str, Any]) -> list[Row]:
        """The same as lists that the caller may change."""
        if resource.get("resourceType") != self.resource:
            return []
        if self._wheres and not all(holds(resource, Scope(resource, 0)) for holds in self._wheres):
            return []
        return self._rows(resource, resource, 0)

    def named_rows(self, resource: dict[str, Any]) -> list[dict[str, Any]]:
        """The same, each row by the names of its columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.new_rows(resource)]


def compile_view(definition: Definition) -> View:
    """Compile a view; raises Faults with everything that is wrong in its paths."""
    compiler = _Compiler(definition)
    root: Types = frozenset({definition.resource})
    rows = compiler.select(definition.select, root)
    wheres = [compiler.where(path, root) for path in definition.wheres]
    compiler.gather.close()
    columns = definition.select.all_columns()
    odd = tuple(sorted(set(compiler.odd)))
    return View(definition.name, definition.mark, definition.resource, columns, odd, definition, tuple(wheres), rows)


class _Compiler:
    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self.gather = Gather()
        self.odd: list[Fault] = []
        self._counting: dict[Column, Cell] = {}
        """The cells of columns that name `%rowIndex`."""

    def select(self, select: Select, focus: Types) -> Rows:
        elements, inner = self._elements(select, focus)
        parts = [cells([self._cell(column, inner) for column in select.columns])] if select.columns else []
        parts += [self.select(nested, inner) for nested in select.selects]
        if select.union:
            parts.append(united([self.select(branch, inner) for branch in select.union]))
        rows = joined(parts) if parts else cells(())
        if elements is None:
            return rows
        if not select.or_null:
            return iterated(elements, rows)
        return iterated_or_blank(elements, rows, [self._counting.get(column) for column in select.all_columns()])

    def where(self, path: Text, focus: Types) -> Condition:
        compiled = self._path(path, focus)
        types = compiled.step.types if compiled else None
        if types and not types & BOOLEAN:
            hint = "compare the value, or write exists()"
            self.gather.add(path.mark, "V113", "where", f"gives {' or '.join(sorted(types))}, no boolean", hint)
        return partial(_holds, compiled.step.run if compiled else _nothing, str(path.mark))

    def _elements(self, select: Select, focus: Types) -> tuple[Run | None, Types]:
        if select.for_each:
            path = self._path(select.for_each, focus)
            return (path.step.run, path.step.types) if path else (_nothing, None)
        if select.repeat:
            return self._repeat(select, focus)
        return None, focus

    def _repeat(self, select: Select, focus: Types) -> tuple[Run, Types]:
        """The paths start at this element first, then at what they led to, whose types are those of both."""
        first = [self._quietly(path, focus) for path in select.repeat]
        found = _types_of(first)
        below = [self._quietly(path, found) for path in select.repeat]
        types = _types_of([*first, *below])
        if types != found:
            below = [self._quietly(path, types) for path in select.repeat]
            types = types if _types_of([*first, *below]) == types else None
        for path, deeper in zip(first, below, strict=True):
            if path and (found is None or (deeper and deeper.odd)):
                self.odd += path.odd
        runs = [[path.step.run for path in paths if path] for paths in (first, below)]
        return repeated(runs[0], runs[1], str(select.repeat[0].mark)), types

    def _cell(self, column: Column, focus: Types) -> Held:
        path = self._path(column.path, focus)
        if path is None:
            return Held(_none, None, ())
        self.gather.attempt(partial(check_type, column, path))
        cell = compile_cell(column, path)
        if path.uses_index:
            self._counting[column] = cell.cell
        return cell

    def _path(self, path: Text, focus: Types) -> Path | None:
        compiled = self._quietly(path, focus)
        self.odd += compiled.odd if compiled else ()
        return compiled

    def _quietly(self, path: Text, focus: Types) -> Path | None:
        """The path, what is odd in it not yet noted."""
        return self.gather.attempt(partial(self._compile, path, focus))

    def _compile(self, path: Text, focus: Types) -> Path:
        return compile_path(path, focus, self._definition.resource, self._definition.constants)


def _types_of(paths: Sequence[Path | None]) -> Types:
    """All types that paths lead to, or None where one of those that lead somewhere does not tell."""
    known = [path.step.types for path in paths if path and not path.odd]
    return frozenset(name for types in known for name in types or ()) if known and None not in known else None


def _holds(run: Run, place: str, item: Any, scope: Scope) -> bool:
    found = one(run(item, scope), place)
    if found is None or isinstance(found, bool):
        return found is True
    raise RowError(f"{place}: gives no boolean - compare the value, or write exists()")


def _nothing(item: Any, scope: Scope) -> list[Any]:
    return []


def _none(item: Any, scope: Scope) -> Any:
    return None
