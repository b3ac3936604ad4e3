from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus.record import Partition, Position
from engine.loaders.reconcile import (
    Accepted,
    Account,
    Counts,
    Evidence,
    Fate,
    Line,
    Refusal,
    find_fate,
    reconcile,
    total,
)
from engine.loaders.warehouse import Entry

NINE = 1_769_850_000_000_000
HOUR = 3_600_000_000


def at(offset: int) -> Position:
    return Position("hl7.raw", 0, offset)


def accepted(offset: int, facility: str = "79014", message_type: str = "ADT^A01", received: int = NINE) -> Accepted:
    return Accepted(at(offset), facility, message_type, received)


def entry(offset: int, outcome: str = "mapped", events: int = 2, loaded: int = 2, is_copy: bool = False) -> Entry:
    return Entry(at(offset), "79014", "ADT^A01", NINE, outcome, events, loaded, is_copy)


def evidence(
    ledger: Iterable[Entry] = (), transformed: int = 100, waiting: Collection[int] = (), dead: Collection[int] = ()
) -> Evidence:
    return Evidence(
        {Partition("hl7.raw", 0): transformed}, {at(offset) for offset in waiting}, ledger, {at(each) for each in dead}
    )


@pytest.mark.parametrize(
    ("known", "found", "fate"),
    [
        (entry(5), evidence(), Fate.LOADED),
        (entry(5, events=0, loaded=0), evidence(), Fate.LOADED),
        (entry(5), evidence(dead=[5]), Fate.LOADED),
        (entry(5), evidence(waiting=[5]), Fate.LOADED),
        (entry(5, is_copy=True, loaded=0), evidence(), Fate.DUPLICATE),
        (entry(5, "dead", 0, 0, is_copy=True), evidence(dead=[5]), Fate.DUPLICATE),
        (entry(5, "ignored", 0, 0), evidence(), Fate.IGNORED),
        (entry(5, "dead", 0, 0), evidence(dead=[5]), Fate.DEAD),
        (entry(5, "dead", 0, 0), evidence(), Fate.MISSING),
        (entry(5, loaded=1), evidence(waiting=[5]), Fate.IN_FLIGHT),
        (entry(5, loaded=1), evidence(dead=[5]), Fate.DEAD),
        (entry(5, loaded=1), evidence(), Fate.MISSING),
        (entry(5, loaded=1), evidence(transformed=5), Fate.IN_FLIGHT),
        (None, evidence(transformed=5), Fate.IN_FLIGHT),
        (None, evidence(waiting=[5]), Fate.IN_FLIGHT),
        (None, evidence(dead=[5]), Fate.DEAD),
        (None, evidence(transformed=6), Fate.MISSING),
    ],
)
def test_fate_of_a_raw_record(known: Entry | None, found: Evidence, fate: Fate) -> None:
    assert find_fate(at(5), known, found) is fate


def test_raw_record_of_a_partition_nothing_was_read_of_is_in_flight() -> None:
    assert find_fate(Position("hl7.raw", 1, 0), None, evidence()) is Fate.IN_FLIGHT


def test_account_has_a_line_for_each_facility_type_and_hour() -> None:
    records = [
        accepted(0),
        accepted(1, received=NINE + HOUR),
        accepted(2),
        accepted(3, message_type="ORU^R01"),
        accepted(4, facility="79015"),
    ]
    account = reconcile(records, evidence([entry(0), entry(2, is_copy=True), entry(3, "ignored")], transformed=4))
    assert account == Account(
        [
            Line("79014", "ADT^A01", "2026-01-31T09", Counts(received=2, loaded=1, duplicate=1)),
            Line("79014", "ADT^A01", "2026-01-31T10", Counts(received=1, missing=1)),
            Line("79014", "ORU^R01", "2026-01-31T09", Counts(received=1, ignored=1)),
            Line("79015", "ADT^A01", "2026-01-31T09", Counts(received=1, in_flight=1)),
        ],
        [at(1)],
    )


def test_raw_record_that_the_bus_let_go_is_counted_from_the_ledger() -> None:
    account = reconcile([accepted(7)], evidence([entry(3), entry(7)]))
    assert [line.counts for line in account.lines] == [Counts(received=2, loaded=2)]


def test_refused_messages_are_counted_beside_the_raw_records() -> None:
    account = reconcile([accepted(0)], evidence([entry(0)]), [Refusal("79014", "ADT^A01", NINE), Refusal("", "", NINE)])
    assert account.lines == [
        Line("", "", "2026-01-31T09", Counts(refused=1)),
        Line("79014", "ADT^A01", "2026-01-31T09", Counts(received=1, loaded=1, refused=1)),
    ]


def test_lines_add_up_over_what_is_not_asked_for() -> None:
    lines = [
        Line("a", "ADT^A01", "2026-01-31T09", Counts(received=2, loaded=1, dead=1)),
        Line("a", "ORU^R01", "2026-01-31T10", Counts(received=3, loaded=3)),
        Line("b", "ADT^A01", "2026-01-31T09", Counts(received=1, held=1)),
    ]
    assert total(lines, "facility") == [
        Line("a", "", "", Counts(received=5, loaded=4, dead=1)),
        Line("b", "", "", Counts(received=1, held=1)),
    ]
    assert total(lines) == [Line("", "", "", Counts(received=6, loaded=4, dead=1, held=1))]


_OUTCOMES = st.sampled_from(["mapped", "dead", "ignored"])


@given(
    st.sets(st.integers(0, 30)).map(sorted),
    st.dictionaries(st.integers(0, 30), st.tuples(_OUTCOMES, st.integers(0, 3), st.integers(0, 3), st.booleans())),
    st.sets(st.integers(0, 30)),
    st.sets(st.integers(0, 30)),
    st.integers(0, 30),
)
def test_every_raw_record_is_counted_once(
    offsets: list[int],
    known: dict[int, tuple[str, int, int, bool]],
    waiting: set[int],
    dead: set[int],
    transformed: int,
) -> None:
    ledger = [entry(offset, *known[offset]) for offset in sorted(known)]
    account = reconcile(map(accepted, offsets), evidence(ledger, transformed, waiting, dead))
    (counts,) = [line.counts for line in total(account.lines)] or [Counts()]
    fates = (
        counts.loaded,
        counts.dead,
        counts.duplicate,
        counts.ignored,
        counts.held,
        counts.in_flight,
        counts.missing,
    )
    assert counts.received == sum(fates) == len({*offsets, *known})
    assert counts.missing == len(account.missing)
