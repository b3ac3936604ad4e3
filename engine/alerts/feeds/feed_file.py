"""The kind `feed`: its part of a rule's file."""

from __future__ import annotations

from engine.alerts.feeds import standing
from engine.alerts.feeds.feed import Check, Feed, Of
from engine.alerts.feeds.standing import Ending, Missing
from engine.alerts.keys import DURATION
from engine.alerts.kind import Kind
from engine.alerts.reading import read_choice, read_duration_us, read_number
from engine.canonical.dead import Reason
from engine.language.document import Node
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.language.keys import TEXTS, Key, keys

NUMBER = {"type": "number", "minimum": 0}
CHECKS = [*Check, standing.MISSING, standing.ENDS]
KEYS = keys(
    check=Key("What it looks for: silence, drop, share, count, missing, certificate.", {"enum": CHECKS}, required=True),
    of=Key("Of share and count: what is counted; dead.", {"enum": list(Of)}),
    reasons=Key("Of dead letters: only these reasons.", TEXTS),
    facilities=Key("The codes of those that it is about; all of them.", TEXTS),
    expected=Key("Of silence and drop: how many messages must have been to be expected; 10.", NUMBER),
    at_least=Key("Of silence: never sooner than this after the last message; 15m.", DURATION),
    learn=Key("Of silence and drop: how long a facility is listened to before it is judged; 14d.", DURATION),
    window=Key("The time that is looked back; 1h.", DURATION),
    below=Key("Of drop: the part of what was to be expected; 0.5.", NUMBER),
    above=Key("The part of the messages (0.05), or of count and missing (1) their number, that is too much.", NUMBER),
    within=Key("Of certificate: how long before its end; 30d.", DURATION),
    least=Key("Of share: with fewer messages nothing is said; 20.", NUMBER),
)
DEFAULT, MISSES, ENDS = Feed(Check.SILENCE), Missing(), Ending()


def parse(node: Node, name: str, gather: Gather) -> Feed | Missing | Ending | None:
    """The behavior that a rule's node describes."""

    def number(key: str, default: float) -> float:
        found = read_number(node.get(key), f"{name}.{key}", gather)
        return default if found is None else found

    def span(key: str, default_us: int) -> int:
        return read_duration_us(node.get(key), f"{name}.{key}", gather, default_us)

    check = read_choice(node.get("check"), f"{name}.check", tuple(CHECKS), gather)
    facilities = frozenset(gather.texts(node.get("facilities"), f"{name}.facilities"))
    if check == standing.MISSING:
        return Missing(number("above", MISSES.above), facilities)
    if check == standing.ENDS:
        return Ending(span("within", ENDS.within_us))
    return Feed(
        check=Check(check),
        of=Of(read_choice(node.get("of"), f"{name}.of", tuple(Of), gather)),
        reasons=_reasons(node.get("reasons"), f"{name}.reasons", gather),
        expected=number("expected", DEFAULT.expected),
        at_least_us=span("at_least", DEFAULT.at_least_us),
        window_us=span("window", DEFAULT.window_us),
        below=number("below", DEFAULT.below),
        above=number("above", DEFAULT.above),
        least=number("least", DEFAULT.least),
        learn_us=span("learn", DEFAULT.learn_us),
        facilities=facilities,
    )


def _reasons(node: Node | None, where: str, gather: Gather) -> frozenset[str]:
    found = gather.texts(node, where)
    for text in set(found) - {*Reason}:
        if node is not None:
            hint = nearest(text, Reason) or "see docs/reference/dead-letters.md"
            gather.add(node.mark, "A103", where, f"{text!r} is no reason of a dead letter", hint)
    return frozenset(found)


FEED = Kind(
    "feed",
    "Facilities that are silent, or send too little or too much of what is of no use; what is missing; certificates.",
    KEYS,
    parse,
)
