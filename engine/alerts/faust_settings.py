"""Faust's settings from those of the bus: brokers, TLS and SASL, as the engine's other connections have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import faust

from engine.bus.kafka.live import client_settings

HEARTBEATS = 5
"""In a lease."""
LEAST_LEASE = 6.0
"""Seconds that brokers ask for, unless they are told otherwise."""


def faust_settings(bootstrap: str, properties: Mapping[str, str], lease: float, folder: str) -> dict[str, Any]:
    """Settings of an application for these brokers, `host:port,host:port`; `properties` are librdkafka's."""
    lease = max(lease, LEAST_LEASE)
    told = {
        "broker": [f"kafka://{one.strip()}" for one in bootstrap.split(",")],
        "broker_session_timeout": lease,
        "broker_heartbeat_interval": lease / HEARTBEATS,
        "datadir": folder,
    }
    credentials = _credentials(client_settings(properties))
    return told | ({"broker_credentials": credentials} if credentials else {})


def _credentials(client: Mapping[str, Any]) -> Any:
    context = client.get("ssl_context")
    if "sasl_mechanism" in client:
        return faust.SASLCredentials(
            username=client.get("sasl_plain_username"),
            password=client.get("sasl_plain_password"),
            mechanism=client["sasl_mechanism"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None
