"""The loader's Unix socket, by which others read the DuckDB file that its process has open, and their end of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from starlette.applications import Starlette

from engine.bus.record import Partition, Position
from engine.loaders.query_app import query_app
from engine.loaders.warehouse import QUERY_ROWS, QUERY_SECONDS, Answer, Entry, QueryRefused, Reader, Unavailable

STARTING_SECONDS = 10.0
LINGER_SECONDS = 10.0
"""Time by which an answer may come later than the query's own limit."""


@contextmanager
def serve_queries(reader: Reader, path: Path) -> Iterator[None]:
    """Answer on a socket at `path`, which only this user may open, until the end; raises Unavailable."""
    with serve_here(query_app(reader), path):
        yield


@contextmanager
def serve_here(app: Starlette, path: Path) -> Iterator[None]:
    """Serve `app` to this user alone, on a thread, until the end; raises Unavailable."""
    listening = _listen(path)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        limit_concurrency=32,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="queries", daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join(LINGER_SECONDS)
        path.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    """A socket that takes connections; its file mode is set before, as nobody can connect to it yet."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        listening.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        listening.close()
        raise Unavailable(
            f"no socket for queries: {error} ({path}) - see that the folder is short and writable"
        ) from None
    listening.listen()
    return listening


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise Unavailable("the query server did not start - see the log for the reason")
        time.sleep(0.01)


class RemoteWarehouse:
    """A Reader of the warehouse that a running engine has open; times come back as text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        transport = httpx.HTTPTransport(uds=str(path))
        self._client = httpx.Client(transport=transport, base_url="http://engine", timeout=LINGER_SECONDS)

    def answers(self) -> bool:
        """Whether an engine runs and answers."""
        try:
            return self._client.get("/counts").is_success
        except httpx.TransportError:
            return False

    def query(self, sql: str, limit: int = QUERY_ROWS, seconds: float = QUERY_SECONDS) -> Answer:
        question = orjson.dumps({"sql": sql, "limit": limit, "seconds": seconds})
        answer = self._ask("POST", "/query", content=question, timeout=seconds + LINGER_SECONDS)
        return Answer(tuple(answer["columns"]), [tuple(row) for row in answer["rows"]], answer["more"])

    def counts(self) -> Mapping[str, int]:
        return dict(self._ask("GET", "/counts"))

    def digest(self) -> Mapping[str, str]:
        return dict(self._ask("GET", "/digest", timeout=None))

    def offsets(self) -> Mapping[Partition, int]:
        return {Partition(topic, part): offset for topic, part, offset in self._ask("GET", "/offsets")}

    def ledger(self, since_us: int = 0) -> Iterator[Entry]:
        return self._entries(self._send("GET", f"/ledger?since={since_us}", stream=True, timeout=None))

    def close(self) -> None:
        self._client.close()

    def _entries(self, response: httpx.Response) -> Iterator[Entry]:
        with closing(response), self._reaching():
            for line in response.iter_lines():
                raw, *rest = orjson.loads(line)
                yield Entry(Position(*raw), *rest)

    def _ask(self, method: str, url: str, **options: Any) -> Any:
        return orjson.loads(self._send(method, url, **options).content)

    def _send(self, method: str, url: str, stream: bool = False, **options: Any) -> httpx.Response:
        with self._reaching():
            response = self._client.send(self._client.build_request(method, url, **options), stream=stream)
        if response.status_code == httpx.codes.BAD_REQUEST:
            raise QueryRefused(orjson.loads(response.read())["error"])
        if not response.is_success:
            raise Unavailable(f"the engine cannot answer now ({response.status_code}) - try again later")
        return response

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError:
            raise Unavailable(f"the engine does not answer ({self._path}) - is it still running?") from None
