"""What the engine's HTTP port shows of the engine as a whole, where the role `observe` runs, and to whom."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from engine.config import HttpSettings, Settings
from engine.parts import OBSERVE_SOCKET
from engine.roles.forward import Forward
from engine.roles.names import RoleName
from engine.watch.app import FACILITIES
from engine.watch.page.page import PATH, STYLE_PATH

HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names that a browser of this machine asks loopback by; another one leads here by a resolver's word alone."""
LONGEST = 512

Endpoint = Callable[[Request], Awaitable[Response]]

_WHO = PlainTextResponse(
    "a token is needed: as a bearer token, or as the password of any user\n",
    401,
    {"www-authenticate": 'Basic realm="engine", charset="UTF-8"'},
)
_CLOSED = PlainTextResponse("nobody may see this page here - set http.status_tokens, or http.tls.client_ca\n", 403)


def observing_routes(settings: Settings, names: Sequence[RoleName]) -> list[Route]:
    """The routes that the observing process answers; none where it does not run."""
    if RoleName.OBSERVE not in names:
        return []
    answer = Forward(settings.home / OBSERVE_SOCKET).answer
    shown = guarded(settings.http, answer)
    return [Route(FACILITIES, answer), Route(PATH, shown), Route(STYLE_PATH, shown)]


def guarded(settings: HttpSettings, answer: Endpoint) -> Endpoint:
    """`answer` for those who may see the page: by token, by certificate, or on loopback where no tokens are set."""

    async def judge(request: Request) -> Response:
        refusal = _refusal(settings, request)
        return refusal or await answer(request)

    return judge


def _refusal(settings: HttpSettings, request: Request) -> Response | None:
    if settings.has_certificates:
        return None  # who has none got no connection
    if settings.status_tokens:
        return None if _shows_token(settings.status_tokens, request) else _WHO
    host = request.headers.get("host", "").rpartition(":")
    is_here = settings.is_local and (host[0] or host[2]) in HERE
    return None if is_here else _CLOSED


def _shows_token(tokens: Sequence[str], request: Request) -> bool:
    """Compares hashes, all of them, so that time tells nothing."""
    shown = _token(request.headers.get("authorization", "")[:LONGEST])
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return bool(shown) and sum(hmac.compare_digest(digest, token) for token in tokens) > 0


def _token(header: str) -> str:
    """The token of a bearer, or the password of whoever; empty where there is none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""
