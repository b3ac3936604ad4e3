"""A ViewDefinition of SQL on FHIR v2, read and checked; its paths are texts that know their places."""

from __future__ import annotations

from dataclasses import dataclass

from engine.language.fault import Mark, Text
from engine.views.compile import Value


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its path, and its FHIR type where the view says it ("" where not)."""

    name: str
    path: Text
    type: str
    collection: bool
    description: str
    tags: tuple[tuple[str, str], ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Select:
    """Columns and what is joined to them, for each element of an iteration where there is one."""

    columns: tuple[Column, ...]
    selects: tuple[Select, ...]
    union: tuple[Select, ...]
    mark: Mark
    for_each: Text | None = None
    or_null: bool = False
    repeat: tuple[Text, ...] = ()

    def names(self) -> tuple[str, ...]:
        """The names of all columns, in their order: own ones, those of nested selects, those of the union."""
        return tuple(column.name for column in self.all_columns())

    def all_columns(self) -> tuple[Column, ...]:
        """All columns in their order; the union's are those of its first branch."""
        nested = (*self.selects, *self.union[:1])
        return (*self.columns, *(column for select in nested for column in select.all_columns()))


@dataclass(frozen=True, slots=True)
class Definition:
    """A view over the resources of one type."""

    name: str
    url: str
    resource: str
    fhir_versions: tuple[str, ...]
    constants: dict[str, Value]
    wheres: tuple[Text, ...]
    select: Select
    mark: Mark
