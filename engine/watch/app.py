"""What the observing process answers on its socket; the engine's HTTP port asks here, and shows it on."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.watch.exposition import expose
from engine.watch.observer import Observer
from engine.watch.rounds import Rounds

FACILITIES = "/metrics/facilities"


def watch_app(observer: Observer, rounds: Rounds, now_us: Callable[[], int]) -> Starlette:
    """`/metrics/facilities`: a city's facilities for Prometheus."""

    def written() -> bytes:
        with observer.lock:
            return expose(observer.facilities)

    async def facilities(_request: Request) -> Response:
        return Response(await run_in_threadpool(written), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route(FACILITIES, facilities)])
