"""What became of each message, read from the stores themselves by code that the engine does not share."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from tests.faults.city import City
from tests.faults.feed import Fate, Sent

COUNTED = (
    "select count(*) from history h join messages m on h.message_key = m.message_key and h.raw_topic = m.raw_topic"
    " and h.raw_part = m.raw_part and h.raw_offset = m.raw_offset and h.generation = m.generation"
    " where h.resource_type = 'Encounter'"
)
VISITS = "select body from current where resource_type = 'Encounter'"
OUTCOMES = (
    "select r.outcome, count(*) from receipts r join messages m on r.message_key = m.message_key"
    " and r.raw_topic = m.raw_topic and r.raw_part = m.raw_part and r.raw_offset = m.raw_offset group by 1"
)
BROKEN = "select count(*) from current where cast(body as varchar) like '%\ufffd%'"


class Store(Protocol):
    """A warehouse that answers SQL, and the bus: reasons of dead letters; hashes of them and of the raw messages.

    The latter stand in the order of their partitions and offsets, and those of one patient are in one partition.
    Where a bus cannot be read but by the engine's own code, the hashes are None.
    """

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def reasons(self) -> Counter[str]: ...

    def dead(self) -> set[str] | None: ...

    def raw(self) -> list[str] | None: ...

    def behind(self) -> int: ...


@dataclass(slots=True)
class Verdict:
    """What is wrong, by kind, each with some examples; nothing where all is well."""

    acknowledged: int = 0
    loaded: int = 0
    dead: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, kind: str, found: Iterable[object]) -> None:
        """Note what was found wrong, if anything was."""
        told = [str(one) for one in found]
        if told:
            self.faults[kind] = [f"{len(told)} in all", *told[:5]]


def judge(store: Store, sent: Mapping[tuple[int, int], Sent], answers: Mapping[tuple[int, int], str]) -> Verdict:
    """Compare what was sent and acknowledged with what is stored."""
    verdict = Verdict(acknowledged=sum(code in ("AA", "CA") for code in answers.values()))
    verdict.fault("unanswered", sent.keys() - answers.keys())
    verdict.fault("wrong answer", (key for key, code in answers.items() if code != "AA"))
    _judge_visits(store, list(sent.values()), verdict)
    _judge_counts(store, list(sent.values()), verdict)
    _judge_dead(store, list(sent.values()), verdict)
    return verdict


def _judge_visits(store: Store, sent: list[Sent], verdict: Verdict) -> None:
    """Each visit is there, with the ward that the newest message about it says: never an older one's."""
    expected: dict[str, tuple[str, str]] = {}
    for one in sent:
        if one.fate is Fate.LOADED:
            expected[one.visit] = max(expected.get(one.visit, ("", "")), (one.when, one.ward))
    bodies = [json.loads(body) if isinstance(body, str) else body for (body,) in store.rows(VISITS)]
    kept = {body["identifier"][0]["value"]: body["location"][0]["location"]["display"] for body in bodies}
    verdict.fault("lost visit", expected.keys() - kept.keys())
    verdict.fault("visit out of nothing", kept.keys() - expected.keys())
    both = expected.keys() & kept.keys()
    verdict.fault("older value won", (visit for visit in both if kept[visit].split()[0] != expected[visit][1]))
    verdict.fault("visit twice", range(len(bodies) - len(kept)))
    verdict.fault("replacement character", range(store.rows(BROKEN)[0][0]))


def _judge_counts(store: Store, sent: list[Sent], verdict: Verdict) -> None:
    loaded = sum(one.fate is Fate.LOADED for one in sent)
    refused = len(sent) - loaded
    outcomes: dict[str, int] = dict(store.rows(OUTCOMES))
    verdict.loaded = outcomes.get("mapped", 0)
    effects = store.rows(COUNTED)[0][0]
    verdict.fault("message without a receipt", range(loaded - verdict.loaded))
    verdict.fault("message counted twice", range(verdict.loaded - loaded))
    verdict.fault("effect lost", range(loaded - effects))
    verdict.fault("effect twice", range(effects - loaded))
    verdict.fault("dead letter unaccounted", range(abs(refused - outcomes.get("dead", 0))))


def _judge_dead(store: Store, sent: list[Sent], verdict: Verdict) -> None:
    reasons = store.reasons()
    verdict.dead = reasons.total()
    for fate in (Fate.VALUE, Fate.CHARSET):
        verdict.fault(f"dead letter lost: {fate}", range(sum(one.fate is fate for one in sent) - reasons[fate]))
    verdict.fault("dead letter for no reason", reasons.keys() - {Fate.VALUE, Fate.CHARSET})
    dead, raw = store.dead(), store.raw()
    expected = {one.sha256 for one in sent if one.fate is not Fate.LOADED}
    if dead is not None:
        verdict.fault("dead letter lost", expected - dead)
        verdict.fault("dead letter of a good message", dead - expected)
    if raw is not None:
        verdict.fault("bytes not as sent", {one.sha256 for one in sent} - set(raw))
        verdict.fault("out of order", _overtaken(list(dict.fromkeys(raw)), sent))


def _overtaken(raw: list[str], sent: list[Sent]) -> Iterator[str]:
    """The messages of a visit that stand behind a later one of it."""
    known = {one.sha256: one for one in sent}
    last: dict[str, int] = {}
    for one in (known[digest] for digest in raw if digest in known):
        if one.number < last.get(one.visit, -1):
            yield one.control_id
        last[one.visit] = max(one.number, last.get(one.visit, -1))


class KafkaStore:
    """PostgreSQL and the topics, read directly."""

    def __init__(self, city: City) -> None:
        assert city.postgres
        assert city.kafka
        self._url = city.postgres.url
        self._bootstrap = city.kafka.bootstrap

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(sql.encode()).fetchall()

    def reasons(self) -> Counter[str]:
        return Counter(_reason(record) for record in self._records("dead"))

    def dead(self) -> set[str] | None:
        return {_hash(record) for record in self._records("dead")}

    def raw(self) -> list[str] | None:
        records = ((record.partition(), record.offset(), _hash(record)) for record in self._records("hl7.raw"))
        return [digest for *_, digest in sorted(records)]

    def behind(self) -> int:
        """How many records of the loader's topics the warehouse has yet to take."""
        reached = {(topic, part): offset for topic, part, offset in self.rows("select * from offsets")}
        consumer = Consumer({"bootstrap.servers": self._bootstrap, "group.id": "oracle", "enable.auto.commit": False})
        try:
            topics = consumer.list_topics(timeout=20).topics.values()
            read = [one for one in topics if one.topic == "receipts" or one.topic.startswith("fhir.")]
            parts = [(one.topic, part) for one in read if not one.topic.endswith(".latest") for part in one.partitions]
            ends = {place: consumer.get_watermark_offsets(TopicPartition(*place), 20)[1] for place in parts}
        finally:
            consumer.close()
        return sum(max(0, end - reached.get(place, 0)) for place, end in ends.items())

    def _records(self, topic: str) -> Iterator[Message]:
        consumer = Consumer({"bootstrap.servers": self._bootstrap, "group.id": "oracle", "enable.auto.commit": False})
        try:
            parts = consumer.list_topics(topic, 20).topics[topic].partitions
            wanted = {part: consumer.get_watermark_offsets(TopicPartition(topic, part), 20)[1] for part in parts}
            consumer.assign([TopicPartition(topic, part, OFFSET_BEGINNING) for part, end in wanted.items() if end])
            left = {part for part, end in wanted.items() if end}
            while left:
                for record in consumer.consume(1000, 1.0):
                    if record.error():
                        raise KafkaException(record.error())
                    yield record
                    part, offset = record.partition(), record.offset()
                    assert part is not None
                    assert offset is not None
                    if offset + 1 >= wanted[part]:
                        left.discard(part)
        finally:
            consumer.close()


def _reason(record: Message) -> str:
    reason = dict(record.headers() or ())["dead_reason"]
    assert isinstance(reason, bytes)
    return reason.decode()


def _hash(record: Message) -> str:
    return hashlib.sha256(record.value() or b"").hexdigest()


class EmbeddedStore:
    """DuckDB through the running engine's `query`, dead letters as an operator lists them."""

    def __init__(self, city: City) -> None:
        self._engine = city.engine

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        done = self._engine.run("query", sql, "--format", "json")
        assert done.returncode == 0, done.stderr
        return [tuple(row.values()) for row in json.loads(done.stdout)]

    def reasons(self) -> Counter[str]:
        done = self._engine.run("dead", "list", "--json")
        assert done.returncode == 0, done.stderr
        return Counter(letter["reason"] for letter in json.loads(done.stdout))

    def dead(self) -> set[str] | None:
        return None

    def raw(self) -> list[str] | None:
        return None

    def behind(self) -> int:
        raise NotImplementedError("only Kafka tells how far its topics reach")
