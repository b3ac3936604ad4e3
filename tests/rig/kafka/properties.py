"""The settings of a small, quick, real Kafka broker on the loopback address."""

from __future__ import annotations

Settings = dict[str, str]

_COMMON: Settings = {
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "num.partitions": "3",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.num.partitions": "5",
    "group.initial.rebalance.delay.ms": "0",
    # Groups of the new protocol take their timers from the broker, whose own are too slow for a failure test.
    "group.consumer.min.session.timeout.ms": "3000",
    "group.consumer.session.timeout.ms": "6000",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "1000",
    "group.min.session.timeout.ms": "1000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # The cleaner's own buffer of 128 MiB does not fit these heaps; and compaction shall be seen in a test.
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.cleaner.backoff.ms": "1000",
    "log.retention.check.interval.ms": "2000",
    "log.initial.task.delay.ms": "500",
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
    "replica.lag.time.max.ms": "5000",
    "controlled.shutdown.enable": "true",
}


def node_settings(
    node: int, voter: str, broker_port: int | None, controls: bool, copies: int, host: str = "127.0.0.1"
) -> Settings:
    """The server.properties of one node.

    `voter` is `id@host:port` of the one controller; `broker_port` is None for a mere controller; `copies` is the
    replication factor, of which all but one must be in sync for a write to be confirmed; `host` is where it listens.
    """
    listeners = [f"PLAINTEXT://{host}:{broker_port}"] if broker_port else []
    listeners += [f"CONTROLLER://{voter.partition('@')[2]}"] if controls else []
    roles = ["broker"] if broker_port else []
    return {
        **_COMMON,
        **_copies(copies),
        **({"inter.broker.listener.name": "PLAINTEXT"} if broker_port else {}),
        "process.roles": ",".join([*roles, "controller"] if controls else roles),
        "node.id": str(node),
        "controller.quorum.voters": voter,
        "listeners": ",".join(listeners),
    }


def _copies(copies: int) -> Settings:
    in_sync = str(max(1, copies - 1))
    return {
        "default.replication.factor": str(copies),
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": str(copies),
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": str(copies),
        "share.coordinator.state.topic.min.isr": in_sync,
    }
