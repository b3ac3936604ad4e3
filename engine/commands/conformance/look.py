"""Looking for a value in the resources that a message came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from engine.canonical import r4
from engine.commands.conformance.targets import Hop, Target

Matches = Callable[[Any], bool]
"""Whether a value without parts is the one looked for."""
DEEPEST = 4
"""How many references are followed in looking for a value inside an element."""


class Output:
    """The resources of one message, found by what refers to them."""

    def __init__(self, bodies: Sequence[dict[str, Any]]) -> None:
        self.bodies = tuple(bodies)
        self._by_name = {f"{one['resourceType']}/{one.get('id')}": one for one in bodies}

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The resources of a type."""
        return [one for one in self.bodies if one["resourceType"] == kind]

    def follow(self, node: Any) -> dict[str, Any] | None:
        """The resource that a reference leads to."""
        return self._by_name.get(node.get("reference", "")) if isinstance(node, dict) else None

    def at(self, target: Target, roots: Iterable[Any] | None = None) -> list[Any]:
        """All nodes at a target: in the resources of its type, or in the nodes given."""
        nodes = list(self.of(target.root) if roots is None else roots)
        for index, step in enumerate(target.steps):
            following = target.steps[index + 1] if index + 1 < len(target.steps) else ""
            nodes = [found for node in nodes for found in self._step(node, step, following)]
        return nodes

    def holds(self, node: Any, matches: Matches, depth: int = DEEPEST) -> bool:
        """Whether a node is the value looked for, or has it inside, or in a resource that it refers to."""
        if isinstance(node, list):
            return any(self.holds(one, matches, depth) for one in node)
        if not isinstance(node, dict):
            return matches(node)
        if any(self.holds(one, matches, depth) for name, one in node.items() if name != "reference"):
            return True
        found = self.follow(node) if depth else None
        return found is not None and self.holds(found, matches, depth - 1)

    def _step(self, node: Any, step: str | Hop, following: str | Hop) -> Iterator[Any]:
        if isinstance(step, Hop):
            yield from self._hop(node, step)
        elif step == "$value":
            yield node
        elif isinstance(node, dict):
            if "reference" in node and step not in node and (found := self.follow(node)):
                node = found
            yield from _values(node, step, wants_extension=following == "extension")

    def _hop(self, node: Any, hop: Hop) -> Iterator[Any]:
        found = self.follow(node)
        if found is not None:
            if found["resourceType"] in hop.types:
                yield found
        elif not any(r4.is_resource(kind) for kind in hop.types):
            yield node


def _values(node: dict[str, Any], name: str, *, wants_extension: bool) -> Iterator[Any]:
    """The values of an element; of a primitive one that is asked for its extensions, what JSON calls `_name`."""
    for key in _keys(node, name):
        values = _listed(node.get(key))
        if wants_extension:
            yield from (one for one in (*values, *_listed(node.get(f"_{key}"))) if isinstance(one, dict))
        else:
            yield from values


def _keys(node: dict[str, Any], name: str) -> Sequence[str]:
    """The element of that name, or those of the choice that is called so (`medication`: `medicationReference`)."""
    if name in node or f"_{name}" in node:
        return (name,)
    return [key for key in node if key.startswith(name) and key[len(name) : len(name) + 1].isupper()]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
