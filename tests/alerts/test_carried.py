"""Who carries, and where what rules remember is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.alerts import changelog, memory
from engine.alerts.carried import is_by_faust, read_states
from engine.alerts.changelog import Entry
from engine.alerts.frame import Kept
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.config import BusSettings

KAFKA = {"kind": "kafka", "bootstrap": "localhost:1"}


@pytest.mark.parametrize(
    ("told", "is_so"),
    [
        ({}, False),
        (KAFKA, True),
        ({**KAFKA, "seal_keys": Path("keys")}, False),
        ({**KAFKA, "properties": {"sasl.mechanism": "SCRAM-SHA-512"}}, True),
        ({**KAFKA, "properties": {"sasl.mechanism": "OAUTHBEARER"}}, False),
        ({**KAFKA, "properties": {"sasl.mechanisms": "GSSAPI"}}, False),
    ],
)
def test_faust_carries_on_kafka_where_it_can_log_in_and_may_write_in_clear(told: dict[str, Any], is_so: bool) -> None:
    assert is_by_faust(BusSettings(**told)) is is_so


def test_states_are_read_where_whoever_carries_keeps_them(tmp_path: Path) -> None:
    runners, fausts = Kept({"a": 1}, {}, None), Kept({"a": 2}, {}, 5)
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure([Topic(name, 1, compacted=True) for name in (changelog.RULES, memory.TOPIC)])
        producer = bus.producer()
        entry, older = Entry(0, {"t": 7}, fausts._asdict()), Entry(0, {"t": 6}, runners._asdict())
        words = [Record(changelog.RULES, b"r/k", one.value()) for one in (entry, older)]
        gone = [Record(changelog.RULES, b"r/x", one) for one in (entry.value(), b"")]
        producer.publish([memory.encode(("r", "k"), runners), *words, *gone], lambda _error: None)
        producer.close()
        assert read_states(bus, BusSettings()) == {("r", "k"): runners}
        assert read_states(bus, BusSettings(**KAFKA)) == {("r", "k"): fausts}
