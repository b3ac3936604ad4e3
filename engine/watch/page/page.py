"""The status page: one section a function, from what the board holds."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from engine.alerts.standing import Standing
from engine.watch.board import Board
from engine.watch.facilities import Group
from engine.watch.open_alerts import is_silenced
from engine.watch.page.feeds import feeds_section
from engine.watch.page.html import EMPTY, Markup, Part, document, join, table, tag
from engine.watch.page.numbers import ago, clock, number, share
from engine.watch.page.words import LANGUAGES, WORDS

PATH = "/status"
STYLE_PATH = "/status/style.css"
VERSION = 8
"""Signs of a mapping set's version that are shown."""


def status_page(board: Board, language: str) -> bytes:
    """The whole page in one of the languages."""
    return document(language, WORDS[language]["title"], *_Page(board, language).parts(), style=STYLE_PATH)


class _Page:
    """The sections of one page."""

    def __init__(self, board: Board, language: str) -> None:
        self._board = board
        self._language = language
        self._words = WORDS[language]

    def parts(self) -> Iterator[Markup]:
        yield tag("a", self._words["skip"], href="#feeds", class_="skip")
        yield self._header()
        board, words = self._board, self._words
        sections = (self._tiles(), self._alerts(), self._coverage(), self._letters(), self._account(), self._stages())
        yield tag("main", *sections, feeds_section(board, words, self._language, PATH))

    def _header(self) -> Markup:
        words = self._words
        other = next(one for one in LANGUAGES if one != self._language)
        wanted = self._board.wanted._asdict()
        query = urlencode({"lang": other, **{name: value for name, value in wanted.items() if value}})
        link = tag("a", words["other"], href=f"{PATH}?{query}", hreflang=other, lang=other, class_="push")
        state = "bad" if self._is_troubled() else "good"
        told = tag(
            "span", words["attention"] if state == "bad" else words["well"], class_=f"state {state}", role="status"
        )
        return tag("header", tag("h1", words["title"]), told, tag("span", words["as_of"], " ", self._now()), link)

    def _now(self) -> Markup:
        return clock(self._board.now_us)

    def _is_troubled(self) -> bool:
        board = self._board
        missing = board.account.counts["missing"] if board.account else 0
        return bool(board.silent or missing or any(one.alert.severity == "critical" for one in board.alerts))

    def _tiles(self) -> Markup:
        board = self._board
        registered = sum(one.registered for one in board.coverage.values())
        sent = sum(one.reporting for one in board.coverage.values())
        missing = board.account.counts["missing"] if board.account else None
        behind = sum(lag.records for lag in board.lags)
        dead = sum(count for _, count in board.letters)
        return tag(
            "dl",
            self._tile("last_hour", self._number(board.last_hour)),
            self._tile("taking_part", f"{self._number(sent)} / {self._number(registered)}"),
            self._tile("silent", self._number(board.silent), "warn" if board.silent else "good"),
            self._tile("open_alerts", self._number(board.open_alerts), "warn" if board.open_alerts else "good"),
            self._tile("dead_letters", self._number(dead), "warn" if dead else "good"),
            self._tile("missing", "—" if missing is None else self._number(missing), "bad" if missing else None),
            self._tile("behind", self._number(behind)),
            self._tile("mappings", board.activation.version[:VERSION] if board.activation else "—"),
            class_="tiles wide",
        )

    def _tile(self, name: str, value: Part, state: str | None = None) -> Markup:
        return tag("div", tag("dt", self._words[name]), tag("dd", value, class_=state))

    def _alerts(self) -> Markup:
        board, words = self._board, self._words
        heads = [words[name] for name in ("alert", "severity", "facility", "began", "state")]
        rows = [self._alert(one) for one in board.alerts]
        more = board.open_alerts - len(rows)
        return tag(
            "section",
            tag("h2", words["open_alerts"]),
            table(words["open_alerts"], heads, rows) if rows else tag("p", words["alerts_none"], class_="note"),
            tag("p", f"+ {self._number(more)} {words['more_alerts']}", class_="note") if more else EMPTY,
            class_="wide",
        )

    def _alert(self, standing: Standing) -> list[Part]:
        alert, words = standing.alert, self._words
        state = "silenced" if is_silenced(standing, self._board.now_us) else "firing"
        if standing.acknowledged and state == "firing":
            state = "acknowledged"
        name = join([alert.summary or alert.rule, " ", tag("span", alert.rule, class_="code")])
        severity = tag("span", words[alert.severity], class_="bad" if alert.severity == "critical" else "warn")
        return [name, severity, alert.facility, ago(alert.started_us, self._board.now_us, words), words[state]]

    def _coverage(self) -> Markup:
        words = self._words
        heads = [words[name] for name in ("sector", "kind", "sent", "registered", "share")]
        rows: list[list[Part]] = [
            [
                words[group.sector],
                tag(
                    "a",
                    words[group.kind],
                    href=f"{PATH}?{urlencode({'lang': self._language, **group._asdict()})}#feeds",
                ),
                self._number(found.reporting),
                self._number(found.registered),
                share(found.reporting, found.registered),
            ]
            for group, found in self._board.coverage.items()
        ]
        note = tag("p", words["coverage_note"], class_="note")
        return tag("section", tag("h2", words["coverage"]), note, table(words["coverage"], heads, rows))

    def _link(self, group: Group) -> str:
        return f"{PATH}?{urlencode({'lang': self._language, **group._asdict()})}#feeds"

    def _letters(self) -> Markup:
        words = self._words
        rows: list[list[Part]] = [[reason, self._number(count)] for reason, count in self._board.letters]
        heads = [words["reason"], words["count"]]
        shown = table(words["dead_letters"], heads, rows) if rows else tag("p", words["letters_none"])
        return tag("section", tag("h2", words["dead_letters"]), tag("p", words["letters_note"], class_="note"), shown)

    def _account(self) -> Markup:
        words, account = self._words, self._board.account
        if account is None:
            return tag("section", tag("h2", words["account"]), tag("p", words["account_none"], class_="note"))
        rows: list[list[Part]] = [[words[fate], self._number(count)] for fate, count in account.counts.items()]
        note = tag("p", words["account_note"], f" {account.hour} UTC", class_="note")
        shown = table(words["account"], [words["fate"], words["count"]], rows)
        return tag("section", tag("h2", words["account"]), note, shown)

    def _stages(self) -> Markup:
        words, groups = self._words, dict[str, int]()
        for lag in self._board.lags:
            groups[lag.group] = groups.get(lag.group, 0) + lag.records
        rows: list[list[Part]] = [[group, self._number(records)] for group, records in groups.items()]
        heads = [words["group"], words["records"]]
        activation = self._board.activation
        since = (
            tag("p", words["mappings"], f" {activation.version} ", words["since"], " ", clock(activation.activated_us))
            if activation
            else EMPTY
        )
        return tag("section", tag("h2", words["lag"]), table(words["lag"], heads, rows), since)

    def _number(self, count: int) -> str:
        return number(count, self._language)
