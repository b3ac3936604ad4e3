"""The frame of rules: a kind reads its part of a rule's file, and folds events into a state that says what holds.

State is small plain JSON, and never holds what a patient could be known by. A step is a pure function of what is given.
An event may come again, and then changes nothing: a state keeps the stamp of the last event that it took of each case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, Self

from engine.alerts.event import Event
from engine.language.document import Node
from engine.language.gather import Gather
from engine.language.keys import Keys

State = dict[str, Any]


class Signal(NamedTuple):
    """Whether, from a time on, that holds of a case which the rule tells of; said as often as one likes."""

    case: str
    """What tells the alerts of one key apart, such as the id of a result."""
    holds: bool
    at_us: int
    """When it began to hold or not: the same whenever the event is read, and never the same for two beginnings."""
    subject: str = ""
    facility: str = ""
    place: str = ""
    evidence: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    """Words from the rule's file or the settings beside the rule's labels."""
    quiet: bool = False
    """Whether nobody is to be told: it rests on a message that was transformed anew."""


class Step(NamedTuple):
    """What came of an event, or of time that passed."""

    state: State | None
    """None where nothing is to be remembered."""
    signals: tuple[Signal, ...] = ()
    wake_us: int | None = None
    """When the state is to be looked at again, though no event came."""
    refused: tuple[str, ...] = ()
    """Why of the event something could not be judged, each a word: `unit`."""


class Line(NamedTuple):
    """One line of a line list: a case that is to be notified, under keyed references."""

    case: str
    subject: str
    facility: str
    place: str
    disease: str
    basis: str
    diagnosed_us: int
    due_us: int
    tell_us: int
    """When somebody is told, if nobody acknowledged it before."""
    evidence: tuple[str, ...]


class Behavior(Protocol):
    """What a rule does, as its file says."""

    @property
    def settings(self) -> Mapping[str, float]:
        """The numbers that may be changed while it runs, by name."""

    def changed(self, settings: Mapping[str, float]) -> Self:
        """The same with these numbers in place of those of the file."""

    def key(self, event: Event) -> str | None:
        """Under which key its state for this event stands; None where the event does not concern it."""

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        """The state after an event, or after time alone; of a key without state it is None."""

    def lines(self, state: State) -> Iterable[Line]:
        """What the state says of cases that are to be listed."""


class Kind(NamedTuple):
    """A kind of rule: its name, what it is for, the keys of its part of the file, and how that is read."""

    name: str
    about: str
    keys: Keys
    parse: Callable[[Node, str, Gather], Behavior | None]
    """Takes the rule's node and name; notes faults."""
    definitions: Mapping[str, Any] = {}
    """Parts of the schema that its keys refer to."""
