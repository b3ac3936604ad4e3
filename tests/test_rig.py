"""The rig itself: servers are real, keep what they confirmed through a kill, and are where the fixtures say."""

from __future__ import annotations

import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.rig.kafka import Kafka
from tests.rig.postgres import Postgres


def make_topic(bootstrap: str, topic: str, copies: int = 1) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    admin.create_topics([NewTopic(topic, 3, copies)])[topic].result(20)


def publish(bootstrap: str, topic: str, values: list[bytes], seconds: int = 20) -> list[str]:
    """Publish all; returns the name of each one's error, or `stored`."""
    answers: list[str] = []

    def note(error: KafkaError | None, _: Message) -> None:
        answers.append(error.name() if error is not None else "stored")

    settings = {"acks": "all", "delivery.timeout.ms": seconds * 1000, "log_level": 0}
    producer = Producer({"bootstrap.servers": bootstrap, **settings})
    for value in values:
        producer.produce(topic, value, on_delivery=note)
    assert producer.flush(seconds + 10) == 0
    return answers


def read(bootstrap: str, topic: str, count: int) -> set[bytes | None]:
    settings = {"group.id": f"{topic}.readers", "auto.offset.reset": "earliest", "log_level": 0}
    consumer = Consumer({"bootstrap.servers": bootstrap, **settings})
    consumer.subscribe([topic])
    messages: list[Message] = []
    while len(messages) < count:
        messages += [message for message in consumer.consume(count, 1.0) if not message.error()]
    consumer.close()
    return {message.value() for message in messages}


def test_kafka_gives_back_what_was_published(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic, values = f"{topic_prefix}rig", [b"%d" % number for number in range(500)]
    make_topic(kafka_bootstrap, topic)
    assert publish(kafka_bootstrap, topic, values) == ["stored"] * 500
    assert read(kafka_bootstrap, topic, 500) == set(values)


def test_killed_kafka_keeps_what_it_confirmed(kafka_single: Kafka) -> None:
    make_topic(kafka_single.bootstrap, "kept")
    publish(kafka_single.bootstrap, "kept", [b"before"])
    kafka_single.brokers[0].kill9()
    kafka_single.brokers[0].start()
    kafka_single.wait_brokers(1)
    publish(kafka_single.bootstrap, "kept", [b"after"])
    assert read(kafka_single.bootstrap, "kept", 2) == {b"before", b"after"}


@pytest.mark.prove
def test_cluster_confirms_with_two_brokers_and_refuses_with_one(kafka_cluster: Kafka) -> None:
    first, second, _ = kafka_cluster.brokers
    make_topic(kafka_cluster.bootstrap, "copied", copies=3)
    first.kill9()
    kafka_cluster.wait_brokers(2)
    assert publish(kafka_cluster.bootstrap, "copied", [b"two in sync"]) == ["stored"]
    second.pause()
    assert publish(kafka_cluster.bootstrap, "copied", [b"one in sync"], seconds=8) == ["_MSG_TIMED_OUT"]
    second.resume()
    first.start()
    kafka_cluster.wait_brokers(3)
    assert publish(kafka_cluster.bootstrap, "copied", [b"all in sync"]) == ["stored"]


def test_each_test_gets_an_empty_database(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_killed_postgres_keeps_what_it_committed(postgres_server: Postgres) -> None:
    with psycopg.connect(postgres_server.url) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    postgres_server.kill9()
    postgres_server.start()
    with psycopg.connect(postgres_server.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_paused_postgres_hangs_and_resumes(postgres_server: Postgres) -> None:
    postgres_server.pause()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres_server.url, connect_timeout=2)
    postgres_server.resume()
    postgres_server.restart()
    psycopg.connect(postgres_server.url, connect_timeout=5).close()
