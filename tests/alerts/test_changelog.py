"""The log of a table: the word that rests on most records counts, whichever stands last."""

from __future__ import annotations

from engine.alerts.changelog import Changelog, Entry, farther


def word(offset: int, number: int) -> bytes:
    return Entry(0, {"cases": offset}, {"number": number}).value()


def test_the_log_gives_back_what_its_owner_put() -> None:
    owner, reader = Changelog(), Changelog()
    for number in range(3):
        entry = owner.put("k", 1, {"number": number}, {"cases": number})
        assert entry is not None
        reader.replay("k", 1, entry.value())
    assert reader.entries == owner.entries
    assert (reader.of({1}), reader.of({0})) == ({"k": {"number": 2}}, {})


def test_a_word_of_one_who_was_taken_for_dead_counts_for_nothing() -> None:
    log = Changelog()
    for offset, number in ((10, 1), (30, 3), (20, 2)):
        log.replay("k", 0, word(offset, number))
    assert log.of({0}) == {"k": {"number": 3}}
    assert log.stale == {"k"}
    log.put("k", 0, {"number": 4}, {"cases": 31})
    assert (log.entries["k"].reach, log.stale) == ({"cases": 31}, set())


def test_a_newer_word_makes_up_for_a_stale_one() -> None:
    log = Changelog()
    for offset, number in ((30, 3), (20, 2), (40, 4)):
        log.replay("k", 0, word(offset, number))
    assert (log.of({0}), log.stale) == ({"k": {"number": 4}}, set())


def test_who_reads_again_from_before_writes_no_less_than_was_known() -> None:
    log = Changelog()
    log.replay("k", 0, word(30, 3))
    entry = log.put("k", 0, {"number": 4}, {"cases": 12, "baselines": 5})
    assert entry is not None
    assert entry.reach == {"baselines": 5, "cases": 30}
    assert farther({}, {"a": 0}) == {"a": 0}


def test_what_holds_nothing_any_more_is_deleted() -> None:
    log = Changelog()
    log.replay("k", 0, word(1, 1))
    assert log.put("k", 0, None, {}) is None
    log.replay("j", 0, word(1, 1))
    log.replay("j", 0, None)
    assert log.entries == {}
