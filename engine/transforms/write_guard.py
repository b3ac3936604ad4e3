"""Writing the question whether a message is of a form, or a value like those that a variant is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from typing import NamedTuple

from engine.transforms import nodes
from engine.transforms.forms import Reads, Sample
from engine.transforms.held import REPETITION, SUBCOMPONENT, word_of
from engine.transforms.nodes import Body, assign, call, constant, name, when
from engine.transforms.truth import TRUE, Facts

HEADER = 0
"""The place of MSH, whose second field names the separators."""


class Look(NamedTuple):
    """What a segment has to be like: its length, fields that hold something or nothing, words, separators in it."""

    length: int
    filled: tuple[int, ...]
    empty: tuple[int, ...]
    words: tuple[tuple[int, str], ...]
    repeated: tuple[int, ...]
    parted: tuple[int, ...]
    """The fields in which all separators of repetitions stand, and those with all of subcomponents."""


def write_guard(sample: Sample, reads: Reads, telling: Mapping[str, Sequence[int]]) -> Body:
    """The statements that give whether `rows`, with their `lines`, are such as those of the sample.

    Most lines are looked through only where the `text` as a whole has more separators than are in the others.
    """
    looks = [(place, _look(sample, place, reads, telling)) for place in sample.used]
    body: Body = [assign("odd", _is_odd(looks))]
    for _, found in groupby(enumerate(looks), key=lambda one: (one[1][0] - one[0], one[1][1])):
        run = [look for _, look in found]
        first, last, look = run[0][0], run[-1][0], run[0][1]
        body += _one(first, look) if first == last else _several(first, last + 1, look)
    return [*body, nodes.give(constant(True))]


def write_asking(components: Sequence[tuple[int, str]], mask: bytes, facts: Facts, others: str) -> Body:
    """The statements that fill the locals of components, and leave values to `others` that hold something in others.

    Of values with so many components and the same words in those that tell much.
    """
    read = [(number, local) for number, local in components if number < len(mask)]
    filled = [(number, local) for number, local in read if facts[local] is TRUE]
    faults = [nodes.negate(name(local)) for _, local in filled]
    faults += [nodes.item("parts", number) for number, _ in read if not mask[number]]
    given = map(name, ("value", "parts", "scene", "where"))
    asked = [when(nodes.some(faults), [nodes.give(call(others, *given))])] if faults else []
    return [*(assign(local, nodes.method(nodes.item("parts", number), "strip")) for number, local in filled), *asked]


def _look(sample: Sample, place: int, reads: Reads, telling: Mapping[str, Sequence[int]]) -> Look:
    row, segment = sample.rows[place], sample.message.names[place]
    read = sorted(number for number in reads.get(segment, ()) if number < len(row))
    told = ((number, word_of(row[number])) for number in telling.get(segment, ()) if number < len(row))
    words = tuple((number, word) for number, word in told if word)
    filled = tuple(number for number in read if row[number] and number not in dict(words))
    empty = tuple(number for number in read if not row[number])
    repeated, parted = (tuple(at for at, one in enumerate(row) if sign in one) for sign in (REPETITION, SUBCOMPONENT))
    return Look(len(row), filled, empty, words, repeated, parted)


def _one(place: int, look: Look) -> Body:
    row = assign("row", nodes.item("rows", place))
    return [row, _unless([*_of_row(look), *_of_line(look, nodes.item("lines", place))])]


def _several(first: int, end: int, look: Look) -> Body:
    if look.repeated or look.parted:
        places = ast.Tuple([constant(place) for place in range(first, end)], ast.Load())
        asked = _unless([*_of_row(look), *_of_line(look, nodes.entry("lines", "place"))])
        return [nodes.each("place", places, [assign("row", nodes.entry("rows", "place")), asked])]
    joined = nodes.method(constant(""), "join", nodes.part("lines", first, end))
    rows = nodes.each("row", nodes.part("rows", first, end), [_unless(list(_of_row(look)))])
    return [rows, _unless(list(_of_line(look, joined)))]


def _unless(faults: list[ast.expr]) -> ast.stmt:
    return when(nodes.some(faults), [nodes.give(constant(False))])


def _of_row(look: Look) -> Iterator[ast.expr]:
    """What a row of another form has, the likeliest first."""
    yield nodes.compare(call("len", name("row")), ast.NotEq(), constant(look.length))
    yield from (nodes.compare(nodes.item("row", one), ast.NotEq(), constant(word)) for one, word in look.words)
    yield from (nodes.negate(nodes.item("row", one)) for one in look.filled)
    yield from (nodes.item("row", one) for one in look.empty)


def _is_odd(looks: Sequence[tuple[int, Look]]) -> ast.expr:
    """Whether a text has separators besides those of MSH-2, and those in the segments that may have them."""
    repeated = [place for place, look in looks if look.repeated]
    parted = [place for place, look in looks if look.parted]
    return nodes.some([_has_others(REPETITION, repeated), _has_others(SUBCOMPONENT, parted)])


def _has_others(sign: str, places: Sequence[int]) -> ast.expr:
    counted = [nodes.method(nodes.item("lines", one), "count", constant(sign)) for one in places]
    own = constant(int(HEADER not in places))
    return nodes.compare(nodes.method(name("text"), "count", constant(sign)), ast.NotEq(), _sum([own, *counted]))


def _of_line(look: Look, line: ast.expr) -> Iterator[ast.expr]:
    """What a line of another form has; where none of its fields may have a separator, of an odd text alone."""
    for sign, fields in ((REPETITION, look.repeated), (SUBCOMPONENT, look.parted)):
        if fields:
            there = [nodes.method(nodes.item("row", one), "count", constant(sign)) for one in fields]
            yield nodes.compare(nodes.method(line, "count", constant(sign)), ast.NotEq(), _sum(there))
    signs = [sign for sign, fields in ((REPETITION, look.repeated), (SUBCOMPONENT, look.parted)) if not fields]
    if signs:
        has = [nodes.compare(constant(sign), ast.In(), line) for sign in signs]
        yield nodes.every([name("odd"), nodes.some(has)])


def _sum(counts: Sequence[ast.expr]) -> ast.expr:
    return reduce(lambda all_of, one: ast.BinOp(all_of, ast.Add(), one), counts)
