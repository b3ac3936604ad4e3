from __future__ import annotations

from datetime import timedelta

import pytest

from engine.bus.difference import BusKind, differences, kept, reachable
from engine.bus.record import Topic

NOW = Topic("alerts.a", 6, timedelta(days=7), replication=3, min_insync=2)


def changed(**values: object) -> Topic:
    held = {"partitions": 6, "retention": timedelta(days=7), "replication": 3, "min_insync": 2}
    return Topic("alerts.a", **{**held, **values})  # type: ignore[arg-type]  # each test gives what fits


@pytest.mark.parametrize(
    ("declared", "setting", "kafka", "embedded"),
    [
        (changed(partitions=12), "partitions", True, False),
        (changed(partitions=3), "partitions", False, False),
        (changed(retention=timedelta(days=8)), "retention", True, True),
        (changed(retention=None), "retention", True, True),
        (changed(retention=timedelta(days=6)), "retention", False, False),
        (changed(compacted=True), "compacted", False, False),
        (changed(replication=2), "replication", False, None),
        (changed(replication=4), "replication", False, None),
        (changed(min_insync=3), "min_insync", True, None),
        (changed(min_insync=4, replication=3), "min_insync", False, None),
        (changed(min_insync=1), "min_insync", False, None),
    ],
)
def test_what_takes_nothing_is_changed_and_the_rest_has_a_remedy(
    declared: Topic, setting: str, kafka: bool, embedded: bool | None
) -> None:
    buses: tuple[tuple[BusKind, bool | None], ...] = (("kafka", kafka), ("embedded", embedded))
    for kind, may_change in buses:
        found = differences(NOW, declared, kind)
        assert [(one.setting, one.remedy == "") for one in found] == (
            [] if may_change is None else [(setting, may_change)]
        )
        after = reachable(NOW, declared, kind)
        wanted = declared if may_change else NOW
        named = setting if kind == "kafka" or may_change is not None else "partitions"
        assert getattr(after, named) == getattr(wanted, named)


def test_a_forever_kept_topic_is_never_given_an_age_by_itself() -> None:
    (found,) = differences(changed(retention=None), changed(), "kafka")
    assert (found.now, found.declared) == ("forever", "7d")
    assert "retention.ms=604800000" in found.remedy


def test_compaction_may_end_on_kafka_alone() -> None:
    now = changed(compacted=True)
    assert differences(now, changed(), "kafka")[0].remedy == ""
    assert differences(now, changed(), "embedded")[0].remedy


def test_a_missing_topic_and_foreign_settings_are_differences_that_apply_mends() -> None:
    assert [(one.setting, one.remedy) for one in differences(None, NOW, "kafka")] == [("topic", "")]
    (found,) = differences(changed(other=("max.message.bytes=1000",)), changed(), "kafka")
    assert (found.setting, found.now, found.remedy) == ("max.message.bytes", "1000", "")


@pytest.mark.parametrize(
    ("age", "written"),
    [
        (timedelta(days=90), "90d"),
        (timedelta(hours=36), "36h"),
        (timedelta(milliseconds=1500), "1500ms"),
        (None, "forever"),
    ],
)
def test_a_retention_is_told_as_it_is_written(age: timedelta | None, written: str) -> None:
    assert kept(age) == written
