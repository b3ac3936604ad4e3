"""The status page of a running engine in a real browser: on a phone and on a wall, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from engine.alerts.alert import Severity
from engine.alerts.standing import TOPIC, encode
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.parts import now_us
from engine.watch.page.words import WORDS
from tests.rig.engine_process import EngineProcess
from tests.rig.process import wait_until
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits
from tests.watch.stage import publish, standing
from tools.screenshots import SHOTS, Shot, chromium, take

QUICK = {"ENGINE_OBSERVING__LAG_EVERY": "1s", "ENGINE_RECONCILIATION__EVERY": "2s"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An engine with messages, a dead letter and an alert that fires."""
    home = tmp_path_factory.mktemp("status") / "home"
    with EngineProcess(home, QUICK) as engine:
        _, payload = visits(1)[0]
        spoiled = ("W0", payload.replace(b"|C0|", b"|W0|").replace(b"19800101", b"1980-XX"))
        sender = StubbornSender(engine.port, [*visits(20), spoiled])
        sender.start()
        sender.wait(60)
        with EmbeddedBus(home / "bus") as bus:
            bus.ensure([Topic(TOPIC, 1, compacted=True)])
            publish(bus, [encode(standing("feed-silent", severity=Severity.CRITICAL, started_us=now_us()))])
        shown = ("feed-silent", "VALUE", "79901", "2026")
        wait_until(lambda: all(one in engine.get("/status?lang=en").text for one in shown), "all of the page", 60)
        yield f"http://127.0.0.1:{engine.metrics_port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_the_page_is_shown_without_a_complaint_and_without_scrolling_sideways(
    base: str, browser: Browser, shot: Shot, tmp_path: Path
) -> None:
    assert take(browser, base, shot, tmp_path) == []
    assert (tmp_path / f"{shot.name}.png").stat().st_size > 10_000
    page = browser.new_page(viewport={"width": shot.width, "height": shot.height})
    page.goto(f"{base}/status?lang={shot.language}")
    words = WORDS[shot.language]
    assert page.locator("h1").inner_text() == words["title"]
    assert page.locator("html").get_attribute("lang") == shot.language
    assert page.get_by_text("Nothing came for an hour").is_visible()
    assert page.get_by_text(words["attention"]).is_visible()
    root = page.locator("html")
    assert root.evaluate("one => one.scrollWidth <= one.clientWidth")
    size = float(root.evaluate("one => parseFloat(getComputedStyle(one).fontSize)"))
    assert size >= (18 if shot.width > 1000 else 15)
    page.close()


def test_a_link_leads_to_the_other_language_and_one_to_the_facilities_of_a_kind(base: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{base}/status?lang=vi")
    page.get_by_text("English").click()
    assert page.locator("h1").inner_text() == WORDS["en"]["title"]
    page.get_by_role("link", name=WORDS["en"]["centre"]).click()
    feeds = page.locator("#feeds tbody tr")
    assert feeds.count() == 1
    assert "79902" in feeds.first.inner_text()
    page.close()


def test_a_browser_gets_its_own_language(base: str, browser: Browser) -> None:
    for locale, language in (("en-GB", "en"), ("vi-VN", "vi")):
        page = browser.new_page(locale=locale)
        page.goto(f"{base}/status")
        assert page.locator("html").get_attribute("lang") == language
        page.close()


def test_no_script_runs_in_the_page_even_where_one_gets_in(base: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{base}/status")
    page.set_default_timeout(5000)
    added = "() => { const one = document.createElement('script'); one.textContent = 'window.got = 1';"
    page.evaluate(added + " document.body.append(one); }")
    assert page.evaluate("() => window.got") is None
    page.close()
