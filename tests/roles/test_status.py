"""Who may see the status page: this machine, who has a token, or who shows a certificate."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from engine.config import HttpSettings, HttpTlsSettings, Settings
from engine.language.fault import Faults
from engine.roles.forward import Forward
from engine.roles.http import serving
from engine.roles.names import RoleName
from engine.roles.status import guarded, observing_routes
from tests.rig.asgi import ask
from tests.rig.certificates import Certificates

TOKEN = "a token of some length"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
BASIC = base64.b64encode(f"ward:{TOKEN}".encode()).decode()
TLS = HttpTlsSettings(certificate=Path("c.pem"), key=Path("k.pem"))


async def page(_request: Request) -> Response:
    return PlainTextResponse("the page")


def see(settings: HttpSettings, host: str = "127.0.0.1:9464", **headers: str) -> httpx.Response:
    app = Starlette(routes=[Route("/status", guarded(settings, page))])
    return ask(app, "/status", {"host": host, **headers})


@pytest.mark.parametrize("host", ["127.0.0.1:9464", "localhost:9464", "localhost", "[::1]:9464"])
def test_this_machine_sees_the_page(host: str) -> None:
    assert see(HttpSettings(), host).text == "the page"


@pytest.mark.parametrize("host", ["engine.example:9464", "127.0.0.1.example", "evil.example", ""])
def test_a_name_that_a_resolver_leads_to_this_machine_does_not(host: str) -> None:
    assert see(HttpSettings(), host).status_code == 403


def test_beyond_this_machine_nobody_does_without_a_token_or_a_certificate() -> None:
    answer = see(HttpSettings(host="0.0.0.0"))
    assert (answer.status_code, "status_tokens" in answer.text) == (403, True)


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN}", f"Basic {BASIC}"])
def test_who_has_the_token_does(header: str) -> None:
    settings = HttpSettings(host="0.0.0.0", status_tokens=(hashlib.sha256(b"other").hexdigest(), DIGEST), tls=TLS)
    assert see(settings, "engine.example", authorization=header).text == "the page"


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            f"Bearer {DIGEST}",
            f"Digest {TOKEN}",
            "Basic",
            "Basic !!",
            "Basic w6k=",
        ),
        *(f"Basic {base64.b64encode(b'ward:wrong').decode()}", f"Basic {base64.b64encode(b'no colon').decode()}"),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    ],
)
def test_who_has_another_or_none_is_asked_for_it(header: str) -> None:
    answer = see(HttpSettings(status_tokens=(DIGEST,)), authorization=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


def test_tokens_go_beyond_this_machine_under_tls_alone() -> None:
    with pytest.raises(ValidationError, match="in clear"):
        HttpSettings(host="0.0.0.0", status_tokens=(DIGEST,))


def test_a_role_alone_that_does_not_observe_has_no_page() -> None:
    assert observing_routes(Settings(), [RoleName.LISTEN]) == []
    shown = [route.path for route in observing_routes(Settings(), [RoleName.OBSERVE])]
    assert shown == ["/metrics/facilities", "/status", "/status/style.css"]


def test_while_the_role_does_not_answer_the_page_says_so(tmp_path: Path) -> None:
    app = Starlette(routes=[Route("/status", Forward(tmp_path / "observe.sock").answer)])
    answer = ask(app, "/status")
    assert (answer.status_code, "observe" in answer.text) == (503, True)


def fetch(settings: HttpSettings, context: ssl.SSLContext) -> httpx.Response:
    """What a port with these settings answers to a client with this context."""
    app = Starlette(routes=[Route("/status", guarded(settings, page))])

    async def work() -> httpx.Response:
        async with serving(app, settings) as port, httpx.AsyncClient(verify=context, trust_env=False) as client:
            return await client.get(f"https://localhost:{port}/status")

    return asyncio.run(work())


def settings_of(certificates: Certificates, *, mutual: bool) -> HttpSettings:
    told = certificates.settings(mutual=mutual)
    tls = HttpTlsSettings(certificate=told.certificate, key=told.key, client_ca=told.client_ca)
    return HttpSettings(port=0, tls=tls)


def test_with_an_authority_for_clients_only_who_shows_a_certificate_is_served(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    settings = settings_of(certificates, mutual=True)
    assert fetch(settings, certificates.client(certificates.sender("wall"))).text == "the page"
    with pytest.raises(httpx.TransportError):
        fetch(settings, certificates.client(None))


def test_the_port_is_served_under_tls(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    assert fetch(settings_of(certificates, mutual=False), certificates.client(None)).text == "the page"


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("no PEM")])
def test_files_of_tls_that_are_no_use_are_named(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    certificates = Certificates(tmp_path)
    spoil(tmp_path / "key.pem")
    with pytest.raises(Faults, match=r"http\.tls"):
        fetch(settings_of(certificates, mutual=False), certificates.client(None))
