"""Elements read by the members that JSON has for them, choices by their types."""

from __future__ import annotations

from engine.canonical import r4
from engine.language.fault import nearest
from engine.views import elements, functions, kinds, ways
from engine.views.step import Step, Types
from engine.views.telling import Telling
from engine.views.tree import Call, Literal, Member, This


def read_member(tree: Member, source: Step, telling: Telling) -> Step:
    """What an element's name leads to; for a primitive, `extension` and `id` stand beside it."""
    if source.twin and tree.name in ("extension", "id"):
        kind = "Extension" if tree.name == "extension" else "string"
        twin = source.twin
        way = ways.member(twin.way, tree.name)
        return Step(elements.members(twin.run, (tree.name,)), frozenset({kind}), way=way)
    found = kinds.find(source.types, tree.name)
    if found is None:
        _note_unknown(tree, source.types, telling)
        return Step(elements.choice(source.run, tree.name), None)
    if found.spelled:
        telling.note(tree, "V207", f"{tree.name!r} is JSON's spelling of the element", f"write {found.spelled}")
    return _read(source, found.keys, found.types)


def read_choice(tree: Member, owner: Step, kind: str, telling: Telling) -> Step | None:
    """A choice read by the one name that JSON gives it for this type; None for an element that is no choice."""
    found = kinds.find(owner.types, tree.name)
    if (found is None and r4.is_resource(kind)) or (found and not found.is_choice):
        return None
    if found and found.types and kind not in found.types:
        telling.note(tree, "V209", f"{tree.name!r} is never {kind} in FHIR R4", "take another type")
    key = f"{tree.name}{kind[0].upper()}{kind[1:]}"
    return _read(owner, (key,), frozenset({kind}))


def narrow(tree: Call, source: Step, kind: str, telling: Telling) -> Step:
    """`ofType()` of what is no choice; raises Faults where nobody can tell the types."""
    types = frozenset({kind})
    if kinds.is_open(source.types) and r4.is_resource(kind):
        return Step(functions.of_resource_type(source.run, kind), types)
    if source.types == types:
        return source
    if source.types is not None and kind not in source.types:
        telling.note(tree, "V209", f"the path before is never {kind} in FHIR R4", "take another type")
        return Step(functions.nothing, types)
    hint = "write ofType() directly behind the element, as value.ofType(string)"
    raise telling.fault(tree, "V208", "nobody can tell the types here", hint)


def type_name(tree: Call, telling: Telling) -> str:
    """The type that an argument names; raises Faults for what names none."""
    match tree.arguments[0]:
        case Member(This(), name) | Member(Member(This(), "FHIR" | "System"), name) | Literal(str(name)):
            return name
    raise telling.fault(tree.arguments[0], "V208", "is no type", f"write {tree.name}(Patient), say")


def _read(source: Step, keys: tuple[str, ...], types: Types) -> Step:
    twin = _go(source, tuple(f"_{key}" for key in keys), None) if kinds.is_primitive(types) else None
    return _go(source, keys, types)._replace(twin=twin)


def _go(source: Step, keys: tuple[str, ...], types: Types) -> Step:
    way = ways.member(source.way, keys[0]) if len(keys) == 1 else None
    chain = ways.keys(way)
    return Step(elements.chain(chain) if chain else elements.members(source.run, keys), types, way=way)


def _note_unknown(tree: Member, types: Types, telling: Telling) -> None:
    if not kinds.is_open(types):
        owners = " or ".join(sorted(types or ()))
        hint = nearest(tree.name, kinds.names(types)) or "see the resource's page of FHIR R4"
        telling.note(tree, "V210", f"{owners} has no element {tree.name!r} in FHIR R4", hint)
