"""The bus without a server: one SQLite file a topic in a folder, shared by all processes of one machine.

A topic has its own file so that those who write different topics do not wait for each other. Records are in the file's
log before they are on its pages, and every commit is synced (WAL, synchronous=FULL): after a crash or a power failure
SQLite gives back what was committed and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.bus.bus import BusError, Consumer, OffsetOutOfRange, Producer, Starting
from engine.bus.embedded.consumer import EmbeddedConsumer
from engine.bus.embedded.file import sync_folder
from engine.bus.embedded.groups import Groups, create_groups
from engine.bus.embedded.producer import EmbeddedProducer
from engine.bus.embedded.schema import change_retention, create_topic, read_topic, topic_path
from engine.bus.embedded.topic import WrittenTopic
from engine.bus.embedded.view import Batch, TopicView
from engine.bus.gaps import outside
from engine.bus.gathering import GatheringProducer
from engine.bus.record import Partition, Record, Span, Topic

READ_AT_ONCE = 500
"""Records that `read` fetches in one go."""


class EmbeddedBus:
    """The topics and groups below `home`; a silent consumer's partitions are taken over after `lease` seconds."""

    def __init__(self, home: Path, *, lease: float = 10.0) -> None:
        self._home = home
        self._topics = home / "topics"
        self._groups = home / "groups.db"
        self._lease = lease
        try:
            self._topics.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.chmod(0o700)
            sync_folder(home)
            sync_folder(home.parent)
        except OSError as error:
            raise BusError(
                f"no bus: {error.strerror} ({home}) - see that the folder can be made and written"
            ) from error
        create_groups(self._groups)

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing; leave those that exist as they are."""
        for topic in topics:
            create_topic(topic_path(self._topics, topic.name), topic)

    def producer(self, gathers: bool = False) -> Producer:
        """A new producer, with a thread of its own; one that `gathers` stores at its flush."""
        producer = EmbeddedProducer(self._topics)
        return GatheringProducer(producer) if gathers else producer

    def consumer(self, group: str, topics: Sequence[str], starting: Starting | None = None) -> Consumer:
        """Join `group`; with `starting` the caller keeps the offsets, and what the group committed is not used."""
        return EmbeddedConsumer(self._home, group, topics, starting, self._lease)

    def topics(self) -> dict[str, int]:
        """The topics that exist, with their number of partitions."""
        return {path.stem: len(self.spans(path.stem)) for path in sorted(self._topics.glob("*.db"))}

    def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that exist, as they are."""
        paths = [path for path in (topic_path(self._topics, name) for name in names) if path.exists()]
        return {path.stem: read_topic(path) for path in paths}

    def change(self, topic: Topic) -> None:
        """Give a topic that exists the retention of `topic`; a producer heeds it from its next look at old records."""
        change_retention(topic_path(self._topics, topic.name), topic)

    def spans(self, topic: str) -> dict[Partition, Span]:
        """The offsets that each partition of the topic holds now; empty for a topic that does not exist."""
        path = topic_path(self._topics, topic)
        if not path.exists():
            return {}
        with closing(TopicView(path)) as view, view.snapshot() as spans:
            return {Partition(topic, number): span for number, span in spans.items()}

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        """What the group committed, for lag; only partitions that have a commit."""
        with closing(Groups(self._groups, self._lease)) as groups:
            committed = groups.committed(group)
        return {partition: offset for partition, offset in committed.items() if partition.topic == topic}

    def read(self, partition: Partition, first: int, stop: int) -> Iterator[Record]:
        """The records from `first` up to but without `stop` that are there now, outside any group.

        Raises OffsetOutOfRange when `first` has been removed already.
        """
        span = self.spans(partition.topic).get(partition, Span(0, 0))
        stop = min(stop, span.next)
        while first < stop:
            batch = Batch(READ_AT_ONCE)
            with closing(TopicView(topic_path(self._topics, partition.topic))) as view, view.snapshot() as spans:
                if fault := outside(partition, first, spans[partition.number]):
                    raise OffsetOutOfRange(fault)
                first = view.scan(partition.number, first, stop, batch)
            yield from batch.records

    def enforce(self, topic: str, now: int) -> None:
        """Remove what retention and compaction let go at `now` (ms since the epoch); producers do it by themselves."""
        with closing(WrittenTopic(topic_path(self._topics, topic))) as written:
            while written.remove_old(now):
                pass

    def close(self) -> None:
        """Nothing: producers and consumers are closed by those who made them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
