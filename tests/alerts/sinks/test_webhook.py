"""The webhook: signed, pinned to the address that was checked, and led nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from engine.alerts.sinks.address import resolve
from engine.alerts.sinks.posting import Poster, judge, make_context
from engine.alerts.sinks.sink import Away, Refused, Sink
from engine.alerts.sinks.webhook import Webhook
from tests.contract.sink_contract import SinkContract, detail
from tests.rig.web_box import WebBox
from tests.watch.stage import standing

SECRET = "5a" * 32
LOOPBACK = ("127.0.0.0/8", "::1/128")


class Duty:
    """A webhook's receiver under TLS."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)
        self.box = WebBox(context)
        self.trust = make_context(folder / "ca.pem", "sinks.duty")

    def sink(self, *, clinical: bool = False, host: str = "localhost", allow: tuple[str, ...] = LOOPBACK) -> Sink:
        url = f"https://{host}:{self.box.port}/alerts?team=duty"
        return Webhook(url, SECRET, self.trust, 3, allow, detail if clinical else None, lambda: 1_790_000_000.5)

    def taken(self) -> list[bytes]:
        return [one.body for one in self.box.posts]

    def identities(self) -> set[str]:
        return {one.headers["idempotency-key"] for one in self.box.posts}

    def refuse(self) -> None:
        self.box.statuses[:] = [503] * 1

    def recover(self) -> None:
        self.box.statuses.clear()
        self.box.posts.clear()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Duty]:
    duty = Duty(tmp_path)
    with duty.box:
        yield duty


class TestWebhook(SinkContract):
    """The contract, on a webhook."""


def test_a_post_is_signed_with_the_secret_and_the_time(receiver: Duty) -> None:
    receiver.sink().send(standing())
    [post] = receiver.box.posts
    signed = hmac.new(SECRET.encode(), b"1790000000." + post.body, hashlib.sha256).hexdigest()
    assert post.headers["x-engine-signature"] == f"t=1790000000,v1={signed}"
    assert (post.path, post.headers["content-type"]) == ("/alerts?team=duty", "application/json")
    assert post.headers["host"] == f"localhost:{receiver.box.port}"


def test_a_redirect_is_not_followed(receiver: Duty) -> None:
    with WebBox() as canary:
        receiver.box.location = f"http://127.0.0.1:{canary.port}/"
        receiver.box.statuses[:] = [302, 307, 308]
        for _ in range(3):
            with pytest.raises(Away, match="leads elsewhere"):
                receiver.sink().send(standing())
        assert canary.posts == []


def test_a_private_address_is_refused_unless_it_is_listed(receiver: Duty) -> None:
    with pytest.raises(Away, match="its address is not allowed"):
        receiver.sink(allow=()).send(standing())
    with pytest.raises(Away, match="its address is not allowed"):
        receiver.sink(allow=("10.0.0.0/8",)).send(standing())
    assert receiver.box.posts == []


def test_a_name_is_asked_once_and_what_it_says_later_leads_nowhere(
    receiver: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the resolver says a listed address first and another afterwards."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "duty.example":
            return real(host, *rest, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    sink = receiver.sink(host="duty.example", allow=("127.0.0.1/32",))
    with pytest.raises(Away, match=r"duty\.example: ConnectError"):  # its certificate is localhost's
        sink.send(standing())
    assert asked == ["duty.example"]
    with pytest.raises(Away, match="its address is not allowed"):
        sink.send(standing())


def test_a_certificate_of_another_name_or_authority_is_refused(receiver: Duty, tmp_path: Path) -> None:
    with pytest.raises(Away, match="ConnectError"):
        receiver.sink(host="127.0.0.1").send(standing())
    stranger = trustme.CA()
    stranger.cert_pem.write_to_path(tmp_path / "other.pem")
    receiver.trust = make_context(tmp_path / "other.pem", "sinks.duty")
    with pytest.raises(Away, match="ConnectError"):
        receiver.sink().send(standing())
    assert receiver.box.posts == []


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1"),
        *("64:ff9b::10.0.0.1", "2002:a00:1::", "192.0.2.1", "::ffff:169.254.169.254"),
    ],
)
def test_what_is_private_in_any_form_is_refused(text: str) -> None:
    with pytest.raises(Away, match="not allowed"):
        resolve(text, 443, ())


def test_what_is_public_is_reached_and_what_is_listed_too() -> None:
    assert resolve("8.8.8.8", 443, ()) == "8.8.8.8"
    assert resolve("10.1.2.3", 443, ("10.1.0.0/16",)) == "10.1.2.3"


def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    with pytest.raises(Away, match="no address is known"):
        resolve("nobody.invalid", 443, ())


def test_a_receiver_that_never_comes_to_an_end_is_left_in_time() -> None:
    """Each byte comes in time, and the answer does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening, trickling(listening):
        port = listening.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(Away, match="TimeoutError"):
            Poster(f"http://127.0.0.1:{port}/", make_context(None, "sinks.a"), 0.5).post(b"{}", {})
        assert time.monotonic() - began < 20


@contextmanager
def trickling(listening: socket.socket) -> Iterator[None]:
    """Answer the first connection with an endless head, a little at a time."""
    stop = threading.Event()

    def work() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not stop.wait(0.05):
                connection.sendall(b"y")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


@pytest.mark.parametrize("status", [200, 202, 204, 409])
def test_a_status_that_is_good_or_says_known_is_sent(status: int) -> None:
    judge(status)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 408, 425, 429, 500, 503, 599])
def test_a_status_that_can_be_other_tomorrow_is_tried_again(status: int) -> None:
    with pytest.raises(Away):
        judge(status)


@pytest.mark.parametrize("status", [400, 410, 413, 415, 422])
def test_a_status_that_will_not_change_is_final(status: int) -> None:
    with pytest.raises(Refused):
        judge(status)
