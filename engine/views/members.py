"""Elements read by the members that JSON has for them, choices by their types."""

from __future__ import annotations

from engine.canonical import r4
from engine.language.fault import nearest
from engine.views import functions, kinds
from engine.views.step import Step, Types
from engine.views.telling import Telling
from engine.views.tree import Call, Literal, Member, This, Tree


def read_member(tree: Member, source: Step, telling: Telling) -> Step:
    """What an element's name leads to; for a primitive, `extension` and `id` stand beside it."""
    if source.twin and tree.name in ("extension", "id"):
        kind = "Extension" if tree.name == "extension" else "string"
        return Step(functions.members(source.twin, (tree.name,)), frozenset({kind}))
    found = kinds.find(source.types, tree.name)
    if found is None:
        _note_unknown(tree, source.types, telling)
        return Step(functions.choice(source.run, tree.name), None)
    if found.spelled:
        telling.note(tree, "V207", f"{tree.name!r} is JSON's spelling of the element", f"write {found.spelled}")
    return _read(tree.source, source, found.keys, found.types)


def read_choice(tree: Member, owner: Step, kind: str, telling: Telling) -> Step | None:
    """A choice read by the one name that JSON gives it for this type; None for an element that is no choice."""
    found = kinds.find(owner.types, tree.name)
    if (found is None and r4.is_resource(kind)) or (found and not found.is_choice):
        return None
    if found and found.types and kind not in found.types:
        telling.note(tree, "V209", f"{tree.name!r} is never {kind} in FHIR R4", "take another type")
    key = f"{tree.name}{kind[0].upper()}{kind[1:]}"
    return _read(tree.source, owner, (key,), frozenset({kind}))


def narrow(tree: Call, source: Step, kind: str, telling: Telling) -> Step:
    """`ofType()` of what is no choice; raises Faults where nobody can tell the types."""
    types = frozenset({kind})
    if kinds.is_open(source.types) and r4.is_resource(kind):
        return Step(functions.of_resource_type(source.run, kind), types, root=source.root)
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


def _read(origin: Tree, source: Step, keys: tuple[str, ...], types: Types) -> Step:
    twin = functions.members(source.run, tuple(f"_{key}" for key in keys)) if kinds.is_primitive(types) else None
    if len(keys) == 1 and (isinstance(origin, This) or source.chain):
        chain = (*source.chain, *keys)
        return Step(functions.chain(chain), types, twin, chain[0], chain)
    return Step(functions.members(source.run, keys), types, twin, source.root)


def _note_unknown(tree: Member, types: Types, telling: Telling) -> None:
    if not kinds.is_open(types):
        owners = " or ".join(sorted(types or ()))
        hint = nearest(tree.name, kinds.names(types)) or "see the resource's page of FHIR R4"
        telling.note(tree, "V210", f"{owners} has no element {tree.name!r} in FHIR R4", hint)
