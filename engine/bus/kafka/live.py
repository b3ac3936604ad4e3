"""A topic of Kafka as it grows, through aiokafka: no group, nothing committed, and no thread of librdkafka's."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from engine.bus.bus import BusError
from engine.bus.kafka.settings import MOST_BYTES
from engine.bus.live import AT_ONCE
from engine.bus.record import Partition, Record, Span
from engine.bus.seal import SealKeys

WAIT_MS = 200
NAMES = MappingProxyType(
    {
        "security.protocol": "security_protocol",
        "sasl.mechanism": "sasl_mechanism",
        "sasl.mechanisms": "sasl_mechanism",
        "sasl.username": "sasl_plain_username",
        "sasl.password": "sasl_plain_password",
    }
)
"""librdkafka's names of settings and aiokafka's; TLS is told by files, the rest is for throughput and left out."""


class KafkaLive:
    """One topic of the brokers at `bootstrap`; `properties` are librdkafka's, for TLS and SASL."""

    def __init__(self, bootstrap: str, topic: str, properties: Mapping[str, str], keys: SealKeys | None = None) -> None:
        self._topic = topic
        self._keys = keys
        self._settings = {"bootstrap_servers": bootstrap, **client_settings(properties)}
        self._consumer: Any = None  # aiokafka tells no types

    async def spans(self) -> dict[Partition, Span]:
        """The offsets that each partition holds now; empty for a topic that does not exist."""
        numbers = self._consumer.partitions_for_topic(self._topic) or ()
        places = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        if not places:
            return {}
        first = await self._consumer.beginning_offsets(places)
        last = await self._consumer.end_offsets(places)
        return {Partition(*place): Span(first[place], last[place]) for place in places}

    async def since(self, milliseconds: int) -> dict[Partition, int]:
        """For each partition the offset of the first record of that time or later, or the one that comes next."""
        spans = await self.spans()
        asked = {TopicPartition(*partition): milliseconds for partition in spans}
        found = await self._consumer.offsets_for_times(asked)
        offsets = {Partition(*place): one.offset for place, one in found.items() if one is not None}
        return {partition: offsets.get(partition, span.next) for partition, span in spans.items()}

    async def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read these partitions, from these offsets on."""
        self._consumer.assign([TopicPartition(*partition) for partition in offsets])
        for partition, offset in offsets.items():
            self._consumer.seek(TopicPartition(*partition), offset)

    async def poll(self) -> list[Record]:
        """What is next, in order within each partition; nothing when nothing came for a moment."""
        try:
            found = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=AT_ONCE)
        except KafkaError as error:
            raise BusError(
                f"not read: {type(error).__name__} (topic {self._topic}) - see that brokers answer"
            ) from error
        return [opened for place in found.values() for one in place for opened in self._open(_record(one))]

    async def reached(self, offsets: Mapping[Partition, int]) -> bool:
        """Whether everything before these offsets was read."""
        for partition, offset in offsets.items():
            if await self._consumer.position(TopicPartition(*partition)) < offset:
                return False
        return True

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(
            self._topic,
            **self._settings,
            client_id="engine-live",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=MOST_BYTES,
            fetch_max_bytes=MOST_BYTES,
        )
        try:
            await self._consumer.start()
        except KafkaError as error:
            await self._consumer.stop()
            where = self._settings["bootstrap_servers"]
            raise BusError(f"no broker answers: {type(error).__name__} ({where}) - see bus.bootstrap") from error
        self._consumer.unsubscribe()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    def _open(self, record: Record) -> tuple[Record, ...]:
        found = self._keys.open(record) if self._keys else record
        return (found,) if isinstance(found, Record) else ()


def client_settings(properties: Mapping[str, str]) -> dict[str, Any]:
    """aiokafka's settings for TLS and SASL from librdkafka's."""
    settings: dict[str, Any] = {NAMES[name]: value for name, value in properties.items() if name in NAMES}
    if settings.get("security_protocol", "").upper().endswith("SSL"):
        context = ssl.create_default_context(cafile=properties.get("ssl.ca.location"))
        if certificate := properties.get("ssl.certificate.location"):
            password = properties.get("ssl.key.password")
            context.load_cert_chain(certificate, properties.get("ssl.key.location"), password)
        if properties.get("ssl.endpoint.identification.algorithm") == "none":
            context.check_hostname = False
        settings["ssl_context"] = context
    return settings


def _record(one: ConsumerRecord) -> Record:
    headers = {name: value or b"" for name, value in one.headers}
    return Record(one.topic, one.key or b"", one.value or b"", headers, one.partition, one.offset, one.timestamp)
