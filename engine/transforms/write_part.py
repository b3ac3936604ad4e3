"""Writing what further segments add to a resource."""

from __future__ import annotations

import ast

from engine.transforms import nodes
from engine.transforms.access import SegmentAccess
from engine.transforms.conditions import write_condition
from engine.transforms.nodes import assign, call, constant, name, when
from engine.transforms.tree import Branch, Leaf
from engine.transforms.trees import Part
from engine.transforms.write_tree import TreeWriter


def write_part(
    part: Part, access: SegmentAccess, writer: TreeWriter, inferred: frozenset[str], *, traced: bool
) -> nodes.Body:
    """What a further segment adds: for each of them a turn of a loop. What is inferred gives way to it."""
    filled = writer.write(part.tree, "part", is_resource=True)
    yielding = sorted(inferred & part.tree.entries.keys() - inferred_of(part.tree))
    added = [nodes.do(call("add", name("body"), name("part")))]
    if yielding:
        given = call("give_way", name("body"), name("part"), name("inferred"), nodes.texts(yielding))
        added.insert(0, assign("inferred", given))
    if traced:
        added.append(nodes.do(call("note_join", name("scene"), name("body"), name("part"))))
    body: nodes.Body = [assign("part", ast.Dict([], [])), *filled, *added]
    guarded = [when(write_condition(part.when, access), body)] if part.when else body
    if not part.many:
        return [when(name(part.segment), guarded)]
    if not part.lines:
        return [_each(part, name(f"all_{part.segment}"), guarded, access)]
    chosen: nodes.Body = [nodes.do(nodes.method(name("chosen"), "append", name(part.segment)))]
    asked = [when(write_condition(part.when, access), chosen)] if part.when else chosen
    joined = call("join_lines", name("chosen"), constant(part.lines), name("scene"))
    return [
        assign("chosen", ast.List([], ast.Load())),
        _each(part, name(f"all_{part.segment}"), asked, access),
        _each(part, joined, body, access),
    ]


def inferred_of(tree: Branch) -> frozenset[str]:
    """The elements of a resource that may be inferred."""
    given = [(leaf, one) for leaf in tree.children() if isinstance(leaf, Leaf) for one in leaf.alternatives]
    return frozenset(
        leaf.element.name
        for leaf, one in given
        if one.inferred or (one.source is not None and one.source.default is not None)
    )


def _each(part: Part, rows: ast.expr, body: nodes.Body, access: SegmentAccess) -> ast.stmt:
    """A turn of a loop for each of the segments."""
    placed = access.hoist.place(body, (part.segment,), access.few((part.segment,)))
    return nodes.each(part.segment, rows, [*access.prelude((part.segment,)), *placed])
