"""Where a probe message gets the values that are looked for."""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands.conformance.aims import Probe
from engine.commands.conformance.draft import WHOLE, Place, covers
from engine.commands.conformance.sheet import Sheet
from engine.commands.conformance.tokens import Token, leaves

SIGNS = frozenset({("SN", 1), ("SN", 3)})
"""Components that hold signs, and are only filled with what a row asks for."""


class Bench(Sheet):
    """Fills what a probe aims at, as far as conditions and readings leave it open."""

    def fill(self) -> Probe:
        """Fill what is aimed at, as far as nothing has settled what stands there."""
        head = self.lines[0].fields[9][0]
        tokens = [Token("text", value, value) for place, value in head.items() if covers(self.aim.place, place)]
        if not self.is_head:
            tokens = [token for number in range(self.times if self.aim.field else 0) for token in self._fill(number)]
        self._match_value()
        message = "\r".join(map(str, self.lines)) + "\r"
        held = self.own.fields.get(self.aim.field) or [{}]
        return Probe(message, tuple(tokens), _inside(held[0], self.aim.base), head)

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
            if not self.is_set(5, place) and (kind, leaf.component) not in SIGNS:
                self.own.put(5, place, self.mint.make(leaf.datatype).sent)

    def _fill(self, repetition: int) -> list[Token]:
        aim = self.aim
        if aim.value:
            if not self.is_set(aim.field, (max(aim.place[0], 1), aim.place[1])):
                self.own.clear(aim.field, aim.place)
                self.own.put(aim.field, (max(aim.place[0], 1), max(aim.place[1], 1)), aim.value, repetition)
            if aim.system:
                self.own.put(aim.field, (3, 1), aim.system, repetition)
            return []
        found = []
        self._clear_defaults()
        for leaf in leaves(self._datatype()):
            place = (leaf.component, leaf.subcomponent)
            if self.is_set(aim.field, place) or (self._datatype(), leaf.component) in SIGNS:
                continue
            token = self.mint.make(leaf.datatype)
            self.made.append(token)
            self.own.put(aim.field, place, token.sent, repetition)
            found += [token] if covers(aim.place, place) else []
        return found

    def _clear_defaults(self) -> None:
        """Take away what the field holds by default, so that only what the probe puts there stands."""
        for values in self.own.fields.get(self.aim.field, []):
            for place in [one for one in values if not self.is_set(self.aim.field, one)]:
                if not any(token.sent == values[place] for token in self.made):
                    del values[place]

    def _datatype(self) -> str:
        if self.aim.datatype != "varies":
            return self.aim.datatype
        return self.own.fields.get(2, [{}])[0].get((1, 1), "ST")


def _inside(values: Mapping[Place, str], place: Place) -> Mapping[Place, str]:
    """The values at a place as those of a datatype of their own."""
    if place[0]:
        return {(sub, 1): value for (component, sub), value in values.items() if component == place[0]}
    return values
