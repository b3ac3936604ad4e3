"""Why the resources of one message are as they are: each value, the fields it comes from, the line that made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from engine.canonical.resource import Resource
from engine.facilities.facility import Facility
from engine.hl7.message import Message, parse
from engine.hl7.path import Path
from engine.language.path import FieldPath, read_field
from engine.transforms.fields import Scene
from engine.transforms.lineage import inside
from engine.transforms.mapping import MessageMapping
from engine.transforms.mapping_set import View, preview_origin
from engine.transforms.message_map import map_message
from engine.transforms.trace import Note, Trace, Way

Ways = tuple[Way, ...]
"""How a value came about, the outermost line first."""


class Explained(NamedTuple):
    """One value of a resource: `element` is its path there, `fields` the v2 paths that it was read from.

    `ways` is empty for what follows from no line of its own: the id, and references to other resources.
    """

    element: str
    value: Any
    fields: tuple[str, ...]
    ways: Ways


class ExplainedResource(NamedTuple):
    """One resource: the key of its rule in the message mapping, the segment it was made from, and its values.

    For one made from a field the key is the name of the datatype mapping.
    """

    key: str
    segment: str
    resource: Resource
    values: tuple[Explained, ...]


def explain_message(text: str, view: View, mapping: MessageMapping, facility: Facility) -> list[ExplainedResource]:
    """The resources of a message with all that made them; `view` is one of a traced set of mappings.

    Raises StructureFault and ValueFault as mapping does.
    """
    message = parse(text)
    scene = Scene(message.delimiters, facility, "utf-8", text)
    scene.trace = trace = Trace()
    made = map_message(message, view.plan(mapping), scene, preview_origin(facility.code), "preview")
    return [_explain(resource, message, trace) for resource in made]


def _explain(resource: Resource, message: Message, trace: Trace) -> ExplainedResource:
    key, segment = trace.maker_of(resource.body)
    found = _Walk(message, trace, segment, read_field(trace.field_of(resource.body))).walk(resource.body, "", ())
    return ExplainedResource(key, segment, resource, tuple(found))


class _Walk:
    """Goes through the values of one resource."""

    def __init__(self, message: Message, trace: Trace, segment: str, field: FieldPath | None) -> None:
        """`field` is what a resource was made from that no segment made as a whole."""
        self._message = message
        self._trace = trace
        self._segment = segment
        self._field = (field,) if field else ()

    def walk(self, value: Any, path: str, ways: Ways) -> Iterator[Explained]:
        """Every value below, in order."""
        if isinstance(value, dict):
            yield from self._object(value, path, ways)
        elif isinstance(value, list):
            yield from self._list(value, path, ways)
        else:
            yield Explained(path, value, self._fields(ways), ways)

    def _object(self, value: dict[str, Any], path: str, ways: Ways) -> Iterator[Explained]:
        notes = {note.element: note for note in self._trace.of(value)}
        for element, inner in value.items():
            if element != "resourceType":
                below = f"{path}.{element}" if path else element
                yield from self.walk(inner, below, _add(ways, notes.get(element)))

    def _list(self, value: list[Any], path: str, ways: Ways) -> Iterator[Explained]:
        notes = self._trace.of(value)
        for index, inner in enumerate(value):
            note = next((one for one in notes if index < one.length), None)
            yield from self.walk(inner, f"{path}[{index + 1}]", _add(ways, note))

    def _fields(self, ways: Ways) -> tuple[str, ...]:
        """The v2 paths of a value: what the innermost line reads, inside of what the lines around it read."""
        outer: Sequence[FieldPath] = self._field if ways else ()
        for way in ways:
            here = [path for path in way.paths if path.segment]
            parts = [path for path in way.paths if not path.segment]
            within = [inside(field, part) for field in outer for part in parts]
            outer = self._valued(here) or within or (outer if not way.paths else ())
        return tuple(dict.fromkeys(str(self._placed(path)) for path in outer))

    def _valued(self, paths: Sequence[FieldPath]) -> Sequence[FieldPath]:
        """Those of the fields that hold something, or all where none does."""
        return [path for path in paths if any(one.field(path.field) for one in self._message.of(path.segment))] or paths

    def _placed(self, path: FieldPath) -> Path:
        """The path with the number of the segment that the resource was made from, where there are several."""
        name, _, number = self._segment.rstrip("]").partition("[")
        if path.segment != name or len(self._message.of(name)) == 1:
            return path
        return Path(path.segment, path.field, int(number), path.repetition, path.component, path.subcomponent)


def _add(ways: Ways, note: Note | None) -> Ways:
    return (*ways, note.way) if note else ways
