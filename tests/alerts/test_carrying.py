"""What a worker writes of the rules it carries: alerts on the bus, states for the table, and that both are gone."""

from __future__ import annotations

from pathlib import Path

from engine.alerts import decisions, memory, standing
from engine.alerts.carrying import Rules
from engine.alerts.course import KEEP_US
from engine.alerts.decisions import Silence
from engine.alerts.load import load_rules
from engine.alerts.standing import read_standing
from engine.bus.bus import read_topic
from tests.alerts.feed import Sent, record_of
from tests.alerts.running import RULES, open_test_bus

BEGAN_US = 1_790_000_000_000_000
SENT = (
    Sent(0, BEGAN_US, "79901", "r", "Observation", "final", 7.1),
    Sent(1, BEGAN_US + 1, "79901", "r", "Observation", "corrected", 4.0),
)


def test_what_is_over_for_long_leaves_the_table_and_the_alerts(tmp_path: Path) -> None:
    with open_test_bus(str(tmp_path / "bus")) as bus:
        producer = bus.producer()
        rules = Rules(bus, producer, load_rules(RULES), "group")
        rules.begin({0}, BEGAN_US)
        words = rules.take(map(record_of, SENT), BEGAN_US + 2)
        [first] = {one.key for one in words}
        assert [one.entry is not None for one in words] == [True]
        words = rules.take((), BEGAN_US + 2 * KEEP_US)
        assert [(one.key, one.entry) for one in words] == [(first, None)]
        assert rules.log.entries == {}
        told = list(read_topic(bus, standing.TOPIC))
        assert [(one.key, one.value == b"") for one in told] == [(told[0].key, False), (told[0].key, True)]
        assert list(read_topic(bus, memory.TOPIC)) == []
        producer.close()


def test_what_people_decide_counts_at_the_next_look(tmp_path: Path) -> None:
    with open_test_bus(str(tmp_path / "bus")) as bus:
        producer = bus.producer()
        rules = Rules(bus, producer, load_rules(RULES), "group")
        rules.begin({0}, BEGAN_US)
        rules.take(map(record_of, SENT[:1]), BEGAN_US + 2)
        for number, until_us in enumerate((BEGAN_US + 9, BEGAN_US + 5)):
            drill = Silence("s", BEGAN_US, until_us, "an", BEGAN_US, "drill", rule="critical-results")
            producer.publish([decisions.encode_silence(drill)], lambda _error: None)
            producer.flush(10)
            for _ in range(2):
                rules.decide(BEGAN_US + 3 + number)
            rules.take((), BEGAN_US + 3 + number)
            (held,) = read_standing(read_topic(bus, standing.TOPIC)).values()
            assert held.silenced is not None
            assert held.silenced.until_us == until_us
        producer.close()
