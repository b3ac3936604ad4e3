"""Faust connects as the engine's other connections do."""

from __future__ import annotations

from engine.alerts.faust_settings import LEAST_LEASE, faust_settings


def test_each_broker_is_named_and_a_lease_is_one_that_brokers_take() -> None:
    found = faust_settings("a:1, b:2", {}, 2.0, "here")
    assert found["broker"] == ["kafka://a:1", "kafka://b:2"]
    assert found["broker_session_timeout"] == LEAST_LEASE
    assert "broker_credentials" not in found
