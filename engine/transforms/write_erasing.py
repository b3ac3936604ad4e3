"""Writing what is erased: by an HL7 null, or by an event that takes something back."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from engine.canonical.r4 import elements
from engine.transforms import nodes
from engine.transforms.access import Access, SegmentAccess
from engine.transforms.conditions import write_condition
from engine.transforms.mapping import Undone
from engine.transforms.nodes import call, constant, name, when
from engine.transforms.tree import Branch


def write_erasing(tree: Branch, access: Access) -> nodes.Body:
    """Where the message may hold an HL7 null, ask of each element that need not be there whether it is erased."""
    entries = []
    for element, entered in tree.entries.items():
        found = next(iter(entered.values())).element
        sources = sorted(_fields(entered.values(), access))
        if found and sources and not found.is_required and not element.startswith("_"):
            entries.append(_erasure(found.base, _spellings(tree, found.base) or (element,), sources))
    asked = call("erase", name("body"), name("inferred"), ast.Tuple(entries, ast.Load()))
    targets = ast.Tuple([ast.Name("deleted", ast.Store()), ast.Name("inferred", ast.Store())], ast.Store())
    return [when(nodes.attribute("scene", "nulls"), [ast.Assign([targets], asked)])]


def write_undoing(undone: Undone, kind: str, access: SegmentAccess) -> ast.stmt:
    """An element that the event takes back is erased as an HL7 null does it."""
    spellings = [
        one.name for one in elements(kind).values() if undone.element in (one.name, one.base.removesuffix("[x]"))
    ]
    base = elements(kind)[spellings[0]].base
    undo = call("undo", name("body"), name("inferred"), name("deleted"), constant(base), nodes.texts(spellings))
    targets = ast.Tuple([ast.Name("deleted", ast.Store()), ast.Name("inferred", ast.Store())], ast.Store())
    return when(write_condition(undone.when, access) if undone.when else constant(True), [ast.Assign([targets], undo)])


def _fields(entries: Any, access: Access) -> set[str]:
    leaves = [leaf for entry in entries for leaf in (entry.leaves() if isinstance(entry, Branch) else (entry,))]
    sources = [one.source for leaf in leaves for one in leaf.alternatives if one.source]
    return {access.sent(path) for source in sources for term in source.terms for path in term.paths}


def _spellings(tree: Branch, base: str) -> tuple[str, ...]:
    known = elements(tree.type)
    return tuple(name for name in tree.entries if (found := known.get(name.removeprefix("_"))) and found.base == base)


def _erasure(element: str, spellings: Sequence[str], fields: Sequence[str]) -> ast.expr:
    names = ast.Tuple([constant(one) for one in spellings], ast.Load())
    return ast.Tuple([constant(element), names, ast.Tuple([name(one) for one in fields], ast.Load())], ast.Load())
