"""A worker of the alert application in a process of its own, which a test may kill: BOOTSTRAP PREFIX PARTITIONS."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from engine.alerts.carrying import Cases, Rules
from engine.alerts.faust_app import AlertApp, Place
from engine.alerts.load import load_rules
from engine.alerts.surveillance.outbreak import Outbreak
from engine.bus.kafka.bus import KafkaBus

ALERTS = Path(__file__).parents[2] / "mappings" / "alerts"


async def main(bootstrap: str, name: str, partitions: int, now_us: int) -> None:
    rules = [rule for rule in load_rules(ALERTS) if isinstance(rule.behavior, Outbreak)]
    diseases = {rule.behavior.disease: rule.behavior.codes for rule in rules if isinstance(rule.behavior, Outbreak)}
    with KafkaBus(bootstrap) as bus:
        producer = bus.producer()
        settings = {"broker": f"kafka://{bootstrap}", "broker_session_timeout": 6.0, "broker_heartbeat_interval": 1.0}
        topics = sorted({topic for rule in rules for topic in rule.topics})
        place = Place(name, settings, topics, partitions)
        app = AlertApp(place, Rules(bus, producer, rules), Cases(producer, diseases), lambda one: one, lambda: now_us)
        sys.stdout.write("starting\n")
        sys.stdout.flush()
        await app.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
