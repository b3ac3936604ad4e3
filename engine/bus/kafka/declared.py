"""A topic's settings as Kafka names them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from engine.bus.kafka.settings import MOST_BYTES
from engine.bus.record import Topic

OTHERS: Mapping[str, str] = {
    "max.message.bytes": str(MOST_BYTES),
    "message.timestamp.type": "LogAppendTime",
    "unclean.leader.election.enable": "false",
    "retention.bytes": "-1",
}
"""What every topic of the engine is made with."""

_KEPT_FOR_EVER = "-1"


def write_settings(topic: Topic, min_insync: int) -> dict[str, str]:
    """The settings of a topic; `min_insync` is for one that declares none."""
    policies = [policy for policy, wanted in (("compact", topic.compacted), ("delete", topic.retention)) if wanted]
    kept = _KEPT_FOR_EVER if topic.retention is None else str(topic.retention // timedelta(milliseconds=1))
    return {
        "cleanup.policy": ",".join(policies) or "delete",
        "retention.ms": kept,
        "min.insync.replicas": str(topic.min_insync or min_insync),
        **OTHERS,
    }


def read_settings(name: str, partitions: int, replication: int, found: Mapping[str, str]) -> Topic:
    """The topic that the cluster has under these settings."""
    policies = found["cleanup.policy"].split(",")
    kept = int(found["retention.ms"]) if "delete" in policies else -1
    return Topic(
        name,
        partitions,
        None if kept < 0 else timedelta(milliseconds=kept),
        "compact" in policies,
        replication,
        int(found["min.insync.replicas"]),
        tuple(f"{key}={found[key]}" for key, value in OTHERS.items() if found[key] != value),
    )
