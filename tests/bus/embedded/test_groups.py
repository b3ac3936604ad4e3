"""Leases: who holds what, for how long, and that a lease once run out does not come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.embedded.groups import Groups, Member, create_groups
from engine.bus.record import Partition

ONE, TWO = Member("g", "one"), Member("g", "two")
READS = {"t": 4}
ALL = frozenset(Partition("t", number) for number in range(4))


@pytest.fixture
def groups(tmp_path: Path) -> Iterator[Groups]:
    create_groups(tmp_path / "groups.db")
    with closing(Groups(tmp_path / "groups.db", 10.0)) as groups:
        yield groups


def _age(groups: Groups, member: Member, seconds: float) -> None:
    with groups._file.transaction() as connection:
        connection.execute("UPDATE members SET beat = beat - ? WHERE member = ?", (seconds, member.name))


def test_the_first_member_takes_all_and_keeps_it(groups: Groups) -> None:
    assert groups.settle(ONE, READS) == (frozenset(), ALL)
    assert groups.settle(ONE, READS) == (ALL, frozenset())


def test_a_second_member_gets_its_share_only_when_the_first_lets_go(groups: Groups) -> None:
    groups.settle(ONE, READS)
    assert groups.settle(TWO, READS) == (frozenset(), frozenset())
    kept, _ = groups.settle(ONE, READS)
    assert groups.settle(TWO, READS) == (frozenset(), ALL - kept)
    assert len(kept) == 2


def test_partitions_of_a_member_that_leaves_are_free(groups: Groups) -> None:
    groups.settle(ONE, READS)
    groups.leave(ONE)
    assert groups.settle(TWO, READS) == (frozenset(), ALL)


def test_a_lease_runs_out_after_its_time_and_not_before(groups: Groups) -> None:
    groups.settle(ONE, READS)
    _age(groups, ONE, 9)
    assert groups.settle(TWO, READS) == (frozenset(), frozenset())
    _age(groups, ONE, 2)
    assert groups.settle(TWO, READS) == (frozenset(), ALL)


def test_renewing_keeps_a_lease(groups: Groups) -> None:
    groups.settle(ONE, READS)
    _age(groups, ONE, 9)
    groups.renew(ONE)
    _age(groups, ONE, 9)
    assert groups.settle(TWO, READS) == (frozenset(), frozenset())


def test_renewing_does_not_bring_back_a_lease_that_ran_out(groups: Groups) -> None:
    groups.settle(ONE, READS)
    _age(groups, ONE, 11)
    groups.renew(ONE)
    assert groups.settle(TWO, READS) == (frozenset(), ALL)


def test_who_was_silent_for_too_long_gets_its_partitions_as_new_ones(groups: Groups) -> None:
    groups.settle(ONE, READS)
    _age(groups, ONE, 11)
    assert groups.settle(ONE, READS) == (frozenset(), ALL)


def test_only_the_holder_commits(groups: Groups) -> None:
    groups.settle(ONE, READS)
    groups.commit(TWO, dict.fromkeys(ALL, 5))
    assert groups.committed("g") == {}
    groups.commit(ONE, {Partition("t", 1): 5, Partition("t", 9): 5, Partition("other", 0): 5})
    assert groups.committed("g") == {Partition("t", 1): 5}


def test_groups_of_other_names_are_others(groups: Groups) -> None:
    groups.settle(ONE, READS)
    assert groups.settle(Member("h", "one"), READS) == (frozenset(), ALL)
    groups.commit(Member("h", "one"), {Partition("t", 0): 3})
    assert groups.committed("g") == {}
