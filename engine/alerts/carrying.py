"""What a worker of the alert application does with what it is given: no Faust in here, and no waiting but for the bus.

Of each batch first alerts and states become durable, then the words of the tables go to their logs, and only then the
offsets may be committed. A batch that comes again changes nothing, by whichever worker it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.alerts import changelog, decisions, standing
from engine.alerts.alert import Status, alert_id
from engine.alerts.carried import place_of
from engine.alerts.changelog import Changelog, Entry, Plain, farther
from engine.alerts.course import Course, News, Place
from engine.alerts.decisions import read_decisions
from engine.alerts.event import Persons, read_event
from engine.alerts.frame import Kept
from engine.alerts.progress import Progress
from engine.alerts.publishing import publish_durably
from engine.alerts.rule import Rule
from engine.alerts.runner import publish, remember
from engine.alerts.standing import Standing, read_standing
from engine.alerts.surveillance.mover import Moving
from engine.alerts.surveillance.moves import Diseases, known_of
from engine.bus.bus import Bus, Producer, read_topic
from engine.bus.record import Record


class Word(NamedTuple):
    """What goes to the log of a table; no entry deletes the key."""

    key: str
    partition: int
    entry: Entry | None


class Rules:
    """The rules of the partitions that a worker has."""

    def __init__(
        self,
        bus: Bus,
        producer: Producer,
        rules: Sequence[Rule],
        group: str,
        told: Callable[[News], None] = lambda _: None,
    ) -> None:
        """`group` is the application's name; `told` hears what became durable."""
        self._bus = bus
        self._group = group
        self._producer = producer
        self._rules = rules
        self._told = told
        self.log = Changelog()
        self.progress = Progress(bus, group)
        """Of all topics that the application reads, those of cases too."""
        self._course = Course(rules)
        self._persons = Persons()
        self._reaches: dict[int, dict[str, int]] = {}
        """How far each partition was read."""
        self._decided = -1
        """Where the decisions ended that were taken."""

    @property
    def topics(self) -> list[str]:
        """What the rules read."""
        return sorted({topic for rule in self._rules for topic in rule.topics})

    def begin(self, partitions: Collection[int], now_us: int) -> list[Word]:
        """Go on from what the log holds of these partitions; returns what is stale in the log."""
        self.log = read_log(self._bus, changelog.RULES, partitions)
        kept = {place_of(key): Kept(**plain) for key, plain in self.log.of(partitions).items()}
        self._course = Course(self._rules, kept, self._standing(kept))
        self._persons, self._reaches, self._decided = Persons(), {}, -1
        for topic in self.topics:
            remember(self._bus, self._group, topic, self._persons)
        self.decide(now_us)
        return [Word(key, self.log.entries[key].partition, self.log.entries[key]) for key in sorted(self.log.stale)]

    def decide(self, now_us: int) -> None:
        """Take what people decided by now, if that is more than at the last look."""
        end = sum(span.next for span in self._bus.spans(decisions.TOPIC).values())
        if end != self._decided:
            self._course.decide(read_decisions(read_topic(self._bus, decisions.TOPIC)), now_us)
            self._decided = end

    def take(self, records: Iterable[Record], now_us: int) -> list[Word]:
        """Let the rules judge what was read, and time pass; what is told is durable then. Raises BusError."""
        words: list[Word] = []
        for partition, group in by_partition(records).items():
            for record in group:
                self._judge(record, now_us)
            self._reaches[partition] = farther(self._reaches.get(partition, {}), reach_of(group))
            words += self._follow(self._course.news(), partition)
        self._course.pass_time(now_us)
        return [*words, *self._follow(self._course.news(), None)]

    def _judge(self, record: Record, now_us: int) -> None:
        try:
            event = self._persons.complete(read_event(record))
        except (KeyError, ValueError):
            self._course.refuse("", "record", "")
            return
        self._course.take(event, record.topic, now_us)

    def _follow(self, news: News, partition: int | None) -> list[Word]:
        """Publish the alerts that are other now, and note states under the partition whose records made them so."""
        publish(self._producer, news._replace(kept={}))
        self._told(news)
        return [self._note(place, kept, partition) for place, kept in news.kept.items()]

    def _note(self, place: Place, kept: Kept, partition: int | None) -> Word:
        key = "/".join(place)
        held = self.log.entries.get(key)
        where = held.partition if partition is None and held else partition or 0
        plain = None if kept.is_empty else kept._asdict()
        return Word(key, where, self.log.put(key, where, plain, self._reaches.get(where, {})))

    def _standing(self, kept: Mapping[Place, Kept]) -> dict[str, Standing]:
        """The alerts of these keys, and all that ended: who reads an old event again must know of them."""
        ours = {
            alert_id(rule, f"{key}/{case}", life["since"])
            for (rule, key), one in kept.items()
            for case, life in one.lives.items()
        }
        found = read_standing(read_topic(self._bus, standing.TOPIC))
        return {name: one for name, one in found.items() if name in ours or one.alert.status is Status.RESOLVED}


class Cases:
    """The cases of the partitions that a worker has."""

    def __init__(self, bus: Bus, producer: Producer, diseases: Diseases) -> None:
        self._bus = bus
        self._producer = producer
        self._diseases = diseases
        self.log = Changelog()
        self._moving = Moving(diseases, {})

    def begin(self, partitions: Collection[int]) -> list[Word]:
        """Go on from what the log holds of these partitions; returns what is stale in the log."""
        self.log = read_log(self._bus, changelog.CASES, partitions)
        known = {key: one for key, plain in self.log.of(partitions).items() if (one := known_of(plain))}
        self._moving = Moving(self._diseases, known)
        return [Word(key, self.log.entries[key].partition, self.log.entries[key]) for key in sorted(self.log.stale)]

    def take(self, records: Iterable[Record]) -> list[Word]:
        """Move cases; the moves are durable when it returns. Raises BusError."""
        words: list[Word] = []
        for partition, group in by_partition(records).items():
            moves, remembered = self._moving.take(group)
            publish_durably(self._producer, moves)
            for one in remembered:
                key = one.key.decode()
                plain: Plain = self._moving.known[key].plain()
                words.append(Word(key, partition, self.log.put(key, partition, plain, reach_of(group))))
        return words


def read_log(bus: Bus, topic: str, partitions: Collection[int]) -> Changelog:
    """What a table holds of these partitions; all of it is read, as Faust may leave out what it takes for read."""
    log = Changelog()
    for partition, span in bus.spans(topic).items():
        if partition.number in partitions:
            for record in bus.read(partition, span.first, span.next):
                log.replay(record.key.decode(), record.partition, record.value)
    return log


def by_partition(records: Iterable[Record]) -> dict[int, list[Record]]:
    """Records by the number of their partitions, in the order of each."""
    found: dict[int, list[Record]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record)
    return found


def reach_of(records: Iterable[Record]) -> dict[str, int]:
    """The last offset of each topic among records."""
    return {record.topic: record.offset for record in sorted(records, key=lambda one: one.offset)}
