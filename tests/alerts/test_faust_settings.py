"""Faust connects as the engine's other connections do, or is not asked to carry."""

from __future__ import annotations

import pytest

from engine.alerts.faust_settings import LEAST_LEASE, can_carry, faust_settings


@pytest.mark.parametrize(
    ("properties", "can"),
    [
        ({}, True),
        ({"security.protocol": "SSL"}, True),
        ({"sasl.mechanism": "SCRAM-SHA-512"}, True),
        ({"sasl.mechanism": "OAUTHBEARER"}, False),
        ({"sasl.mechanisms": "GSSAPI"}, False),
    ],
)
def test_faust_is_not_asked_where_it_could_not_log_in(properties: dict[str, str], can: bool) -> None:
    assert can_carry(properties) is can


def test_each_broker_is_named_and_a_lease_is_one_that_brokers_take() -> None:
    found = faust_settings("a:1, b:2", {}, 2.0, "here")
    assert found["broker"] == ["kafka://a:1", "kafka://b:2"]
    assert found["broker_session_timeout"] == LEAST_LEASE
    assert "broker_credentials" not in found
