"""The pictures of docs/images, taken of a running engine: `python -m tools.screenshots http://127.0.0.1:9464`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"


class Shot(NamedTuple):
    """One picture: its file, the page's language, and the screen."""

    name: str
    language: str
    width: int
    height: int


SHOTS = (
    Shot("status-wall-vi", "vi", 1920, 1080),
    Shot("status-wall-en", "en", 1920, 1080),
    Shot("status-phone-vi", "vi", 390, 844),
    Shot("status-phone-en", "en", 390, 844),
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def take(browser: Browser, base: str, shot: Shot, folder: Path = FOLDER) -> list[str]:
    """Take one picture of the status page; gives what the browser complained of."""
    page = browser.new_page(viewport={"width": shot.width, "height": shot.height}, locale=shot.language)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"{request.url} failed"))
    page.goto(f"{base}/status?lang={shot.language}", wait_until="load")
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{shot.name}.png")
    page.close()
    return said


if __name__ == "__main__":
    with chromium() as opened:
        for one in SHOTS:
            print(one.name, take(opened, sys.argv[1], one) or "")
