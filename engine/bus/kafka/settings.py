"""The settings of librdkafka that the bus's contract hangs on; the caller's come first, these win."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Literal, NamedTuple

Settings = Mapping[str, str | int | float | bool]
"""Settings of librdkafka by their names: bootstrap.servers, and what TLS and SASL need."""

MOST_BYTES = 32 * 1024 * 1024
"""The largest record: a frame of 16 MiB, or what was made of it."""

MOST_WAITING = 100_000
KIB_WAITING = 256 * 1024
"""What a producer holds at most before it refuses more."""


LINGER_MS = 200
"""How long what is gathered waits for more: small requests cost the client up to three times as much a record."""


def producer_settings(common: Settings, deadline: float, gathers: bool = False) -> dict[str, str | int | float | bool]:
    """Durable, in order, at once; a record not confirmed `deadline` seconds after it was handed over has failed.

    One that `gathers` sends at its flush, or when a request is full.
    """
    return {
        **common,
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "linger.ms": LINGER_MS if gathers else 0,
        "compression.type": "zstd",
        "compression.level": 1,  # events get no smaller by the client's 3, and cost a seventh more to send
        "message.max.bytes": MOST_BYTES,
        "queue.buffering.max.messages": MOST_WAITING,
        "queue.buffering.max.kbytes": KIB_WAITING,
        "delivery.timeout.ms": int(deadline * 1000),
        "socket.nagle.disable": True,
    }


class Membership(NamedTuple):
    """How consumers are members of their groups.

    One that is silent for `lease` seconds is given up. With an `instance`, a name of its own, a member that ends and is
    back within its lease goes on with its partitions (static membership, KIP-345). With the protocol `consumer`
    (KIP-848) the brokers divide the partitions, and the lease is theirs.
    """

    lease: float = 10.0
    instance: str = ""
    protocol: Literal["classic", "consumer"] = "classic"

    def settings(self) -> dict[str, str | int]:
        """As librdkafka names them."""
        named: dict[str, str | int] = {"group.instance.id": self.instance} if self.instance else {}
        if self.protocol == "consumer":
            return {**named, "group.protocol": "consumer"}
        return {
            **named,
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": int(self.lease * 1000),
            "heartbeat.interval.ms": int(self.lease * 100),
        }


def consumer_settings(common: Settings, group: str, membership: Membership) -> dict[str, str | int | float | bool]:
    """A member of `group`.

    auto.offset.reset=error: an offset that the broker no longer has is never skipped. Where a group has committed
    nothing, the consumer itself says that it begins at the oldest record. A partition that comes, or is sought in,
    waits for the fetch under way (fetch.wait.max.ms); a topic created later for the next look at the metadata.
    """
    return {
        **_reading(common),
        "group.id": group,
        **membership.settings(),
        "topic.metadata.refresh.interval.ms": 2000,
    }


def reader_settings(common: Settings) -> dict[str, str | int | float | bool]:
    """A consumer that joins no group and says where a partition ends."""
    return {**_reading(common), "group.id": f"reader-{uuid.uuid4().hex}", "enable.partition.eof": True}


def _reading(common: Settings) -> dict[str, str | int | float | bool]:
    return {
        **common,
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "message.max.bytes": MOST_BYTES,
        "fetch.message.max.bytes": 1024 * 1024,
        "queued.max.messages.kbytes": 8 * 1024,
        "fetch.queue.backoff.ms": 20,
        "fetch.wait.max.ms": 100,
    }
