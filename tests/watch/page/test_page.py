"""The status page: what the board holds, in both languages, and never anybody's text as markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts import standing as standings
from engine.alerts.alert import Severity
from engine.alerts.standing import Silenced
from engine.bus.bus import Bus
from engine.facilities.facility import Facility, Registry
from engine.loaders.tables import FATES
from engine.transforms.activation import Activation
from engine.watch.app import MOST_PAGES, watch_app
from engine.watch.board import ROWS, Wanted, take_board
from engine.watch.lag import Lag
from engine.watch.observer import Observer
from engine.watch.page.html import Markup, tag, text
from engine.watch.page.page import status_page
from engine.watch.page.words import LANGUAGES, WORDS, choose_language
from engine.watch.rounds import Account, Rounds
from tests.rig.asgi import ask
from tests.watch.stage import HOUR_US, NOW_US, REGISTRY, letter, message, open_stage, publish, standing
from tests.watch.test_observer import Heard

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "</title><h1>",
    "&lt;b&gt;",
]
_ELEMENTS = """
    html head meta title link body a header h1 h2 span time main dl div dt dd
    section p table caption thead tbody tr th td nav
"""
ALLOWED = frozenset(_ELEMENTS.split())
VOID = {"meta", "link"}


class Reading(HTMLParser):
    """The elements and attributes of a page; fails where one is not closed."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page.decode())
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def observing(bus: Bus, registry: Registry = REGISTRY) -> Observer:
    return Observer(bus, registry, 60_000_000, lambda: NOW_US, Heard())


def found(**more: Any) -> Rounds:
    """What rounds found, without going any."""
    counts = dict.fromkeys(FATES, 0) | {"received": 12_345, "missing": 3}
    told: dict[str, Any] = {
        "lags": (Lag("loader", "receipts", 7, True, NOW_US),),
        "activation": Activation(2, "9ef708c86a34", NOW_US - HOUR_US),
        "account": Account("2026-09-21T14", counts),
    }
    return SimpleNamespace(**told | more)  # type: ignore[return-value]  # it has all that the page asks for


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with open_stage(tmp_path) as bus:
        yield bus


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_feeds_coverage_alerts_letters_the_account_and_the_mappings(bus: Bus, language: str) -> None:
    silenced = standing("quiet", silenced=Silenced("an", NOW_US + HOUR_US, "planned"))
    worst = standing("worst", severity=Severity.CRITICAL)
    publish(bus, [message("79902", NOW_US - 120_000_000), letter(), *map(standings.encode, (silenced, worst))])
    observer = observing(bus)
    observer.turn()
    page = status_page(take_board(observer, found(), NOW_US, Wanted()), language)
    words, shown = WORDS[language], " ".join(Reading(page).words)
    for part in ("Phòng khám Hoa Mẫu", "Bệnh viện <Sông> & Mẫu", "VALUE", "9ef708c86a34", "ADT, ORU", "worst"):
        assert part in shown
    for name in ("attention", "silenced", "is_silent", "coverage", "account", "unregistered", "critical"):
        assert words[name] in shown
    assert words["ago_m"].format(2) in shown
    assert {"vi": "12.345", "en": "12,345"}[language] in shown
    assert f'<html lang="{language}">' in page.decode()
    assert "5f5f" not in shown  # of a patient not even the reference


def test_an_engine_that_knows_nothing_yet_has_a_page(bus: Bus) -> None:
    nothing = found(lags=(), activation=None, account=None)
    page = status_page(take_board(observing(bus, Registry()), nothing, NOW_US, Wanted()), "en")
    assert WORDS["en"]["well"] in " ".join(Reading(page).words)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_a_registry_or_a_rule_is_markup(bus: Bus, attack: str) -> None:
    registry = Registry([Facility("1", attack, expects=(attack,), sector="public")])
    told = standing(attack, facility=attack)
    publish(bus, [standings.encode(told)])
    observer = observing(bus, registry)
    observer.turn()
    board = take_board(observer, found(activation=Activation(1, attack, NOW_US)), NOW_US, Wanted())
    read = Reading(status_page(board, "en"))
    assert set(read.elements) <= ALLOWED
    assert not any(name.startswith("on") or name == "style" for name in read.attributes)
    assert attack in "".join(read.words)


@given(st.text(), st.text())
def test_whatever_text_there_is_an_element_holds_it_and_an_attribute_too(inside: str, beside: str) -> None:
    made = tag("p", inside, title=beside)
    assert made.count("<") == 2
    assert made.count('"') == 2
    assert text(made) is made
    assert isinstance(text(inside), Markup)


def test_facilities_are_shown_a_page_at_a_time_silent_ones_first(bus: Bus) -> None:
    registry = Registry(Facility(f"{at:03}", f"F{at:03}", expects=("ADT",) if at > 110 else ()) for at in range(120))
    observer = observing(bus, registry)
    first = take_board(observer, found(), NOW_US, Wanted())
    assert (len(first.feeds), first.pages, first.silent) == (ROWS, 3, 9)
    assert all(feed.is_silent for feed in first.feeds[:9])
    last = take_board(observer, found(), NOW_US, Wanted(page=99))
    assert (last.wanted.page, len(last.feeds)) == (3, 21)
    assert b"page=2" in status_page(last, "en")


def test_facilities_of_one_sector_and_kind_are_shown(bus: Bus) -> None:
    board = take_board(observing(bus), found(), NOW_US, Wanted("private", "clinic"))
    assert [feed.facility.code for feed in board.feeds] == ["79902"]


def test_every_word_is_there_in_both_languages_and_not_the_same() -> None:
    same = {name for name in WORDS["en"] if WORDS["en"][name] == WORDS["vi"][name]}
    assert same == {"none"}
    assert all(text.strip() for words in WORDS.values() for text in words.values())
    gaps = {name for name in WORDS["en"] if WORDS["en"][name].count("{}") != WORDS["vi"][name].count("{}")}
    assert gaps == set()


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("en", "vi", "en"),
        ("vi", "en", "vi"),
        ("", "en-GB,en;q=0.9,vi;q=0.8", "en"),
        ("", "de, en;q=0.2, vi;q=0.7", "vi"),
        ("", "en;q=0, vi;q=0.1", "vi"),
        ("xx", "", "vi"),
        ("", "fr", "vi"),
        ("", ";;q=,=,en;q=x", "vi"),
    ],
)
def test_the_language_is_the_one_asked_for_or_accepted(asked: str, accepted: str, language: str) -> None:
    assert choose_language(asked, accepted) == language


@given(st.text(), st.text(max_size=200))
def test_whatever_a_browser_says_the_page_has_a_language(asked: str, accepted: str) -> None:
    assert choose_language(asked, accepted) in LANGUAGES


@pytest.mark.parametrize("path", ["/status", "/status/style.css"])
def test_the_page_lets_nothing_run_and_is_framed_by_nobody(bus: Bus, path: str) -> None:
    answer = ask(watch_app(observing(bus), found(), lambda: NOW_US), path)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(rb"style=|<style|<script", answer.content)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=99999", "page=1e9", "page=²", "sector=x", "kind=<b>", "a=b"]
)
def test_what_a_request_asks_wrongly_is_as_if_it_had_not_asked(bus: Bus, query: str) -> None:
    app = watch_app(observing(bus), found(), lambda: NOW_US)
    assert ask(app, f"/status?lang=en&{query}").content == ask(app, "/status?lang=en").content
    assert ask(app, "/status", method="POST").status_code == 405
    assert MOST_PAGES == 1000


def test_the_facilities_are_exposed_for_prometheus(bus: Bus) -> None:
    answer = ask(watch_app(observing(bus), found(), lambda: NOW_US), "/metrics/facilities")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert b'engine_facility_messages_received_total{facility="79901"} 0' in answer.content
