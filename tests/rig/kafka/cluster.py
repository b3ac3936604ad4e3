"""Kafka as the tests see it: one node that is everything, or one controller with several brokers."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.rig.island import Island
from tests.rig.kafka.door import Door
from tests.rig.kafka.node import QUICK, Node
from tests.rig.kafka.properties import node_settings
from tests.rig.process import free_port, wait_until

_CONTROLLER = 100
_HERE = "127.0.0.1"


class Kafka:
    """A running Kafka as a context manager; `bootstrap` is what a client needs.

    Killing brokers of a cluster never costs the metadata quorum, because the controller is a node of its own:
    so a test sees NOT_ENOUGH_REPLICAS and not a dead cluster.
    """

    def __init__(
        self, nodes: list[Node], doors: Sequence[tuple[str, int]], identity: str = "", users: Sequence[str] = ()
    ) -> None:
        self.identity = identity or _cluster_id()
        self.nodes = nodes
        self._users = users
        self.brokers = [node for node in nodes if "broker" in node.settings["process.roles"]]
        self.bootstrap = ",".join(f"{host}:{port}" for host, port in doors)

    @classmethod
    def single(cls, directory: Path, heap: str = "384m", flags: Sequence[str] = QUICK) -> Kafka:
        """One JVM, broker and controller, replication factor 1."""
        port, voter = free_port(), f"1@127.0.0.1:{free_port()}"
        return cls([Node(directory / "node1", node_settings(1, voter, port, True, 1), heap, flags)], [(_HERE, port)])

    @classmethod
    def cluster(cls, directory: Path, brokers: int = 3, heap: str = "320m", island: Island | None = None) -> Kafka:
        """One controller and several brokers, replication factor 3 (two in sync) from three brokers on.

        With an island the last broker stands on it.
        """
        here = island.outside if island else _HERE
        voter, copies = f"{_CONTROLLER}@{here}:{free_port()}", min(3, brokers)
        doors = [(island.inside if island and n == brokers else here, free_port()) for n in range(1, brokers + 1)]
        controller = Node(directory / "controller", node_settings(_CONTROLLER, voter, None, True, copies), "192m")
        members = [
            Node(
                directory / f"broker{number}",
                node_settings(number, voter, port, False, copies, host),
                heap,
                prefix=island.prefix if island and host == island.inside else (),
            )
            for number, (host, port) in enumerate(doors, start=1)
        ]
        return cls([controller, *members], doors)

    @classmethod
    def secured(cls, directory: Path, door: Door) -> Kafka:
        """One JVM that has, besides the listener of `bootstrap`, the door for clients that must say who they are."""
        port, voter = free_port(), f"1@127.0.0.1:{free_port()}"
        settings = door.settings(node_settings(1, voter, port, True, 1))
        node = Node(directory / "node1", settings, "384m", (*QUICK, *door.flags))
        return cls([node], [(_HERE, port)], users=door.users)

    def start(self) -> None:
        """Format and start every node; return when all brokers are in the metadata."""
        for node in self.nodes:
            node.format(self.identity, self._users)
            node.start()
        self.wait_brokers(len(self.brokers))

    def stop(self) -> None:
        """Stop the brokers first (a clean end needs the controller), and delete their data; logs stay."""
        for node in reversed(self.nodes):
            node.stop()
            node.discard()

    def wait_brokers(self, count: int, seconds: float = 60.0) -> None:
        """Return when the cluster's metadata names exactly `count` live brokers."""
        client = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        wait_until(lambda: self._seen(client) == count, f"{count} Kafka brokers", seconds)

    def wait_in_sync(self, seconds: float = 120.0) -> None:
        """Return when every copy of every partition is in sync."""
        client = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        wait_until(lambda: _in_sync(client), "all copies in sync", seconds)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.abandon()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def abandon(self) -> None:
        """Kill what runs and delete its data, after a start that failed."""
        for node in self.nodes:
            if node.alive:
                node.kill9()
            node.discard()

    def _seen(self, client: AdminClient) -> int:
        dead = next((node for node in self.nodes if node.died), None)
        if dead is not None:
            raise RuntimeError(f"Kafka node ended at its start ({dead.log}): {dead.tail()}")
        try:
            return len(client.list_topics(timeout=2).brokers)
        except KafkaException:
            return 0


def _in_sync(client: AdminClient) -> bool:
    try:
        topics = client.list_topics(timeout=2).topics.values()
    except KafkaException:
        return False
    return all(len(part.isrs) == len(part.replicas) for topic in topics for part in topic.partitions.values())


def _cluster_id() -> str:
    """22 characters of url-safe base64 that do not begin like an option, as StorageTool's own random ids."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return text if text[0] != "-" else _cluster_id()
