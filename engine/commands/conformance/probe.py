"""Probe messages: valid messages of a structure in which one place holds values that occur nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.commands.conformance.conditions import Need, Needs
from engine.commands.conformance.draft import WHOLE, Line, Place, covers, spot
from engine.commands.conformance.readings import Reading, Readings
from engine.commands.conformance.structures import Layout, lay_out, name_of
from engine.commands.conformance.tokens import Mint, Token, field_type, leaves

SIGNS = frozenset({("SN", 1), ("SN", 3)})
"""Components that hold signs, and are only filled with what a row asks for."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a segment stands: the type and event of a message, the guide's path, and what must hold for its map."""

    code: str
    event: str
    path: str
    needs: Needs = ()
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True)
class Aim:
    """What to fill: a field or a part of it, of which datatype, and with which value if not with tokens."""

    segment: str
    field: int = 0
    place: Place = WHOLE
    datatype: str = "ST"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A message, and the values in it to look for."""

    message: str
    tokens: tuple[Token, ...]
    values: Mapping[Place, str]
    """What is aimed at holds, by place inside it: for values that are put together."""
    head: Mapping[Place, str]
    """The same of MSH-9."""


def build(placement: Placement, aim: Aim, needs: Sequence[Need], readings: Sequence[Reading], all: Readings) -> Probe:  # noqa: A002
    """The probe for an aim in a placement. What a reading or a condition sets or clears stays so."""
    structure = name_of(placement.code, placement.event)
    layout = lay_out(structure, aim.segment, placement.path, all.context)
    bench = _Bench(layout, aim, all)
    bench.head(placement.code, placement.event, structure)
    for reading in readings:
        bench.read(reading)
    for need in (*placement.needs, *needs):
        bench.meet(need)
    return bench.fill()


class _Bench:
    def __init__(self, layout: Layout, aim: Aim, readings: Readings) -> None:
        self.aim = aim
        self.mint = Mint()
        self.version = layout.version
        self.lines = [self._line(name, number, readings) for number, name in enumerate(layout.segments)]
        self.own = self.lines[layout.at]
        self.fixed: list[tuple[int, Place]] = []
        self.barred: list[tuple[int, Place]] = []
        self.times = 1

    def _line(self, name: str, number: int, readings: Readings) -> Line:
        line = Line(name)
        for path, value in readings.defaults.get(name, {}).items():
            line.put(spot(path)[1], WHOLE, value)
        return line

    def head(self, code: str, event: str, structure: str) -> None:
        msh = self.lines[0]
        msh.put(9, WHOLE, f"{code}^{event}^{structure}")
        msh.put(12, WHOLE, self.version)

    def read(self, reading: Reading) -> None:
        for path in reading.clear:
            self.meet(Need(path, "empty"))
        for path, value in reading.set.items():
            self.set(path, value)

    def set(self, path: str, value: str) -> None:
        line, number, place = self._find(path)
        if line is None:
            return
        line.put(number, place, value)
        if line is self.own:
            self.fixed.append((number, place))

    def meet(self, need: Need) -> None:
        line, number, place = self._find(need.path)
        if line is None:
            return
        if not number:
            self._meet_segment(line, need)
        elif need.test == "empty":
            line.clear(number, place)
            self.barred += [(number, place)] if line is self.own else []
        elif need.test == "in":
            self.set(need.path, need.values[0])
        elif need.test == "count" and line is self.own and number == self.aim.field:
            self.times = need.number
        elif need.test == "not in":
            self._change(line, number, place, need.values)
        elif not line.holds(number, place) or need.test == "count":
            self._value(line, number, place, max(need.number, 1) if need.test == "count" else 1)

    def fill(self) -> Probe:
        """Fill what is aimed at, as far as nothing has settled what stands there."""
        head = self.lines[0].fields[9][0]
        tokens = [Token("text", value, value) for place, value in head.items() if covers(self.aim.place, place)]
        if not self.is_head:
            tokens = [token for number in range(self.times if self.aim.field else 0) for token in self._fill(number)]
        self._match_value()
        message = "\r".join(map(str, self.lines)) + "\r"
        held = self.own.fields.get(self.aim.field) or [{}]
        return Probe(message, tuple(tokens), _inside(held[0], self.aim.place), head)

    @property
    def is_head(self) -> bool:
        """Whether MSH-9 itself is aimed at, which says what the message is."""
        return (self.own.name, self.aim.field) == ("MSH", 9)

    def _match_value(self) -> None:
        """Let OBX-5 be of the type that OBX-2 says, where the probe aims elsewhere."""
        kind = self.own.fields.get(2, [{}])[0].get((1, 1), "")
        if self.own.name != "OBX" or self.aim.field == 5 or kind in ("", "ST") or (5, WHOLE) in self.fixed:
            return
        for leaf in leaves(kind):
            place = (leaf.component, leaf.subcomponent)
            if not self._is_set(5, place) and (kind, leaf.component) not in SIGNS:
                self.own.put(5, place, self.mint.make(leaf.datatype).sent)

    def _fill(self, repetition: int) -> list[Token]:
        aim = self.aim
        if aim.value:
            if not self._is_set(aim.field, (max(aim.place[0], 1), aim.place[1])):
                self.own.clear(aim.field, aim.place)
                self.own.put(aim.field, (max(aim.place[0], 1), max(aim.place[1], 1)), aim.value, repetition)
            return []
        found = []
        for leaf in leaves(self._datatype()):
            place = (leaf.component, leaf.subcomponent)
            if self._is_set(aim.field, place) or (self._datatype(), leaf.component) in SIGNS:
                continue
            token = self.mint.make(leaf.datatype)
            self.own.put(aim.field, place, token.sent, repetition)
            found += [token] if covers(aim.place, place) else []
        return found

    def _datatype(self) -> str:
        if self.aim.datatype != "varies":
            return self.aim.datatype
        return self.own.fields.get(2, [{}])[0].get((1, 1), "ST")

    def _is_set(self, number: int, place: Place) -> bool:
        """Whether a reading or a condition has settled what stands there."""
        return any(
            number == one and (covers(held, place) or covers(place, held)) for one, held in (*self.fixed, *self.barred)
        )

    def _find(self, path: str) -> tuple[Line | None, int, Place]:
        """The line, field and place of a path; one without a segment is inside the field aimed at."""
        found = spot(path)
        if not found[0]:
            return self.own, self.aim.field, found.place
        if found[0] == self.own.name:
            return self.own, found[1], found.place
        at = self.lines.index(self.own)
        nearest = sorted((abs(at - number), number) for number, line in enumerate(self.lines) if line.name == found[0])
        return (self.lines[nearest[0][1]] if nearest else None), found[1], found.place

    def _meet_segment(self, line: Line, need: Need) -> None:
        if need.test == "empty" and line is not self.own:
            self.lines.remove(line)

    def _change(self, line: Line, number: int, place: Place, values: Sequence[str]) -> None:
        """Give a field that holds one of the values another one."""
        for held in line.fields.get(number, []):
            for one in [one for one, value in held.items() if covers(place, one) and value in values]:
                held[one] = "ZZ"

    def _value(self, line: Line, number: int, place: Place, times: int) -> None:
        """Let something stand in a field of which the probe only asks that it is valued."""
        datatype = (
            field_type(line.name, number) if line is not self.own or number != self.aim.field else self.aim.datatype
        )
        if line is self.own and number == self.aim.field:
            return
        for repetition in range(times):
            for leaf in leaves(datatype):
                at = (leaf.component, leaf.subcomponent)
                if covers(place, at) and not (line is self.own and self._is_set(number, at)):
                    line.put(number, at, self.mint.make(leaf.datatype).sent, repetition)


def _inside(values: Mapping[Place, str], place: Place) -> Mapping[Place, str]:
    """The values at a place as those of a datatype of their own."""
    if place[0]:
        return {(sub, 1): value for (component, sub), value in values.items() if component == place[0]}
    return values
