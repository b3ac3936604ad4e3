"""What the observing process answers on its socket; the engine's HTTP port asks here, and shows it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.facilities.entry import FacilityEntry
from engine.watch.board import Wanted, take_board
from engine.watch.exposition import expose
from engine.watch.observer import Observer
from engine.watch.page.page import PATH, STYLE_PATH, status_page
from engine.watch.page.style import STYLE
from engine.watch.page.words import choose_language
from engine.watch.rounds import Rounds

FACILITIES = "/metrics/facilities"
SECTORS: frozenset[str] = frozenset(get_args(FacilityEntry.model_fields["sector"].annotation))
KINDS: frozenset[str] = frozenset(get_args(FacilityEntry.model_fields["kind"].annotation))
MOST_PAGES = 1000
SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
"""Headers of the page: nothing runs in it, nothing is loaded but its style, nobody frames it."""
ANEW = {"cache-control": "no-store", "refresh": "30", "vary": "accept-language"}


def watch_app(observer: Observer, rounds: Rounds, now_us: Callable[[], int]) -> Starlette:
    """`/metrics/facilities` for Prometheus, `/status` for people."""

    def written() -> bytes:
        with observer.lock:
            return expose(observer.facilities)

    async def facilities(_request: Request) -> Response:
        return Response(await run_in_threadpool(written), media_type=CONTENT_TYPE_LATEST)

    async def status(request: Request) -> Response:
        wanted = read_wanted(request)
        language = choose_language(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        page = await run_in_threadpool(lambda: status_page(take_board(observer, rounds, now_us(), wanted), language))
        headers = SAFE | ANEW | {"content-language": language}
        return Response(page, media_type="text/html; charset=utf-8", headers=headers)

    async def style(_request: Request) -> Response:
        return Response(STYLE, media_type="text/css; charset=utf-8", headers=SAFE)

    routes = [Route(FACILITIES, facilities), Route(PATH, status), Route(STYLE_PATH, style)]
    return Starlette(routes=routes)


def read_wanted(request: Request) -> Wanted:
    """Which facilities a request asks for; what it asks for that there is not is as if it had not asked."""
    asked = request.query_params
    sector, kind, page = asked.get("sector", ""), asked.get("kind", ""), asked.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Wanted(sector if sector in SECTORS else "", kind if kind in KINDS else "", min(number, MOST_PAGES))
