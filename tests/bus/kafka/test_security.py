"""The engine on a Kafka that lets nobody in without TLS, and without saying who it is."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from trustme import CA

from engine.bus.bus import BusError
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Record, Topic
from engine.config import BusSettings
from tests.contract.bus_drive import consuming, drain, publish, read_all
from tests.rig.kafka import Kafka
from tests.rig.kafka.door import PASSWORD, USER, Door, Issuer

SCRAM = {"mechanism": "SCRAM-SHA-512", "username": USER, "password": PASSWORD}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer().running() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("kafka-secured")
    door = Door(folder / "door", issuer)
    with Kafka.secured(folder, door):
        yield door


def bus(door: Door, tls: object, sasl: dict[str, Any] | None) -> KafkaBus:
    settings = BusSettings.model_validate({"kind": "kafka", "bootstrap": door.bootstrap, "tls": tls, "sasl": sasl})
    return KafkaBus(settings.bootstrap, settings=settings.kafka_properties(), deadline=10.0, answer=4.0, lease=2.0)


def tokens(issuer: Issuer, secret: str = Issuer.SECRET) -> dict[str, str]:
    return {
        "mechanism": "OAUTHBEARER",
        "token_endpoint": f"{issuer.url}/token",
        "client_id": issuer.CLIENT,
        "client_secret": secret,
    }


@pytest.mark.parametrize("way", ["scram", "tokens"])
def test_records_go_over_tls_by_who_says_who_it_is(door: Door, issuer: Issuer, way: str) -> None:
    with bus(door, {"ca": door.ca}, SCRAM if way == "scram" else tokens(issuer)) as secured:
        topic = f"{way}.topic"
        secured.ensure([Topic(topic, 2)])
        publish(secured, [Record(topic, b"k", b"1"), Record(topic, b"k", b"2")])
        with consuming(secured, topic, [topic]) as consumer:
            assert [record.value for record in drain(consumer, 2)] == [b"1", b"2"]
            consumer.commit({next(iter(consumer.assigned())): 0})
        assert len(read_all(secured, topic)) == 2
        assert secured.describe([topic])[topic].partitions == 2
    assert way == "scram" or issuer.given > 0


@pytest.mark.parametrize(
    ("tls", "sasl"),
    [
        ("ca", {**SCRAM, "password": "wrong"}),
        ("ca", {**SCRAM, "username": "nobody"}),
        ("another's", SCRAM),
        ("ca", None),
        (None, SCRAM),
    ],
)
def test_who_is_not_known_or_does_not_know_the_broker_gets_nothing_and_no_secret_is_told(
    door: Door, tmp_path_factory: pytest.TempPathFactory, tls: str | None, sasl: dict[str, str] | None
) -> None:
    another = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA().cert_pem.write_to_path(another)
    ca = {"ca": door.ca if tls == "ca" else another} if tls else None
    with bus(door, ca, sasl) as refused, pytest.raises(BusError) as told:
        refused.topics()
    assert PASSWORD not in str(told.value)


def test_a_wrong_secret_gets_no_token(door: Door, issuer: Issuer) -> None:
    before = issuer.given
    with bus(door, {"ca": door.ca}, tokens(issuer, "wrong")) as refused, pytest.raises(BusError):
        refused.topics()
    assert issuer.given == before


def test_the_door_speaks_tls_alone(door: Door) -> None:
    """What the tests above prove hangs on it."""
    context = ssl.create_default_context(cafile=str(door.ca))
    plain = socket.create_connection(("localhost", door.port), 5)
    with closing(plain), context.wrap_socket(plain, server_hostname="localhost") as wrapped:
        assert wrapped.version() in ("TLSv1.2", "TLSv1.3")
