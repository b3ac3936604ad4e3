"""Who carries events to the rules, and so where what the rules remember stands.

On Kafka a Faust application carries, where it can: `alert_table`. Else the engine's own runner: `alert_state`.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.alerts import changelog, memory
from engine.alerts.changelog import Changelog
from engine.alerts.course import Place
from engine.alerts.frame import Kept
from engine.bus.bus import Bus, read_topic
from engine.config import BusSettings

MECHANISMS = frozenset({"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})


def is_by_faust(settings: BusSettings) -> bool:
    """Whether Faust carries: on Kafka, where it can log in, and where its tables may be written in clear."""
    return settings.kind == "kafka" and settings.seal_keys is None and can_log_in(settings.kafka_properties())


def can_log_in(properties: Mapping[str, str]) -> bool:
    """Whether Faust knows this way to say who it is: names with passwords, and certificates."""
    mechanism = properties.get("sasl.mechanism") or properties.get("sasl.mechanisms")
    return mechanism is None or mechanism in MECHANISMS


def read_states(bus: Bus, settings: BusSettings) -> dict[Place, Kept]:
    """What the rules remember of each rule and key now."""
    if not is_by_faust(settings):
        return memory.read_kept(read_topic(bus, memory.TOPIC))
    log = Changelog()
    for record in read_topic(bus, changelog.RULES):
        log.replay(record.key.decode(), record.partition, record.value)
    return {place_of(key): Kept(**one.plain) for key, one in log.entries.items()}


def place_of(key: str) -> Place:
    """The rule and key that a key of the table names."""
    rule, _, rest = key.partition("/")
    return rule, rest
