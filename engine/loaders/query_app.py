"""What a running loader answers about its warehouse over HTTP, to those whom the socket's file mode lets in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engine.loaders.warehouse import QUERY_ROWS, QUERY_SECONDS, QueryRefused, Reader, WarehouseError

MOST_BYTES = 1 << 16
"""Longest question that is read."""
MOST_ROWS = 100_000
MOST_SECONDS = 300.0

_LINES = 1000
"""Entries of the ledger that are sent in one piece."""

Work = Callable[[], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


def query_app(reader: Reader) -> Starlette:
    """POST /query, GET /counts, /digest and /offsets answer with JSON, GET /ledger with a line of JSON an entry."""

    async def ledger(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        entries = await run_in_threadpool(reader.ledger, int(since) if since.isdecimal() else 0)
        lines = (orjson.dumps(entry, default=tuple, option=orjson.OPT_APPEND_NEWLINE) for entry in entries)
        return StreamingResponse(_pieces(lines), media_type="application/x-ndjson")

    return Starlette(
        routes=[
            Route("/query", _asking(reader), methods=["POST"]),
            Route("/counts", _telling(lambda: dict(reader.counts()))),
            Route("/digest", _telling(lambda: dict(reader.digest()))),
            Route("/offsets", _telling(lambda: [[*at, offset] for at, offset in reader.offsets().items()])),
            Route("/ledger", ledger),
        ]
    )


def _asking(reader: Reader) -> Endpoint:
    async def answer(request: Request) -> Response:
        question = await _question(request)
        if question is None:
            return _json({"error": f"the question is no JSON with `sql`, or is longer than {MOST_BYTES} bytes"}, 400)
        limit = min(question.get("limit", QUERY_ROWS), MOST_ROWS)
        seconds = min(question.get("seconds", QUERY_SECONDS), MOST_SECONDS)
        return await _worked(lambda: reader.query(question["sql"], limit, seconds)._asdict())

    return answer


def _telling(work: Work) -> Endpoint:
    async def tell(_request: Request) -> Response:
        return await _worked(work)

    return tell


async def _worked(work: Work) -> Response:
    """What the work gives, done in a thread of its own as it waits for the warehouse."""
    try:
        return _json(await run_in_threadpool(work))
    except QueryRefused as error:
        return _json({"error": str(error)}, 400)
    except WarehouseError as error:
        return _json({"error": str(error)}, 503)


async def _question(request: Request) -> dict[str, Any] | None:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    try:
        question = orjson.loads(body)
    except ValueError:
        return None
    return question if isinstance(question, dict) and _is_sound(question) else None


def _is_sound(question: dict[str, Any]) -> bool:
    numbers = (question.get("limit", 0), question.get("seconds", 0))
    return isinstance(question.get("sql"), str) and all(isinstance(number, int | float) for number in numbers)


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    while piece := b"".join(islice(lines, _LINES)):
        yield piece


def _json(value: Any, status: int = 200) -> Response:
    body = orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, status, media_type="application/json")


def _plain(value: Any) -> Any:
    """What JSON has no word for: numbers as near as it has them, all else as text."""
    if not isinstance(value, Decimal):
        return str(value)
    return int(value) if value == value.to_integral_value() and abs(value) < 1 << 63 else float(value)
