"""Topics as every bus shows and changes them."""

from __future__ import annotations

from datetime import timedelta

from engine.bus.bus import Bus
from engine.bus.difference import differences
from engine.bus.record import Record, Topic
from tests.contract.bus_drive import publish, read_all


class TopicsContract:
    """Tests of topics, for a subclass that gives `bus`."""

    def test_topics_are_shown_as_they_were_made(self, bus: Bus, topic_prefix: str) -> None:
        made = [
            Topic(f"{topic_prefix}kept", 3),
            Topic(f"{topic_prefix}old", 2, timedelta(days=7)),
            Topic(f"{topic_prefix}newest", 1, compacted=True),
        ]
        bus.ensure(made)
        shown = bus.describe([*(topic.name for topic in made), f"{topic_prefix}none"])
        assert {one: (shown[one].partitions, shown[one].retention, shown[one].compacted) for one in shown} == {
            topic.name: (topic.partitions, topic.retention, topic.compacted) for topic in made
        }
        assert [one for topic in made for one in differences(shown[topic.name], topic, "kafka")] == []

    def test_a_retention_is_changed_and_no_record_with_it(self, bus: Bus, topic_prefix: str) -> None:
        topic = Topic(f"{topic_prefix}topic", 2, timedelta(days=7))
        bus.ensure([topic])
        publish(bus, [Record(topic.name, b"k", b"1")])
        for retention in (timedelta(days=30), None):
            bus.change(Topic(topic.name, 2, retention))
            assert bus.describe([topic.name])[topic.name].retention == retention
        assert [record.value for record in read_all(bus, topic.name)] == [b"1"]
