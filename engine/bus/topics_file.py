"""The file of topics: how each is cut and how long it keeps what it holds, by name or for all that a pattern means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import Field, ValidationError

from engine.bus.record import Topic
from engine.config.duration import Retention
from engine.language.document import Node, read_document
from engine.language.fault import Faults, Mark
from engine.language.gather import Gather
from engine.language.model import Section, model_faults, place

PAGE = "docs/reference/topics.md"

_PATTERN = re.compile(r"[a-z*][a-z0-9_*-]*(\.[a-z0-9_*-]+)*\Z")


class TopicEntry(Section):
    """A topic such as `hl7.raw`, or all that a pattern such as `alerts.*` means; `*` stands for anything but a point.

    Of several that fit a topic, the one counts that says most of its name.
    """

    about: str = Field("", description="What it is for, in a sentence.")
    partitions: int | None = Field(
        None, ge=1, le=1000, description="Into how many it is divided by key; by default `bus.partitions`."
    )
    replication: int | None = Field(None, ge=1, description="Kafka: its replicas; by default `bus.replication`.")
    min_insync: int | None = Field(
        None, ge=1, description="Kafka: replicas that must hold a record before it counts; by default `bus.min_insync`."
    )
    retention: Retention = Field(
        None, description="How long records are kept: a duration such as `90d`, or `forever`, as by default."
    )
    compacted: bool = Field(False, description="Whether of each key only the newest record need be kept.")


class TopicsFile(Section):
    """What is said of topics; those of which nothing is said are cut as `bus` says, and keep records for ever."""

    topics: dict[str, TopicEntry] = Field({}, description="By name or pattern.")


class Declarations:
    """What a file says of topics."""

    def __init__(self, entries: Mapping[str, TopicEntry], document: Node | None = None) -> None:
        self.entries = entries
        self._document = document

    def pattern_of(self, topic: str) -> str:
        """The name or pattern that counts for a topic; empty where none fits."""
        fitting = [pattern for pattern in self.entries if _fits(pattern, topic)]
        return max(fitting, key=lambda pattern: (len(pattern.replace("*", "")), pattern), default="")

    def declare(self, topic: Topic) -> Topic:
        """The topic as the file has it, where it says something of it."""
        entry = self.entries.get(self.pattern_of(topic.name))
        if entry is None:
            return topic
        return replace(
            topic,
            partitions=entry.partitions or topic.partitions,
            retention=entry.retention,
            compacted=entry.compacted,
            replication=entry.replication or topic.replication,
            min_insync=entry.min_insync or topic.min_insync,
        )

    def mark(self, pattern: str, *keys: str) -> Mark:
        """Where an entry says something, or where it begins."""
        wanted = ("topics", pattern, *keys)
        return place(self._document, wanted) or Mark("topics.yaml")


def read_topics(path: Path) -> Declarations:
    """Read the file; one that is not there says nothing; raises Faults with every place that is wrong."""
    if not path.exists():
        return Declarations({})
    document = read_document(path)
    try:
        found = TopicsFile.model_validate(document.plain() or {})
    except ValidationError as error:
        raise Faults(model_faults(error, TopicsFile, document, str(path), PAGE)) from None
    read = Declarations(found.topics, document)
    gather = Gather()
    for pattern in (one for one in found.topics if not _PATTERN.match(one)):
        hint = "write lower-case words joined by points, such as alerts.critical, or a pattern such as alerts.*"
        gather.add(read.mark(pattern), "C041", f"topics.{pattern}", "is no name of a topic", hint)
    gather.close()
    return read


def _fits(pattern: str, topic: str) -> bool:
    return re.fullmatch("[^.]+".join(map(re.escape, pattern.split("*"))), topic) is not None
