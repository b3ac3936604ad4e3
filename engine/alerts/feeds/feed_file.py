"""The kind `feed`: its part of a rule's file."""

from __future__ import annotations

from engine.alerts.feeds.feed import Check, Feed, Of
from engine.alerts.keys import DURATION
from engine.alerts.kind import Kind
from engine.alerts.reading import read_choice, read_duration_us, read_number
from engine.canonical.dead import Reason
from engine.language.document import Node
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.language.keys import TEXTS, Key, keys

NUMBER = {"type": "number", "minimum": 0}
KEYS = keys(
    check=Key("What it looks for: silence, drop, share, count.", {"enum": list(Check)}, required=True),
    of=Key("Of share and count: what is counted; dead.", {"enum": list(Of)}),
    reasons=Key("Of dead letters: only these reasons.", TEXTS),
    facilities=Key("The codes of those that it is about; all of them.", TEXTS),
    expected=Key("Of silence and drop: how many messages must have been to be expected; 10.", NUMBER),
    at_least=Key("Of silence: never sooner than this after the last message; 15m.", DURATION),
    learn=Key("Of silence and drop: how long a facility is listened to before it is judged; 14d.", DURATION),
    window=Key("The time that is looked back; 1h.", DURATION),
    below=Key("Of drop: the part of what was to be expected; 0.5.", NUMBER),
    above=Key("The part of the messages, or of count their number, from which it is too much; 0.05.", NUMBER),
    least=Key("Of share: with fewer messages nothing is said; 20.", NUMBER),
)
DEFAULT = Feed(Check.SILENCE)


def parse(node: Node, name: str, gather: Gather) -> Feed | None:
    """The behavior that a rule's node describes."""

    def number(key: str, default: float) -> float:
        found = read_number(node.get(key), f"{name}.{key}", gather)
        return default if found is None else found

    def span(key: str, default_us: int) -> int:
        return read_duration_us(node.get(key), f"{name}.{key}", gather, default_us)

    return Feed(
        check=Check(read_choice(node.get("check"), f"{name}.check", tuple(Check), gather)),
        of=Of(read_choice(node.get("of"), f"{name}.of", tuple(Of), gather)),
        reasons=_reasons(node.get("reasons"), f"{name}.reasons", gather),
        expected=number("expected", DEFAULT.expected),
        at_least_us=span("at_least", DEFAULT.at_least_us),
        window_us=span("window", DEFAULT.window_us),
        below=number("below", DEFAULT.below),
        above=number("above", DEFAULT.above),
        least=number("least", DEFAULT.least),
        learn_us=span("learn", DEFAULT.learn_us),
        facilities=frozenset(gather.texts(node.get("facilities"), f"{name}.facilities")),
    )


def _reasons(node: Node | None, where: str, gather: Gather) -> frozenset[str]:
    found = gather.texts(node, where)
    for text in set(found) - {*Reason}:
        if node is not None:
            hint = nearest(text, Reason) or "see docs/reference/dead-letters.md"
            gather.add(node.mark, "A103", where, f"{text!r} is no reason of a dead letter", hint)
    return frozenset(found)


FEED = Kind("feed", "Facilities that are silent, send too little, or too much of what is of no use.", KEYS, parse)
