"""Every topic of the engine: what its code needs of each, and what the file of topics may say of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.alerts import changelog, decisions, memory, standing
from engine.alerts.surveillance import records as surveillance
from engine.bus.record import Topic
from engine.bus.topics_file import Declarations
from engine.canonical import audit, case, dead, feed, feed_state, gaps, held, raw, receipt, resolution, unmapped
from engine.canonical.envelope import LATEST, is_latest, latest_topic_of, topic_of
from engine.config import Settings
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.listeners import sequence
from engine.persons import decision
from engine.transforms import activation, stops

KEYED = (raw.TOPIC, receipt.TOPIC, dead.TOPIC, case.TOPIC)
"""Topics that hold something of messages of any kind, divided by patient."""

COUNTS = (feed.TOPIC, feed_state.TOPIC, surveillance.MOVES, surveillance.BASELINES, changelog.RULES, changelog.CASES)
"""Topics divided by what is counted, facilities or diseases and communes, and the tables of those who count."""

SINGLE = (
    *(activation.TOPIC, audit.TOPIC, resolution.TOPIC, stops.TOPIC, held.TOPIC, gaps.TOPIC),
    *(unmapped.TOPIC, sequence.TOPIC, surveillance.PLACES, decision.TOPIC),
    *(unmapped.TOPIC, sequence.TOPIC, standing.TOPIC, decisions.TOPIC, memory.TOPIC),
)
"""Topics of few records, in one partition unless the file says otherwise."""

ORDERED = frozenset({*SINGLE} - {unmapped.TOPIC})
"""Topics whose records have one order for all of them: more than one partition would break what they mean."""

NEWEST = frozenset(
    {
        *(sequence.TOPIC, held.TOPIC, gaps.TOPIC, standing.TOPIC, decisions.TOPIC, memory.TOPIC),
        *(feed_state.TOPIC, surveillance.PLACES, surveillance.BASELINES, changelog.RULES, changelog.CASES),
    }
)
"""Topics that hold the last word on each of their keys."""

FOR_EVER = ORDERED - {audit.TOPIC}
"""Topics that are read from their beginning whenever a process starts."""


def all_topics(
    settings: Settings, declarations: Declarations, resource_types: Iterable[str], route_topics: Iterable[str]
) -> list[Topic]:
    """The topics of the engine as they are declared: the fixed ones, those of resource types, and those of routes."""
    types = sorted(set(resource_types))
    latest = [latest_topic_of(one) for one in latest_types(declarations, types)]
    names = [*KEYED, *COUNTS, *map(topic_of, types), *latest, *sorted(set(route_topics)), *SINGLE]
    return [declarations.declare(_made(name, settings)) for name in dict.fromkeys(names)]


def latest_types(declarations: Declarations, resource_types: Iterable[str]) -> frozenset[str]:
    """The types whose resources are published as they are now too: those whose `.latest` topic the file names."""
    return frozenset(one for one in resource_types if declarations.pattern_of(latest_topic_of(one)).endswith(LATEST))


def check_topics(
    settings: Settings,
    declarations: Declarations,
    resource_types: Collection[str],
    route_topics: Collection[str],
    gather: Gather,
) -> None:
    """Note what the file says of topics that there are not, and what would break those that there are."""
    topics = all_topics(settings, declarations, resource_types, route_topics)
    known = {topic.name for topic in topics}
    used = {declarations.pattern_of(name) for name in known}
    for pattern in declarations.entries.keys() - used:
        mark = declarations.mark(pattern)
        hint = nearest(pattern, known) or "correct it, or take it out; `engine topics diff` lists what there is"
        gather.add(mark, "C042", f"topics.{pattern}", "the engine has no such topic", hint)
    for topic in topics:
        _check_one(topic, declarations, route_topics, gather)


def _check_one(topic: Topic, declarations: Declarations, route_topics: Collection[str], gather: Gather) -> None:
    pattern = declarations.pattern_of(topic.name)
    if not pattern:
        return
    where = f"topics.{pattern}"
    if topic.name in ORDERED and topic.partitions > 1:
        mark = declarations.mark(pattern, "partitions")
        gather.add(mark, "C043", where, f"{topic.name} must have one order", "write partitions: 1")
    compacted = may_be_compacted(topic.name, route_topics)
    if compacted is not None and topic.compacted != compacted:
        mark = declarations.mark(pattern, "compacted")
        what = f"{topic.name} {'holds only what is newest' if compacted else 'must keep every record'}"
        gather.add(mark, "C044", where, what, f"write compacted: {str(compacted).lower()}")
    if (topic.min_insync or 1) > (topic.replication or 1):
        mark = declarations.mark(pattern, "min_insync")
        what = f"{topic.min_insync} replicas of {topic.replication} would have to hold a record"
        gather.add(mark, "C045", where, what, "raise replication, or lower min_insync; see bus.replication too")
    if topic.name in FOR_EVER and topic.retention is not None:
        mark = declarations.mark(pattern, "retention")
        gather.add(mark, "C046", where, f"{topic.name} is read from its beginning", "write retention: forever")


def may_be_compacted(name: str, route_topics: Collection[str]) -> bool | None:
    """Whether a topic must be compacted or must not; None where either will do."""
    if name in NEWEST or is_latest(name):
        return True
    return None if name in route_topics else False


def _made(name: str, settings: Settings) -> Topic:
    """A topic of which the file says nothing."""
    bus = settings.bus
    partitions = 1 if name in SINGLE else bus.partitions
    return Topic(
        name,
        partitions,
        compacted=may_be_compacted(name, ()) is True,
        replication=bus.replication,
        min_insync=bus.min_insync,
    )
