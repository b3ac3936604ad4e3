"""Ways of several columns grown together: a branch for each hop, common to all that begin alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.views.ways import Hop, Way


class Stop(NamedTuple):
    """Where a way ends: the place in the row, and the types that JSON may have there."""

    way: Way
    place: int
    allowed: tuple[type, ...]


@dataclass(slots=True)
class Branch:
    """What stops here, and where hops lead on."""

    stops: list[Stop] = field(default_factory=list)
    below: dict[Hop, Branch] = field(default_factory=dict)


def grow(stops: Sequence[Stop]) -> Branch:
    """The trunk of these ways."""
    trunk = Branch()
    for stop in stops:
        branch = trunk
        for hop in stop.way.hops:
            branch = branch.below.setdefault(hop, Branch())
        branch.stops.append(stop)
    return trunk
