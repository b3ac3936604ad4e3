"""A message while it is put together: segments whose fields are set and cleared by path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Place = tuple[int, int]
"""Component and subcomponent."""
WHOLE: Place = (0, 0)
_PATH = re.compile(
    r"(?:(?P<segment>[A-Z][A-Z0-9]{2})(?:-(?P<field>\d+))?)?(?:\.(?P<component>\d+)(?:\.(?P<sub>\d+))?)?\Z"
)
SPECIAL = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "~": "\\R\\", "^": "\\S\\", "&": "\\T\\"})


class Spot(tuple[str, int, int, int]):
    """Segment, field, component, subcomponent; 0 for what is not named."""

    __slots__ = ()

    @property
    def place(self) -> Place:
        """Where in the field."""
        return self[2], self[3]


def spot(path: str) -> Spot:
    """The place that a path names: `PID-3.1`, `.4.2`."""
    match = _PATH.match(path)
    if match is None:
        raise ValueError(path)
    numbers = [int(match[name] or 0) for name in ("field", "component", "sub")]
    return Spot((match["segment"] or "", *numbers))


@dataclass
class Line:
    """One segment: for each field its repetitions, each of them values by place."""

    name: str
    fields: dict[int, list[dict[Place, str]]] = field(default_factory=dict)

    def put(self, number: int, place: Place, value: str, repetition: int = 0) -> None:
        """Set one value; with place WHOLE the field is set, as HL7 writes it."""
        if place == WHOLE:
            self.fields[number] = [_read(one) for one in value.split("~")]
            return
        found = self.fields.setdefault(number, [{}])
        found += [{} for _ in range(repetition + 1 - len(found))]
        found[repetition][(place[0], place[1] or 1)] = value

    def clear(self, number: int, place: Place) -> None:
        """Take away what stands at a place of every repetition."""
        for values in self.fields.get(number, []):
            for one in [one for one in values if covers(place, one)]:
                del values[one]

    def holds(self, number: int, place: Place) -> bool:
        """Whether anything stands there."""
        return any(covers(place, one) for values in self.fields.get(number, []) for one in values)

    def __str__(self) -> str:
        last = max(self.fields, default=0)
        texts = ["~".join(map(_write, self.fields.get(number, []))) for number in range(1, last + 1)]
        if self.name == "MSH":
            texts = ["^~\\&", *texts[2:]]
        return "|".join([self.name, *texts])


def covers(place: Place, inner: Place) -> bool:
    """Whether a place is the other, or around it."""
    return place[0] in (0, inner[0]) and place[1] in (0, inner[1])


def _read(text: str) -> dict[Place, str]:
    components = enumerate(text.split("^"), 1)
    parted = ((number, enumerate(one.split("&"), 1)) for number, one in components)
    return {(number, sub): value for number, values in parted for sub, value in values if value}


def _write(values: dict[Place, str]) -> str:
    components: dict[int, dict[int, str]] = {}
    for (component, sub), value in values.items():
        components.setdefault(component, {})[sub] = value.translate(SPECIAL)
    return "^".join(_joined(components.get(number, {})) for number in range(1, max(components, default=0) + 1))


def _joined(values: dict[int, str]) -> str:
    if len(values) == 1 and 1 in values:
        return values[1]
    return "&".join(values.get(number, "") for number in range(1, max(values, default=0) + 1))
