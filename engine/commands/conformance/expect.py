"""What a row expects at its target, and whether it is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.commands.conformance.draft import Place
from engine.commands.conformance.look import Output
from engine.commands.conformance.tokens import Token

_PIECE = re.compile(r'\s*(?:"([^"]*)"|[A-Z][A-Z0-9]{1,2}(?:-\d+)?(?:\.(\d+))?)\s*\+?')


class Expectation(NamedTuple):
    """Told in words, and tested on the nodes that stand at the target."""

    says: str
    holds: Callable[[Output, Sequence[Any]], bool]


def constant(value: str) -> Expectation:
    """One of the nodes is this value, or has it inside."""
    return Expectation(repr(value), lambda output, nodes: any(output.holds(one, _is(value), 0) for one in nodes))


def any_of(tokens: Sequence[Token]) -> Expectation:
    """A value that was sent has arrived."""
    says = "any of " + ", ".join(token.read for token in tokens[:4]) + (" …" if len(tokens) > 4 else "")

    def holds(output: Output, nodes: Sequence[Any]) -> bool:
        return any(output.holds(one, lambda value: any(token.is_in(value) for token in tokens)) for one in nodes)

    return Expectation(says if len(tokens) > 1 else "".join(token.read for token in tokens), holds)


def present() -> Expectation:
    """Something stands there."""
    return Expectation("a value", lambda _, nodes: bool(nodes))


def coded(code: str, system: str = "", display: str = "") -> Expectation:
    """A code; where it stands in a coding, with this system and display."""

    def is_coding(node: Any) -> bool:
        wanted = {"code": code, **({"system": system} if system else {}), **({"display": display} if display else {})}
        return isinstance(node, dict) and all(node.get(key) == value for key, value in wanted.items())

    def holds(_: Output, nodes: Sequence[Any]) -> bool:
        return any(_inside(node, is_coding) or _is(code)(node) for node in nodes)

    return Expectation(" ".join(one for one in (code, system, repr(display) if display else "") if one), holds)


def put_together(expression: str, values: Mapping[Place, str]) -> str:
    """The text that an expression such as `"urn:oid:"+HD.2` makes of the components of a field."""
    found = ""
    for match in _PIECE.finditer(expression):
        found += match[1] if match[1] is not None else values.get((int(match[2] or 1), 1), "")
    return found


def _inside(node: Any, test: Callable[[Any], bool]) -> bool:
    if test(node):
        return True
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(_inside(one, test) for one in inner)


def _is(value: str) -> Callable[[Any], bool]:
    wanted = {"true": True, "false": False}.get(value)
    return lambda node: (
        node == value
        or (not isinstance(node, (bool, str)) and str(node) == value)
        or (wanted is not None and node is wanted)
    )
