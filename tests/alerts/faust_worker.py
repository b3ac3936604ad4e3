"""A worker of the alert application in a process of its own, which a test may kill: BOOTSTRAP PREFIX PARTITIONS."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.alerts.carrying import Cases, Rules
from engine.alerts.faust_app import AlertApp, Place
from engine.alerts.faust_settings import faust_settings
from engine.alerts.load import load_rules
from engine.alerts.surveillance.outbreak import Outbreak, diseases_of_rules
from engine.bus.kafka.bus import KafkaBus

ALERTS = Path(__file__).parents[2] / "mappings" / "alerts"


async def main(bootstrap: str, name: str, partitions: int, now_us: int) -> None:
    rules = [rule for rule in load_rules(ALERTS) if isinstance(rule.behavior, Outbreak)]
    with KafkaBus(bootstrap) as bus:
        producer = bus.producer()
        with TemporaryDirectory() as folder:
            place = Place(name, faust_settings(bootstrap, {}, 6.0, folder), partitions)
            carried = Rules(bus, producer, rules, name), Cases(bus, producer, diseases_of_rules(rules))
            await AlertApp(place, *carried, lambda: now_us).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
