"""Functions over segments that are to be written: what they take, what they give, and what their bodies do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.canonical.resource import Body
from engine.language.condition import Condition
from engine.transforms import nodes
from engine.transforms.access import SegmentAccess
from engine.transforms.conditions import write_condition
from engine.transforms.mapping import Identity, Undone
from engine.transforms.nodes import assign, name
from engine.transforms.tree import Branch
from engine.transforms.trees import Part

Made = tuple[str | None, bool, Body, tuple[str, ...], tuple[str, ...]]
"""All that the id comes from, None for nothing; whether it is counted among those called so; body, erased, inferred."""

Make = Callable[..., Made]
Added = tuple[Body, tuple[str, ...], tuple[str, ...]]
"""What is to be added to a body, the elements erased, the elements inferred."""
Late = Callable[..., Added]
Test = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """A resource to be: the segments its function takes, what it is called, what it holds."""

    type: str
    inputs: tuple[str, ...]
    many: tuple[str, ...]
    """Segments of which it takes every one, after the others."""
    identity: tuple[Identity, ...]
    tree: Branch
    parts: tuple[Part, ...]
    undoes: tuple[Undone, ...] = ()


class Job(NamedTuple):
    """A function over segments that is to be written: what it takes, and the statements of its body."""

    title: str
    inputs: tuple[str, ...]
    many: tuple[str, ...]
    last: str
    write: Callable[[SegmentAccess], nodes.Body]

    @property
    def parameters(self) -> list[str]:
        """The names of what it takes."""
        return [*self.inputs, *(f"all_{one}" for one in self.many), "scene", *([self.last] if self.last else [])]


def asking(inputs: Sequence[str], many: Sequence[str], condition: Condition) -> Job:
    """The function that tells whether a condition holds; it leaves that in `holds` too."""

    def write(access: SegmentAccess) -> nodes.Body:
        return [assign("holds", write_condition(condition, access)), nodes.give(name("holds"))]

    return Job("test", tuple(inputs), tuple(many), "", write)
