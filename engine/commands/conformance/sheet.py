"""A probe message while conditions and readings say what it must hold. What a reading sets, no condition changes."""

from __future__ import annotations

from collections.abc import Sequence

from engine.commands.conformance.aims import Aim
from engine.commands.conformance.draft import WHOLE, Line, Place, covers, spot
from engine.commands.conformance.layout import Layout
from engine.commands.conformance.needs import Need
from engine.commands.conformance.readings import Reading, Readings
from engine.commands.conformance.tokens import Mint, Token, field_type, leaves


class Sheet:
    """The segments of one message, and what is settled of the one that the probe is in."""

    def __init__(self, layout: Layout, aim: Aim, readings: Readings) -> None:
        self.aim = aim
        self.mint = Mint()
        self.version = layout.version
        self.lines = [self._line(name, number, readings) for number, name in enumerate(layout.segments)]
        self.own = self.lines[layout.at]
        self.fixed: list[tuple[int, Place]] = []
        self.told: set[tuple[str, int, Place]] = set()
        self.barred: list[tuple[int, Place]] = []
        self.made: list[Token] = []
        self.times = 1

    def _line(self, name: str, number: int, readings: Readings) -> Line:
        line = Line(name)
        for path, value in readings.defaults.get(name, {}).items():
            line.put(spot(path)[1], WHOLE, value)
        return line

    def head(self, code: str, event: str, structure: str) -> None:
        """Say in MSH what the message is."""
        msh = self.lines[0]
        msh.put(9, WHOLE, f"{code}^{event}^{structure}")
        msh.put(12, WHOLE, self.version)

    def read(self, reading: Reading) -> None:
        """Clear and set what a reading says."""
        for path in reading.clear:
            self.meet(Need(path, "empty"))
        for path, value in reading.set.items():
            self.set(path, value)
            line, number, place = self.find(path)
            self.told.add((line.name if line else "", number, place))

    def set(self, path: str, value: str) -> None:
        """Set a field or a part of it; of the probe's own segment it stays so."""
        line, number, place = self.find(path)
        if line is None:
            return
        line.put(number, place, value)
        if line is self.own:
            self.fixed.append((number, place))

    def meet(self, need: Need) -> None:
        """Do what a condition needs."""
        line, number, place = self.find(need.path)
        if line is None:
            return
        if not number:
            self._meet_segment(line, need)
        elif need.test == "empty":
            line.clear(number, place)
            self.barred += [(number, place)] if line is self.own else []
        elif need.test == "in":
            self._equal(line, need, (number, place))
        elif need.test == "count" and line is self.own and number == self.aim.field:
            self.times = need.number
        elif need.test == "not in":
            self._change(line, number, place, need.values)
        elif not line.holds(number, place) or need.test == "count":
            self._value(line, number, place, max(need.number, 1) if need.test == "count" else 1)

    def _equal(self, line: Line, need: Need, where: tuple[int, Place]) -> None:
        """Set the first of the values, where no reading has set another."""
        if (line.name, *where) not in self.told:
            self.set(need.path, need.values[0])

    def find(self, path: str) -> tuple[Line | None, int, Place]:
        """The line, field and place of a path; one without a segment is inside the field aimed at."""
        found = spot(path)
        if not found[0]:
            return self.own, self.aim.field, found.place
        if found[0] == self.own.name:
            return self.own, found[1], found.place
        at = self.lines.index(self.own)
        nearest = sorted((abs(at - number), number) for number, line in enumerate(self.lines) if line.name == found[0])
        return (self.lines[nearest[0][1]] if nearest else None), found[1], found.place

    def is_set(self, number: int, place: Place) -> bool:
        """Whether a reading or a condition has settled what stands there."""
        return any(
            number == one and (covers(held, place) or covers(place, held)) for one, held in (*self.fixed, *self.barred)
        )

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
                if covers(place, at) and not (line is self.own and self.is_set(number, at)):
                    line.put(number, at, self.mint.make(leaf.datatype).sent, repetition)
