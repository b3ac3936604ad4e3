"""A path as a tree: the part of FHIRPath (N1) that views may use."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class This(NamedTuple):
    """`$this`, or what a path starts from when it does not say."""

    offset: int


class Literal(NamedTuple):
    """A value that the path itself writes, and its FHIR type."""

    value: str | int | float | bool
    type: str
    offset: int


class Variable(NamedTuple):
    """`%name`: a constant of the view, or one of `%rowIndex`, `%resource` and `%context`."""

    name: str
    offset: int


class Member(NamedTuple):
    """`source.name`."""

    source: Tree
    name: str
    offset: int


class Index(NamedTuple):
    """`source[position]`."""

    source: Tree
    position: Tree
    offset: int


class Call(NamedTuple):
    """`source.name(arguments)`."""

    source: Tree
    name: str
    arguments: tuple[Tree, ...]
    offset: int


class Operation(NamedTuple):
    """`left sign right`."""

    sign: str
    left: Tree
    right: Tree
    offset: int


Tree: TypeAlias = "This | Literal | Variable | Member | Index | Call | Operation"
