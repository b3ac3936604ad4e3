"""A process that runs the rules over a bus until it is killed: `python -m tests.alerts.running BUS RULES`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from engine.alerts import decisions, memory, standing
from engine.alerts.course import News
from engine.alerts.load import load_rules
from engine.alerts.runner import Runner
from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.parts import now_us
from tests.alerts.feed import TOPIC

LEASE = 2.0
RULES = Path(__file__).parent / "rules"


class Silent:
    """Tells nobody."""

    def told(self, news: News) -> None:
        """Let it be."""


def open_test_bus(where: str) -> Bus:
    """A folder of the embedded bus, or the bootstrap servers of Kafka, with the topics that rules need."""
    bus: Bus
    if "/" in where:
        bus = EmbeddedBus(Path(where), lease=LEASE)
    else:
        from engine.bus.kafka.bus import KafkaBus

        bus = KafkaBus(where, lease=6.0)
    own = [Topic(name, 1, compacted=True) for name in (standing.TOPIC, decisions.TOPIC, memory.TOPIC)]
    bus.ensure([Topic(TOPIC, 3), *own])
    return bus


if __name__ == "__main__":
    with open_test_bus(sys.argv[1]) as opened:
        Runner(opened, load_rules(Path(sys.argv[2])), now_us, Silent()).run(threading.Event())
