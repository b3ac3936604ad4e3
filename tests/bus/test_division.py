"""Partitions are divided fairly, alike by everyone, and moved as little as can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.bus.division import divide
from engine.bus.record import Partition

_TOPICS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 8), max_size=3)
_MEMBERS = st.dictionaries(st.sampled_from(["m1", "m2", "m3", "m4"]), _TOPICS, max_size=4)
_HELD = st.dictionaries(
    st.builds(Partition, st.sampled_from(["a", "b", "c", "gone"]), st.integers(0, 9)),
    st.sampled_from(["m1", "m2", "m3", "m4", "dead"]),
    max_size=20,
)


@given(_MEMBERS, _HELD)
def test_every_partition_gets_a_member_that_reads_its_topic(
    reads: dict[str, dict[str, int]], held: dict[Partition, str]
) -> None:
    counts = {topic: max(own.get(topic, 0) for own in reads.values()) for own in reads.values() for topic in own}
    owners = divide(reads, held)
    assert set(owners) == {Partition(topic, number) for topic, count in counts.items() for number in range(count)}
    assert all(partition.topic in reads[owner] for partition, owner in owners.items())


@given(_MEMBERS, _HELD)
def test_the_division_stays_once_it_is_carried_out(
    reads: dict[str, dict[str, int]], held: dict[Partition, str]
) -> None:
    owners = divide(reads, held)
    assert divide(reads, owners) == owners


@given(st.integers(1, 5), st.integers(0, 20), _HELD)
def test_members_of_one_kind_hold_as_many_give_or_take_one(
    members: int, partitions: int, held: dict[Partition, str]
) -> None:
    names = [f"m{number}" for number in range(members)]
    owners = divide({name: {"a": partitions} for name in names}, held)
    loads = [list(owners.values()).count(name) for name in names]
    assert max(loads) - min(loads) <= 1


def test_a_member_that_comes_takes_its_share_and_nothing_else_moves() -> None:
    held = {Partition("a", number): "old" for number in range(6)}
    owners = divide({"old": {"a": 6}, "new": {"a": 6}}, held)
    assert sorted(owners.values()) == ["new"] * 3 + ["old"] * 3


def test_what_a_dead_member_held_is_shared_and_nothing_else_moves() -> None:
    held = {Partition("a", number): ("one", "two", "dead")[number // 2] for number in range(6)}
    owners = divide({"one": {"a": 6}, "two": {"a": 6}}, held)
    assert all(owners[partition] == holder for partition, holder in held.items() if holder != "dead")
    assert sorted(owners.values()) == ["one"] * 3 + ["two"] * 3


def test_partitions_are_dealt_over_all_topics_together() -> None:
    owners = divide({"one": {"a": 1, "b": 1}, "two": {"a": 1, "b": 1}}, {})
    assert sorted(owners.values()) == ["one", "two"]
