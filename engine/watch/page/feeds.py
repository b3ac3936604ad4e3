"""The feeds of the status page: facilities of one sector and kind, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from engine.watch.board import Board, Feed
from engine.watch.facilities import UNREGISTERED
from engine.watch.page.html import EMPTY, Markup, Part, join, table, tag
from engine.watch.page.numbers import ago, number

HEADS = ("facility", "last_message", "an_hour", "in_warehouse", "late", "dead_letters", "lacking")


def feeds_section(board: Board, words: Mapping[str, str], language: str, path: str) -> Markup:
    """The table of feeds with the ways to other pages of it."""
    rows = [_row(feed, board, words, language) for feed in board.feeds]
    return tag(
        "section",
        tag("h2", words["feeds"]),
        tag("p", words["feeds_note"], class_="note"),
        _chosen(board, words, language, path),
        table(words["feeds"], [words[name] for name in HEADS], rows),
        tag("nav", *_pages(board, words, language, path), aria_label=words["page"]) if board.pages > 1 else EMPTY,
        class_="wide",
        id="feeds",
    )


def _row(feed: Feed, board: Board, words: Mapping[str, str], language: str) -> list[Part]:
    facility = feed.facility
    name = words["unregistered"] if facility.code == UNREGISTERED else facility.name
    kind = f"{facility.code} · {words[facility.kind]}, {words[facility.sector]}" if facility.registered else ""
    silent = join([" ", tag("span", words["is_silent"], class_="bad")]) if feed.is_silent else EMPTY
    return [
        join([name, " ", tag("span", kind, class_="code")]),
        join([ago(feed.received_us, board.now_us, words), silent]),
        number(feed.last_hour, language),
        ago(feed.loaded_us, board.now_us, words),
        number(feed.late, language),
        number(feed.dead, language),
        ", ".join(feed.lacking) or "—",
    ]


def _chosen(board: Board, words: Mapping[str, str], language: str, path: str) -> Markup:
    """Which facilities are shown, and the way back to all."""
    wanted = board.wanted
    if not (wanted.sector or wanted.kind):
        return EMPTY
    shown = ", ".join(words[one] for one in (wanted.kind, wanted.sector) if one)
    return tag("nav", tag("span", shown), tag("a", words["all"], href=f"{path}?lang={language}#feeds"))


def _pages(board: Board, words: Mapping[str, str], language: str, path: str) -> Iterator[Markup]:
    wanted = board.wanted
    asked = {"lang": language} | {name: value for name, value in wanted._asdict().items() if value}
    for name, page in (("previous", wanted.page - 1), ("next", wanted.page + 1)):
        if 1 <= page <= board.pages:
            yield tag("a", words[name], href=f"{path}?{urlencode(asked | {'page': page})}#feeds", rel=name[:4])
    yield tag("span", f"{words['page']} {wanted.page} / {board.pages}")
