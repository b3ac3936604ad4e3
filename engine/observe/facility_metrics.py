"""Metrics of single facilities: at most so many series as the registry has facilities, times this list.

They stand apart from the rest: one process has them, and serves them at `/metrics/facilities`. prometheus_client would
take a second to write a city of them; `engine/watch/exposition.py` writes them as text.
"""

from __future__ import annotations

from engine.observe.metrics import Definition

RECEIVED = Definition(
    "engine_facility_messages_received_total", "counter", "Messages accepted from the facility.", ("facility",)
)
LOADED = Definition(
    "engine_facility_messages_loaded_total", "counter", "Messages of it that the warehouse has.", ("facility",)
)
LATE = Definition(
    "engine_facility_messages_late_total",
    "counter",
    "Messages of it that took longer to the warehouse than `observing.objective`.",
    ("facility",),
)
DEAD = Definition("engine_facility_dead_letters_total", "counter", "Dead letters of its messages.", ("facility",))
RECEIVED_AT = Definition(
    "engine_facility_received_timestamp_seconds",
    "gauge",
    "When it last sent, in seconds since the epoch.",
    ("facility",),
)
LOADED_AT = Definition(
    "engine_facility_loaded_timestamp_seconds",
    "gauge",
    "When the newest of its messages that the warehouse has was received, in seconds since the epoch.",
    ("facility",),
)
EXPECTED = Definition(
    "engine_facility_expected_active",
    "gauge",
    "Whether the registry says what should come from it (1), with its sector and kind.",
    ("facility", "sector", "kind"),
)

FACILITY_METRICS = (RECEIVED, LOADED, LATE, DEAD, RECEIVED_AT, LOADED_AT, EXPECTED)
"""Every metric of a facility, in the order in which they are written."""
