"""The alert application on Kafka: Faust carries, rules decide.

Faust divides the partitions over the workers, reads them and keeps the logs of the tables; what a worker does stands in
`carrying`. At least once, one batch at a time, no topic made and no page served by Faust, and time by timers: a window
that only closes when a later event comes would never find a silence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import faust
from faust.types.tuples import TP

from engine.alerts import changelog
from engine.alerts.carrying import Cases, Rules, Word
from engine.bus.record import Partition, Record
from engine.canonical import case

AT_ONCE = 500
WITHIN = 0.1
TICK = 1.0
DECISIONS_EVERY = 5.0
LEFT_OUT_EVERY = 10.0
"""Seconds between two looks at the clock, at what people decided, and at what Faust may have left out."""

LAST_COMMIT = 5.0
"""Seconds that the last commit may wait for a step that is under way."""

Work = Callable[[list[Record]], list[Word]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the application runs, under the name of its group; `settings` are Faust's for brokers, TLS and SASL."""

    name: str
    settings: Mapping[str, Any]
    partitions: int


class AlertApp:
    """One application; it can be started once."""

    def __init__(self, place: Place, rules: Rules, cases: Cases, now_us: Callable[[], int]) -> None:
        self._rules = rules
        self._cases = cases
        self._now_us = now_us
        self._turn = asyncio.Lock()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recovered = asyncio.Event()
        self._partitions: frozenset[int] | None = None
        """Those whose tables were taken up; None while they have to be."""
        self._decided = self._looked = 0.0
        self._committed: dict[Partition, int] = {}
        self._read = frozenset({*rules.topics, case.TOPIC})
        self._app: Any = faust.App(place.name, **{**place.settings, **FIXED})
        self._tables = (self._table(changelog.RULES, place), self._table(changelog.CASES, place))
        self._declare()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; raises what went wrong."""
        await self._app.start()
        try:
            ended: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
            await asyncio.wait([ended, self._failed], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._commit(), LAST_COMMIT)
        finally:
            await self._app.stop()
        if self._failed.done():
            self._failed.result()

    def _declare(self) -> None:
        app = self._app
        app.on_partitions_revoked.connect(self._on_revoked)
        self._tables[0].on_recover(self._on_recovered)
        watched, told = self._topic(*self._rules.topics), self._topic(case.TOPIC)
        app.agent(watched, name="rules")(self._follow(lambda records: self._rules.take(records, self._now_us()), 0))
        app.agent(told, name="cases")(self._follow(self._cases.take, 1))
        app.timer(TICK)(self._tick)

    def _topic(self, *names: str) -> Any:
        return self._app.topic(*names, key_type=bytes, value_type=bytes, **RAW)

    def _table(self, name: str, place: Place) -> Any:
        log = self._app.topic(name, partitions=place.partitions, key_type=bytes, value_type=bytes, **RAW)

        known = {"partitions": place.partitions, "changelog_topic": log}
        return self._app.Table(name, key_type=bytes, value_type=bytes, **known)

    def _follow(self, work: Work, table: int) -> Callable[[Any], Awaitable[None]]:
        async def agent(stream: Any) -> None:
            async for events in stream.noack_take(AT_ONCE, within=WITHIN):
                await self._step(partial(self._work, work, [event.message for event in events]), table)

        return agent

    def _work(self, work: Work, messages: list[Any]) -> list[Word]:
        """Work off each record of the partitions that are ours, once, whatever Faust gives."""
        return work(self._rules.progress.take(map(record_of, messages)))

    async def _step(self, work: Callable[[], list[Word]], table: int) -> None:
        """Work, and write what came of it; what fails ends the application, and nothing of it is acknowledged."""
        try:
            async with self._turn:
                await self._recovered.wait()
                await self._begin()
                await self._write(await asyncio.to_thread(work), table)
        except Exception as error:
            self._fail(error)
            await asyncio.Event().wait()

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    async def _begin(self) -> None:
        """Go on from the tables, once after each time that the partitions were divided anew."""
        if self._partitions is None:
            self._partitions = frozenset(one.partition for one in self._app.assignor.assigned_actives())
            self._committed = {}
            await asyncio.to_thread(self._rules.progress.begin, self._read, self._partitions)
            await self._write(await asyncio.to_thread(self._rules.begin, self._partitions, self._now_us()), 0)
            await self._write(await asyncio.to_thread(self._cases.begin, self._partitions), 1)

    async def _write(self, words: Sequence[Word], table: int) -> None:
        for one in words:
            value = one.entry.value() if one.entry else None
            self._tables[table].send_changelog(one.partition, one.key.encode(), value, "raw", "raw")
        if words:
            await self._app.producer.flush()

    async def _tick(self) -> None:
        if self._recovered.is_set() and not self._app.rebalancing:
            await self._step(self._pass_time, 0)
            if time.monotonic() - self._looked > LEFT_OUT_EVERY:
                self._looked = time.monotonic()
                await self._step(lambda: self._rules.take(self._left_out(self._rules.topics), self._now_us()), 0)
                await self._step(lambda: self._cases.take(self._left_out([case.TOPIC])), 1)
            await self._commit()

    def _left_out(self, topics: Sequence[str]) -> list[Record]:
        return self._rules.progress.left_out(topics)

    async def _commit(self) -> None:
        """Commit what was worked off. Faust's own acknowledgments are not given: it may lose some, and then stands."""
        async with self._turn:
            reached = self._rules.progress.next
            new = {one: offset for one, offset in reached.items() if self._committed.get(one) != offset}
            if not (new and self._partitions and self._recovered.is_set()) or self._failed.done():
                return
            if await self._app.consumer._commit({TP(*one): offset for one, offset in new.items()}):
                self._committed.update(new)

    def _pass_time(self) -> list[Word]:
        if time.monotonic() - self._decided > DECISIONS_EVERY:
            self._decided = time.monotonic()
            self._rules.decide(self._now_us())
        return self._rules.take((), self._now_us())

    def _on_revoked(self, *_args: Any, **_told: Any) -> None:
        self._recovered.clear()

    async def _on_recovered(self) -> None:
        self._partitions = None
        self._recovered.set()


RAW: Mapping[str, Any] = {"key_serializer": "raw", "value_serializer": "raw"}
FIXED: Mapping[str, Any] = {
    "autodiscover": False,
    "consumer_auto_offset_reset": "earliest",
    "processing_guarantee": "at_least_once",
    "store": "memory://",
    "table_standby_replicas": 0,
    "stream_wait_empty": False,
    "topic_allow_declare": False,
    "topic_disable_leader": True,
    "web_enabled": False,
    "broker_commit_interval": 1.0,
    "producer_max_request_size": 32 * 1024 * 1024,
}
"""What the application hangs on: no setting changes it."""


def record_of(message: Any) -> Record:
    """A message of Faust's as a record of the bus."""
    headers = message.headers.items() if isinstance(message.headers, Mapping) else message.headers or ()
    told = {name: value or b"" for name, value in headers}
    where = (message.partition, message.offset, round((message.timestamp or 0) * 1000))
    return Record(message.topic, message.key or b"", message.value or b"", told, *where)
