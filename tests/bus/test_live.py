"""A topic as it grows is read the same way on the embedded bus and on Kafka, in clear and sealed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.bus.bus import Bus, BusError
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.kafka.live import KafkaLive, client_settings, open_kafka_live
from engine.bus.live import Live, PolledLive
from engine.bus.record import Partition, Record, Topic
from engine.bus.seal import SealKeys
from engine.bus.sealed import SealedBus
from tests.contract.bus_drive import publish
from tests.rig.process import free_port

KEYS = SealKeys([("2026-01", bytes(32))])
SECONDS = 30.0


class Place(NamedTuple):
    """A bus, and where a live view of a topic of it is had from."""

    bus: Bus
    prefix: str
    bootstrap: str = ""
    keys: SealKeys | None = None

    def topic(self) -> str:
        """A new topic with two partitions."""
        name = f"{self.prefix}live"
        self.bus.ensure([Topic(name, partitions=2)])
        return name

    def live(self, topic: str) -> Live:
        if self.bootstrap:
            return open_kafka_live(self.bus, topic, self.bootstrap, {}, self.keys)
        return PolledLive(self.bus, topic)


@pytest.fixture(params=["embedded", "embedded, sealed", "Kafka", "Kafka, sealed"])
def place(request: pytest.FixtureRequest, tmp_path: Path, topic_prefix: str) -> Iterator[Place]:
    bootstrap = str(request.getfixturevalue("kafka_bootstrap")) if "Kafka" in request.param else ""
    bus: Bus = KafkaBus(bootstrap) if bootstrap else EmbeddedBus(tmp_path)
    sealed = "sealed" in request.param
    with SealedBus(bus, KEYS) if sealed else bus as opened:
        yield Place(opened, topic_prefix, bootstrap, KEYS if sealed else None)


def records(topic: str, *values: str) -> list[Record]:
    return [Record(topic, value.encode(), f"value {value}".encode(), {"id": value.encode()}) for value in values]


async def read(live: Live, ends: dict[Partition, int]) -> list[str]:
    """The ids of what comes before these offsets."""
    found: list[Record] = []
    async with asyncio.timeout(SECONDS):
        while not await live.reached(ends):
            found += await live.poll()
    assert all(record.value == f"value {record.text('id')}".encode() for record in found)
    return [record.text("id") for record in found]


async def ends(live: Live) -> dict[Partition, int]:
    return {partition: span.next for partition, span in (await live.spans()).items()}


def test_what_is_there_is_read_and_then_what_comes(place: Place) -> None:
    topic = place.topic()
    publish(place.bus, records(topic, *"abcd"))

    async def follow() -> None:
        async with place.live(topic) as live:
            spans = await live.spans()
            assert {partition.number for partition in spans} == {0, 1}
            await live.seek({partition: span.first for partition, span in spans.items()})
            assert sorted(await read(live, await ends(live))) == list("abcd")
            await asyncio.to_thread(publish, place.bus, records(topic, *"ef"))
            assert sorted(await read(live, await ends(live))) == list("ef")
            assert await live.poll() == []

    asyncio.run(follow())


def test_reading_begins_at_an_offset(place: Place) -> None:
    topic = place.topic()
    publish(place.bus, records(topic, *"aaaa"))

    async def begin() -> list[str]:
        async with place.live(topic) as live:
            found = await ends(live)
            await live.seek({partition: max(offset - 1, 0) for partition, offset in found.items()})
            return await read(live, found)

    assert asyncio.run(begin()) == ["a"]


def test_reading_begins_at_a_time(place: Place) -> None:
    topic = place.topic()
    publish(place.bus, records(topic, *"abcdefgh"))
    time.sleep(0.05)
    began = time.time_ns() // 1_000_000
    time.sleep(0.05)
    publish(place.bus, records(topic, *"ijk"))

    async def begin(moment: int) -> list[str]:
        async with place.live(topic) as live:
            await live.seek(await live.since(moment))
            return await read(live, await ends(live))

    assert sorted(asyncio.run(begin(began))) == list("ijk")
    assert sorted(asyncio.run(begin(0))) == list("abcdefghijk")
    assert asyncio.run(begin(began + 3_600_000)) == []


def test_a_topic_that_is_not_there_has_no_partitions_and_is_not_made(place: Place) -> None:
    async def look() -> Any:
        async with place.live(f"{place.prefix}none") as live:
            return await live.spans()

    assert asyncio.run(look()) == {}
    assert f"{place.prefix}none" not in place.bus.topics()


def test_without_a_broker_the_fault_says_where_to_look(tmp_path: Path) -> None:
    async def begin() -> None:
        async with KafkaLive(EmbeddedBus(tmp_path), "any", f"127.0.0.1:{free_port()}", {}):
            pass

    with pytest.raises(BusError, match="no broker answers"):
        asyncio.run(begin())


def test_properties_for_sasl_and_tls_are_taken_over_and_others_left_out() -> None:
    properties = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "SCRAM-SHA-512",
        "sasl.username": "engine",
        "sasl.password": "x",
        "queue.buffering.max.ms": "5",
    }
    settings = client_settings(properties)
    assert settings.pop("ssl_context").check_hostname
    assert settings == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "engine",
        "sasl_plain_password": "x",
    }
