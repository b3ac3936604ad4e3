"""What a row expects at its target, and whether it is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.commands.conformance.draft import Place
from engine.commands.conformance.look import Output
from engine.commands.conformance.tokens import Token

_PIECE = re.compile(r'\s*(?:"([^"]*)"|(?P<name>[A-Z][A-Z0-9]{1,2})(?:-\d+)?(?:\.(?P<component>\d+))?)\s*\+?')
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")


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
        wanted = {"code": code, "system": system, "display": display}
        told = [(key, value) for key, value in wanted.items() if value]
        return isinstance(node, dict) and all(_plain(str(node.get(key, ""))) == _plain(value) for key, value in told)

    def holds(_: Output, nodes: Sequence[Any]) -> bool:
        return any(_inside(node, is_coding) or _is(code)(node) for node in nodes)

    return Expectation(" ".join(one for one in (code, system, repr(display) if display else "") if one), holds)


def put_together(expression: str, values: Mapping[Place, str], head: Mapping[Place, str]) -> str:
    """The text that an expression such as `"urn:oid:"+HD.2` makes of the parts of a value; `head`: of MSH-9."""
    found = ""
    for match in _PIECE.finditer(expression):
        source = head if match["name"] == "MSG" else values
        found += match[1] if match[1] is not None else source.get((int(match["component"] or 1), 1), "")
    return found


def _inside(node: Any, test: Callable[[Any], bool]) -> bool:
    if test(node):
        return True
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(_inside(one, test) for one in inner)


def _is(value: str) -> Callable[[Any], bool]:
    """Whether a node is a value: as text, number or boolean; a moment is told without its offset."""

    def test(node: Any) -> bool:
        if isinstance(node, bool):
            return value == str(node).lower()
        if isinstance(node, str):
            return _plain(node) == _plain(value) or (bool(_MOMENT.match(value)) and node.startswith(value))
        return isinstance(node, (int, float)) and str(node) == value

    return test


def _plain(text: str) -> str:
    """A text with single blanks: FHIR's codes and the guide's cells differ in them."""
    return " ".join(text.split())
