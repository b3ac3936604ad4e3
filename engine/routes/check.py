"""Checking routes against FHIR and the mappings: what they read, and what never goes their way."""

from __future__ import annotations

from collections.abc import Collection

from engine.canonical import r4
from engine.language.condition import Condition, Equals, parts_of
from engine.language.contradiction import contradiction
from engine.language.document import Node
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.language.path import ElementPath, Path
from engine.routes.match import types_of
from engine.routes.router import Route, Router

KIND = "resourceType"


def check_routes(router: Router, made: Collection[str], gather: Gather) -> None:
    """Note the faults of routes that events never take; `made` are the types that mappings make."""
    written = router.topics
    for route in router.routes:
        if route.condition is not None:
            _check_types(route, route.condition, made, gather)
        for test in route.tests:
            for topic, mark in zip(test.expect, test.marks, strict=True):
                if topic not in written:
                    hint = nearest(topic, written) or "correct it, or write the route"
                    gather.add(mark, "R110", f"{route.name}.tests", f"no route writes to {topic!r}", hint)


def _check_types(route: Route, condition: Condition, made: Collection[str], gather: Gather) -> None:
    for part in parts_of(condition):
        if not isinstance(part, Equals) or str(part.path) != KIND:
            continue
        for kind in part.texts:
            if r4.is_resource(kind) and kind not in made:
                hint = nearest(kind, made) or f"they make {', '.join(sorted(made))}"
                gather.add(part.mark, "R108", f"{route.name}.when", f"no mapping makes a {kind}", hint)


def check_condition(condition: Condition, name: str, gather: Gather) -> None:
    """Note elements that FHIR R4 does not have, and a condition that can never hold."""
    asked = types_of(condition)
    types = sorted(one for one in asked if r4.is_resource(one)) if asked is not None else sorted(r4.resource_types())
    for part in parts_of(condition):
        if isinstance(part, Equals) and str(part.path) == KIND:
            for kind in (text for text in part.texts if not r4.is_resource(text)):
                hint = nearest(kind, r4.resource_types()) or "write one such as Observation"
                gather.add(part.mark, "R107", f"{name}.when", f"FHIR has no resource {kind!r}", hint)
        elif types and (wrong := _wrong_path(part.path, types)):
            gather.add(part.mark, "R107", f"{name}.when", *wrong)
    contrary = contradiction(condition, lambda path: _is_single(path, types))
    if contrary:
        gather.add(contrary.mark, "M340", f"{name}.when", contrary.what, "correct it, or take out what it stands for")


def _wrong_path(path: Path, types: Collection[str]) -> tuple[str, str] | None:
    """What no resource of these types has at a path, and the nearest name."""
    names = [step.name for step in path.steps] if isinstance(path, ElementPath) else []
    if names == [KIND] or not names:
        return None
    owners = set(types)
    for name in names:
        if "Resource" in owners:
            return None
        found = {one.type for owner in owners if (one := r4.elements(owner).get(name))}
        if not found:
            known = {one for owner in owners for one in r4.elements(owner)}
            owner = next(iter(owners)) if len(owners) == 1 else "FHIR"
            return f"{owner} has no element {name!r}", nearest(name, known) or f"it is no part of {path}"
        owners = found
    return None


def _is_single(path: Path, types: Collection[str]) -> bool:
    """Whether a path gives one value at most in every resource of these types."""
    steps = path.steps if isinstance(path, ElementPath) else ()
    owners = set(types)
    for step in steps:
        found = [one for owner in owners if (one := r4.elements(owner).get(step.name))]
        if step.index == 0 or (step.index is None and any(one.is_list for one in found)):
            return False
        owners = {one.type for one in found}
    return True


def check_event(event: Node, kind: str, where: str, gather: Gather) -> None:
    """Note elements of a test's event that FHIR R4 does not have."""
    named = event.get(KIND)
    kind = kind or str(named.value if named else "")
    known = r4.elements(kind)
    for name, entry in event.items():
        if name in known:
            for one in gather.entries(entry):
                check_event(one, known[name].type, where, gather)
        elif known and name != KIND:
            hint = nearest(name, known) or f"it has {', '.join(sorted(known)[:12])}"
            gather.add(event.keys[name], "R109", where, f"{kind} has no element {name!r}", hint)
