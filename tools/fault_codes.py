"""The codes of faults in files that people write, with what they say, read from the code that raises them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ENGINE = Path(__file__).parent.parent / "engine"
_CODE = re.compile(r"[A-Z][0-9]{3}\Z")
_WHERE_FIRST = ("Fault", "add", "_add", "_unknown")
"""Calls that take a place between the code and the words."""

BLANK = "…"
"""Stands for what is put into the words: a name, a number."""


class FaultCode(NamedTuple):
    """One code with one of its wordings, and the hint that goes with it."""

    code: str
    what: str
    hint: str


def fault_codes() -> list[FaultCode]:
    """Every wording of every code of the engine, each once, by code."""
    trees = (ast.parse(path.read_text("utf-8")) for path in sorted(ENGINE.rglob("*.py")))
    return sorted({found for tree in trees for found in _faults(tree)})


def _faults(tree: ast.Module) -> Iterator[FaultCode]:
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        names = _texts_by_name(function)
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            place = next((place for place, argument in enumerate(call.args) if _is_code(argument)), None)
            if place is not None:
                yield _fault(call, place, names)


def _fault(call: ast.Call, place: int, names: dict[str, str]) -> FaultCode:
    skipped = 2 if _called(call.func) in _WHERE_FIRST else 1
    what, hint, *_ = [*(_text(argument, names) for argument in call.args[place + skipped :]), "", ""]
    return FaultCode(_text(call.args[place], names), what, hint)


def _texts_by_name(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """What is assigned to local names, as text."""
    assigned = (node for node in ast.walk(function) if isinstance(node, ast.Assign))
    found = ((target, _text(node.value, {})) for node in assigned for target in node.targets)
    return {target.id: text for target, text in found if isinstance(target, ast.Name) and text}


def _text(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, names) if isinstance(part, ast.Constant) else BLANK for part in node.values)
    if isinstance(node, ast.BoolOp | ast.IfExp):
        choices = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        return next((text for choice in choices if (text := _text(choice, names))), "")
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def _is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_CODE.match(node.value))


def _called(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
