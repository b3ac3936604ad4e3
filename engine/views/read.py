"""Reading ViewDefinitions, as JSON or as YAML: every fault at once, each with its place."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from engine.canonical import r4
from engine.language.document import Node, read_document
from engine.language.fault import Text, nearest
from engine.language.gather import Gather
from engine.views.compile import VARIABLES, Value
from engine.views.definition import Column, Definition, Select
from engine.views.kinds import BOOLEAN, INTEGERS, PREFIX, PRIMITIVES, is_type

VIEW_KEYS = frozenset(
    {
        *("resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension"),
        *("modifierExtension", "url", "identifier", "version", "versionAlgorithmString", "versionAlgorithmCoding"),
        *("name", "title", "status", "experimental", "date", "publisher", "contact", "description", "useContext"),
        *("jurisdiction", "purpose", "copyright", "copyrightLabel", "profile", "fhirVersion"),
        *("resource", "constant", "select", "where"),
    }
)
_COMMON = ("id", "extension", "modifierExtension")
SELECT_KEYS = ("column", "select", "forEach", "forEachOrNull", "repeat", "unionAll", *_COMMON)
COLUMN_KEYS = ("name", "path", "description", "collection", "type", "tag", *_COMMON)
TAG_KEYS = ("name", "value", *_COMMON)
WHERE_KEYS = ("path", "description", *_COMMON)
CONSTANT_TYPES = {f"value{name[0].upper()}{name[1:]}": name for name in PRIMITIVES - {"markdown", "xhtml"}}
"""The members that hold a constant's value, with their types."""
CONSTANT_KEYS = ("name", *CONSTANT_TYPES, *_COMMON)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)
_DIRECTIVES = ("forEach", "forEachOrNull", "repeat")


def read_view(path: Path) -> Definition:
    """The view of a file; raises Faults with everything that is wrong in its form."""
    return definition_of(read_document(path))


def definition_of(node: Node) -> Definition:
    """The view that a document holds; raises Faults with everything that is wrong in its form."""
    reader = _Reader()
    found = reader.view(node)
    reader.gather.close()
    return found


class _Reader:
    def __init__(self) -> None:
        self.gather = Gather()

    def view(self, node: Node) -> Definition:
        if not self.gather.keys(node, "view", VIEW_KEYS, ("resource", "select")):
            self.gather.close()
        kind = node.get("resourceType")
        if kind is not None and kind.value != "ViewDefinition":
            self.gather.add(kind.mark, "V101", "resourceType", "is no ViewDefinition", "write ViewDefinition")
        entries = self.gather.entries(node.get("select"))
        select = Select((), tuple(map(self.select, entries)), (), node.mark)
        self._check_columns(select)
        return Definition(
            name=self._name(node.get("name"), "name") if node.get("name") else "",
            url=self._string(node.get("url"), "url"),
            resource=self._resource(node.get("resource")),
            fhir_versions=self.gather.texts(node.get("fhirVersion"), "fhirVersion"),
            constants=self._constants(node.get("constant")),
            wheres=tuple(map(self._where, self.gather.entries(node.get("where")))),
            select=select,
            mark=node.mark,
        )

    def select(self, node: Node) -> Select:
        if not self.gather.keys(node, "select", SELECT_KEYS):
            return Select((), (), (), node.mark)
        used = [key for key in _DIRECTIVES if node.get(key)]
        if len(used) > 1:
            what = f"{' and '.join(used)} stand in one select"
            self.gather.add(node.keys[used[1]], "V102", "select", what, "put one of them into a nested select")
        each = node.get("forEach") or node.get("forEachOrNull")
        union = tuple(map(self.select, self.gather.entries(node.get("unionAll"))))
        self._check_union(union)
        return Select(
            columns=tuple(map(self._column, self.gather.entries(node.get("column")))),
            selects=tuple(map(self.select, self.gather.entries(node.get("select")))),
            union=union,
            mark=node.mark,
            for_each=self._path(each, used[0]) if each else None,
            or_null=node.get("forEachOrNull") is not None,
            repeat=tuple(self._path(one, "repeat") for one in self.gather.entries(node.get("repeat"))),
        )

    def _column(self, node: Node) -> Column:
        self.gather.keys(node, "column", COLUMN_KEYS, ("name", "path"))
        return Column(
            name=self._name(node.get("name"), "column"),
            path=self._path(node.get("path"), "path"),
            type=self._type(node.get("type")),
            collection=self.gather.flag(node.get("collection"), "collection"),
            description=self._string(node.get("description"), "description"),
            tags=tuple(map(self._tag, self.gather.entries(node.get("tag")))),
            mark=node.mark,
        )

    def _tag(self, node: Node) -> tuple[str, str]:
        self.gather.keys(node, "tag", TAG_KEYS, ("name", "value"))
        return self._string(node.get("name"), "tag.name"), self._string(node.get("value"), "tag.value")

    def _where(self, node: Node) -> Text:
        self.gather.keys(node, "where", WHERE_KEYS, ("path",))
        return self._path(node.get("path"), "where")

    def _constants(self, node: Node | None) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for entry in self.gather.entries(node):
            self.gather.keys(entry, "constant", CONSTANT_KEYS, ("name",))
            name = self._name(entry.get("name"), "constant")
            if name in found or name in VARIABLES:
                hint = "give this one another name"
                self.gather.add(entry.mark, "V103", "constant", f"the name {name!r} is taken", hint)
            value = self._constant(entry)
            if value:
                found[name] = value
        return found

    def _constant(self, node: Node) -> Value | None:
        given = [key for key in CONSTANT_TYPES if node.get(key)]
        if len(given) != 1:
            hint = "write one, such as valueString or valueInteger"
            self.gather.add(node.mark, "V104", "constant", f"has {len(given)} values", hint)
            return None
        held, kind = node.get(given[0]), CONSTANT_TYPES[given[0]]
        value = held.value if held else None
        if isinstance(value, str | int | float) and isinstance(value, _json_types(kind)) and _is_plain(value, kind):
            return Value(value, kind)
        mark = held.mark if held else node.mark
        self.gather.add(mark, "V104", given[0], f"is no {kind}", "write the value as JSON has it")
        return None

    def _check_columns(self, select: Select) -> None:
        seen: set[str] = set()
        for column in select.all_columns():
            if column.name in seen:
                what = f"the view has a column {column.name!r} already"
                self.gather.add(column.mark, "V105", "column", what, "give this one another name")
            seen.add(column.name)
        if not seen and select.selects:
            self.gather.add(select.mark, "V106", "select", "the view has no column", "write one under column")

    def _check_union(self, union: tuple[Select, ...]) -> None:
        for branch in union[1:]:
            if branch.names() != union[0].names():
                hint = f"write the columns {', '.join(union[0].names())} in this order"
                self.gather.add(branch.mark, "V107", "unionAll", "the columns are not those of the first", hint)
            for one, other in zip(union[0].all_columns(), branch.all_columns(), strict=False):
                if one.type and other.type and one.type != other.type:
                    what = f"the column {other.name!r} has another type than in the first"
                    self.gather.add(other.mark, "V107", "unionAll", what, f"write {one.type}")

    def _resource(self, node: Node | None) -> str:
        name = self._string(node, "resource")
        if node is not None and not r4.is_resource(name):
            hint = nearest(name, r4.resource_types()) or "name one, such as Patient"
            self.gather.add(node.mark, "V108", "resource", f"{name!r} is no resource type of FHIR R4", hint)
        return name

    def _type(self, node: Node | None) -> str:
        name = self._string(node, "type").removeprefix(PREFIX)
        if node is not None and not is_type(name):
            hint = nearest(name, r4.types()) or "name a type of FHIR, such as string"
            self.gather.add(node.mark, "V109", "type", f"{name!r} is no type of FHIR", hint)
        return name

    def _name(self, node: Node | None, where: str) -> str:
        name = self._string(node, where)
        if node is not None and not _NAME.match(name):
            hint = "begin with a letter; write letters, digits and underscores"
            self.gather.add(node.mark, "V110", where, f"{name!r} is no name for a database", hint)
        return name

    def _path(self, node: Node | None, where: str) -> Text:
        text = self._string(node, where)
        if node is None:
            return Text("", self.gather.faults[-1].mark)
        return Text(text, node.mark._replace(column=node.mark.column + node.inset), node.breaks)

    def _string(self, node: Node | None, where: str) -> str:
        if node is None or isinstance(node.value, str):
            return str(node.value) if node else ""
        self.gather.add(node.mark, "V111", where, "is no text", "put it into quotes")
        return ""


def _json_types(kind: str) -> tuple[type, ...]:
    if kind in BOOLEAN:
        return (bool,)
    return (int,) if kind in INTEGERS else (int, float) if kind == "decimal" else (str,)


def _is_plain(value: object, kind: str) -> bool:
    return kind in BOOLEAN or not isinstance(value, bool)


def read_views(paths: list[Path]) -> list[Definition]:
    """The views of several files; raises Faults with everything that is wrong in any of them."""
    gather = Gather()
    found = [gather.attempt(partial(read_view, path)) for path in paths]
    gather.close()
    return [one for one in found if one]
