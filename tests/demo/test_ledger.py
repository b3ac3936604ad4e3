"""The ledger: lines of the feed against lines of reconciliation."""

from __future__ import annotations

from demo.ledger import Line, expect, kind_of, observe
from demo.message import Fate, FeedMessage
from engine.loaders.reconcile import Counts
from engine.loaders.reconcile import Line as Account

FEED = [
    FeedMessage(b"1", "79901", "ADT^A01", "AA"),
    FeedMessage(b"1", "79901", "ADT^A01", "AA", Fate.DUPLICATE),
    FeedMessage(b"2", "79901", "ADT^A08", "AA", Fate.DEAD, "VALUE"),
    FeedMessage(b"3", "", "", "AR", Fate.REFUSED, "NOT_HL7"),
]
REFUSED = Account("unregistered-12345678", "other", "2026-01-31T09", Counts(refused=1))


def test_events_of_one_type_are_one_line() -> None:
    assert expect(FEED)["79901", "ADT"] == Line("79901", "ADT", sent=3, loaded=1, dead=1, duplicate=1, refused=0)


def test_what_nobody_signed_is_a_line_of_its_own() -> None:
    assert kind_of("unregistered-12345678", "other") == ("", "")
    assert expect(FEED)["", ""].refused == 1


def test_hours_and_events_add_up_and_what_was_not_stored_is_a_duplicate() -> None:
    accounts = [
        Account("79901", "ADT^A01", "2026-01-31T09", Counts(received=1, loaded=1)),
        Account("79901", "ADT^A08", "2026-01-31T10", Counts(received=1, dead=1)),
        REFUSED,
    ]
    assert observe(expect(FEED), accounts) == expect(FEED)


def test_a_duplicate_that_the_loader_found_counts_the_same() -> None:
    accounts = [
        Account("79901", "ADT^A01", "2026-01-31T09", Counts(received=2, loaded=1, duplicate=1)),
        Account("79901", "ADT^A08", "2026-01-31T10", Counts(received=1, dead=1)),
        REFUSED,
    ]
    assert observe(expect(FEED), accounts) == expect(FEED)


def test_what_nobody_sent_shows_up() -> None:
    found = observe(expect(FEED), [Account("79909", "MDM^T02", "2026-01-31T09", Counts(received=1, loaded=1))])
    assert found["79909", "MDM"] != expect(FEED).get(("79909", "MDM"))
