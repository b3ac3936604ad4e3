"""A real Apache Kafka (KRaft) on the loopback address, made from the jars that `make kafka` fetches."""

from __future__ import annotations

from tests.rig.kafka.cluster import Kafka
from tests.rig.kafka.node import FAST, KafkaMissing, Node

__all__ = ["FAST", "Kafka", "KafkaMissing", "Node"]
