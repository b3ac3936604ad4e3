from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engine.bus.kafka.settings import Membership, consumer_settings, producer_settings, reader_settings
from engine.config import BusSettings, read_settings
from engine.config.kafka import HELD

SCRAM = {"username": "engine", "password": "p4ss-phrase"}
TOKENS = {
    "mechanism": "OAUTHBEARER",
    "token_endpoint": "https://idp/token",
    "client_id": "engine",
    "client_secret": "p4ss-phrase",
}


def properties(**settings: Any) -> dict[str, str]:
    return BusSettings.model_validate({"kind": "kafka", **settings}).kafka_properties()


def test_nothing_said_is_nothing_set() -> None:
    assert properties() == {}


def test_tls_and_sasl_are_what_librdkafka_calls_them() -> None:
    assert properties(tls={"ca": "/ca.pem"}) == {
        "security.protocol": "SSL",
        "ssl.endpoint.identification.algorithm": "https",
        "ssl.ca.location": "/ca.pem",
    }
    assert properties(sasl=SCRAM) == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "engine",
        "sasl.password": "p4ss-phrase",
    }
    both = properties(tls={"certificate": "/c", "key": "/k", "key_password": "x"}, sasl={**TOKENS, "scope": "kafka"})
    assert both["security.protocol"] == "SASL_SSL"
    assert both["sasl.oauthbearer.token.endpoint.url"] == "https://idp/token"
    assert (both["ssl.key.location"], both["ssl.key.password"]) == ("/k", "x")
    assert both["sasl.oauthbearer.scope"] == "kafka"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sasl": {"username": "a"}}, "lacks password"),
        ({"sasl": {**TOKENS, "client_id": ""}}, "lacks client_id"),
        ({"sasl": TOKENS}, "would go in clear"),
        ({"sasl": {**SCRAM, "mechanism": "PLAIN"}}, "would go in clear"),
        ({"tls": {"key": "/k"}}, "name both, or neither"),
        ({"properties": {"acks": "1"}}, "acks is set by the engine"),
        ({"properties": {"auto.offset.reset": "latest"}}, "auto.offset.reset is set by the engine"),
        ({"instance": "a b"}, "should match pattern"),
    ],
)
def test_what_would_not_hold_is_refused_without_a_secret_in_its_words(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        properties(**settings)
    assert told in str(caught.value)
    assert "p4ss-phrase" not in str(caught.value)


def test_every_property_that_promises_hang_on_is_kept_from_others() -> None:
    memberships = (Membership(5, "a"), Membership(protocol="consumer"))
    given = [*(consumer_settings({}, "g", one) for one in memberships), producer_settings({}, 1), reader_settings({})]
    assert {name for one in given for name in one} == HELD - {"bootstrap.servers"}


def test_a_secret_may_come_from_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "engine.yaml"
    config.write_text("bus: { kind: kafka, tls: { ca: /ca.pem }, sasl: { username: engine } }\n")
    monkeypatch.setenv("ENGINE_BUS__SASL__PASSWORD", "p4ss-phrase")
    settings = read_settings(config)
    assert settings.bus.kafka_properties()["sasl.password"] == "p4ss-phrase"
    assert "p4ss-phrase" not in repr(settings)


@pytest.mark.parametrize(
    ("membership", "settings"),
    [
        (Membership(), {"partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": 10000}),
        (Membership(45, "a1"), {"group.instance.id": "a1", "session.timeout.ms": 45000}),
        (Membership(45, "a1", "consumer"), {"group.protocol": "consumer", "group.instance.id": "a1"}),
    ],
)
def test_a_member_is_one_as_its_group_needs_it(membership: Membership, settings: dict[str, Any]) -> None:
    given = consumer_settings({}, "g", membership)
    assert settings.items() <= given.items()
    assert given["auto.offset.reset"] == "error"
    assert membership.protocol == "classic" or "session.timeout.ms" not in given
