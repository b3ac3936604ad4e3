"""The HTTP listener over real sockets: what each request gets, and what is read of it."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import repeat
from pathlib import Path

import httpx
import pytest

from engine.canonical import audit
from engine.facilities.facility import Facility, Registry
from engine.listeners.web_connection import WebConnection
from tests.listeners.producers import Held
from tests.listeners.running import PATIENCE, Listening, Running, listening, message, seconds, wait_until
from tests.rig.certificates import Certificates
from tests.rig.plain import NO_AUTHORITIES

HL7 = {"content-type": "application/hl7-v2"}
TOKEN = "a-token-of-the-clinic-1234567890"
CLINIC = Facility("79014", "Clinic", tokens=(sha256(TOKEN.encode()).hexdigest(),))


def post(running: Listening | Running[Held], body: bytes, **headers: str) -> httpx.Response:
    url = f"http://127.0.0.1:{running.port}/hl7"
    return httpx.post(url, content=body, headers={**HL7, **headers}, timeout=PATIENCE, verify=NO_AUTHORITIES)


def msa(response: httpx.Response) -> str:
    return "|".join(response.content.decode().split("\r")[1].split("|")[:3])


def raw_exchange(port: int, data: bytes) -> bytes:
    """Send the bytes, and read until the listener closes."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("bus"), kind="http") as running:
        yield running


@pytest.mark.parametrize(
    "media_type",
    ["application/hl7-v2", "x-application/hl7-v2+er7", "Application/HL7-v2; charset=utf-8", "application/hl7-v2;a=b"],
)
def test_a_message_is_stored_and_its_acknowledgment_is_the_body(web: Listening, media_type: str) -> None:
    payload = message(f"type-{media_type}")
    response = post(web, payload, **{"content-type": media_type})
    assert (response.status_code, msa(response)) == (200, f"MSA|AA|type-{media_type}")
    assert response.headers["content-type"] == media_type.partition(";")[0].lower()
    assert "server" not in response.headers
    assert payload in web.raw()


def test_a_refused_message_is_a_request_that_succeeded(web: Listening) -> None:
    payload = message("refused", msh={11: "X"})
    response = post(web, payload)
    assert (response.status_code, msa(response)) == (200, "MSA|AR|refused")
    assert payload in [record.value for record in web.dead()]


def test_a_message_that_wants_no_answer_gets_an_empty_one(web: Listening) -> None:
    payload = message("silent", msh={15: "NE", 16: "NE"})
    response = post(web, payload)
    assert (response.status_code, response.content) == (202, b"")
    assert payload in web.raw()


@pytest.mark.parametrize(
    ("method", "path", "media_type", "status"),
    [
        ("POST", "/hl7", "text/plain", 415),
        ("POST", "/hl7", "application/hl7-v2+xml", 415),
        ("POST", "/", "application/hl7-v2", 404),
        ("POST", "/hl7/", "application/hl7-v2", 404),
        ("PUT", "/hl7", "application/hl7-v2", 405),
        ("GET", "/hl7", "application/hl7-v2", 405),
        ("GET", "/metrics", "application/hl7-v2", 404),
    ],
)
def test_anything_else_is_refused_by_its_head(
    web: Listening, method: str, path: str, media_type: str, status: int
) -> None:
    url = f"http://127.0.0.1:{web.port}{path}"
    response = httpx.request(method, url, content=message("other"), headers={"content-type": media_type})
    assert (response.status_code, response.content) == (status, b"")
    assert message("other") not in web.raw()


def test_requests_one_after_another_share_a_connection(web: Listening) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{web.port}", headers=HL7) as client:
        opened = web.count("engine_connections_opened_total")
        answers = [msa(client.post("/hl7", content=message(f"kept-{number}"))) for number in range(20)]
    assert answers == [f"MSA|AA|kept-{number}" for number in range(20)]
    assert web.count("engine_connections_opened_total") == opened + 1


def test_bytes_that_are_no_http_are_refused(web: Listening) -> None:
    assert raw_exchange(web.port, b"\x0bMSH|^~\\&|\r\x1c\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_body_that_is_too_large_is_refused_with_its_answer(tmp_path: Path) -> None:
    payload = message("large", rest="OBX|1|" + "x" * 20_000 + "\r")
    with listening(tmp_path, kind="http", max_frame=10_000) as running:
        response = post(running, payload)
        assert (response.status_code, msa(response)) == (413, "MSA|AR|large")
        assert [record.value for record in running.dead()] == [payload.partition(b"\r")[0]]
        assert running.raw() == []


@pytest.mark.parametrize("tokens", [(), (sha256(b"another").hexdigest(),)], ids=["none-registered", "another"])
def test_a_token_that_nobody_has_is_refused(tmp_path: Path, tokens: tuple[str, ...]) -> None:
    registry = Registry([Facility("79014", "Clinic", tokens=tokens)])
    with Running(tmp_path, lambda own: own, kind="http", registry=registry) as running:
        response = post(running, message("1"), authorization=f"Bearer {TOKEN}")
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert (running.raw(), running.dead()) == ([], [])
    assert any(b"token" in record.value for record in running.records(audit.TOPIC))


def test_a_request_without_the_token_that_the_registry_asks_for_is_refused(tmp_path: Path) -> None:
    with Running(tmp_path, lambda own: own, kind="http", registry=Registry([CLINIC])) as running:
        assert post(running, message("1")).status_code == 401
        assert post(running, message("1"), authorization=f"Basic {TOKEN}").status_code == 401
        assert msa(post(running, message("1"), authorization=f"bearer {TOKEN}")) == "MSA|AA|1"
        assert msa(post(running, message("2", msh={4: "79015"}), authorization=f"Bearer {TOKEN}")) == "MSA|AR|2"
        running.use(Registry([Facility("79014", "Clinic", tokens=(sha256(b"new").hexdigest(),))]))
        assert post(running, message("3"), authorization=f"Bearer {TOKEN}").status_code == 401


def test_the_body_of_a_request_without_a_token_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"POST /hl7 HTTP/1.1\r\nhost: a\r\ncontent-type: application/hl7-v2\r\n"
    read = count_bytes_read(monkeypatch)
    with Running(tmp_path, lambda own: own, kind="http", registry=Registry([CLINIC])) as running:
        expecting = raw_exchange(running.port, head + b"content-length: 10000000\r\nexpect: 100-continue\r\n\r\n")
        assert expecting.startswith(b"HTTP/1.1 401 ")
        with running.connect() as peer:
            peer.send(head + b"transfer-encoding: chunked\r\n\r\n")
            assert peer.socket.recv(65536).startswith(b"HTTP/1.1 401 ")
            piece = b"%x\r\n" % 60_000 + b"x" * 60_000 + b"\r\n"
            with pytest.raises(ConnectionError):
                deque(map(peer.send, repeat(piece)), maxlen=0)
    assert sum(read) < 64 << 10


def count_bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all reads of connections from now on."""
    read: list[int] = []
    take = WebConnection.data_received

    def count(connection: WebConnection, data: bytes) -> None:
        read.append(len(data))
        take(connection, data)

    monkeypatch.setattr(WebConnection, "data_received", count)
    return read


def test_a_message_that_is_not_durable_in_time_is_to_be_sent_again(tmp_path: Path) -> None:
    with Running(tmp_path, Held, kind="http", ack_deadline=seconds(0.3)) as running:
        response = post(running, message("1"))
        assert (response.status_code, response.content, response.headers["retry-after"]) == (503, b"", "5")
        running.producer.let_go()
        assert msa(post(running, message("1"))) == "MSA|AA|1"
        assert running.raw() == [message("1")]


def test_what_cannot_be_stored_is_answered_as_the_settings_say(tmp_path: Path) -> None:
    answers = {"storage": "AE/CE"}
    with Running(tmp_path, Held, kind="http", ack_deadline=seconds(0.3), answers=answers) as running:
        response = post(running, message("1"))
        assert (response.status_code, msa(response)) == (503, "MSA|AE|1")
        running.producer.let_go()


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /hl7 HTTP/1.1\r\nhost: a\r\n",
        b"POST /hl7 HTTP/1.1\r\nhost: a\r\ncontent-type: application/hl7-v2\r\ncontent-length: 9\r\n\r\nMSH",
    ],
    ids=["head", "body"],
)
def test_a_request_that_does_not_end_is_given_up(tmp_path: Path, begun: bytes) -> None:
    with listening(tmp_path, kind="http", request_deadline=seconds(0.3)) as running:
        assert raw_exchange(running.port, begun).startswith(b"HTTP/1.1 408 ")


def test_a_request_cut_off_is_counted_and_stores_nothing(tmp_path: Path) -> None:
    begun = b"POST /hl7 HTTP/1.1\r\nhost: a\r\ncontent-type: application/hl7-v2\r\ncontent-length: 9\r\n\r\nMSH"
    with listening(tmp_path, kind="http") as running:
        with running.connect() as peer:
            peer.send(begun)
        wait_until(lambda: running.count("engine_frames_truncated_total"))
        assert (running.raw(), running.dead()) == ([], [])


def test_more_connections_than_may_be_are_refused(tmp_path: Path) -> None:
    with listening(tmp_path, kind="http", max_connections=1) as running, running.connect():
        wait_until(lambda: running.count("engine_connections_opened_total"))
        with pytest.raises(httpx.TransportError):
            post(running, message("1"))
    assert running.count("engine_connections_closed_total", reason="limit") == 1


def test_a_certificate_names_the_sender(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "tls")
    registry = Registry([Facility("79014", "Clinic", certificates=("his.example",))])
    with Running(
        tmp_path / "bus", lambda own: own, kind="http", registry=registry, tls=certificates.settings()
    ) as running:
        statuses = {}
        for name in ("his.example", "other.example"):
            trust = certificates.client(certificates.sender(name))
            url = f"https://127.0.0.1:{running.port}/hl7"
            statuses[name] = httpx.post(url, content=message(name), headers=HL7, verify=trust).status_code
    assert statuses == {"his.example": 200, "other.example": 401}
    assert running.raw() == [message("his.example")]


def test_a_drain_answers_what_is_in_flight(tmp_path: Path) -> None:
    with Running(tmp_path, Held, kind="http") as running, ThreadPoolExecutor(1) as pool, running.connect() as idle:
        answer = pool.submit(post, running, message("1"))
        wait_until(lambda: running.producer.held)
        running.begin_drain()
        assert idle.socket.recv(1) == b""
        running.producer.let_go()
        assert msa(answer.result(PATIENCE)) == "MSA|AA|1"


def test_bodies_wait_for_memory_and_all_get_their_answers(tmp_path: Path) -> None:
    payloads = [message(f"big-{number}", rest="OBX|1|" + "x" * 300_000 + "\r") for number in range(12)]
    with listening(tmp_path, kind="http", max_in_flight=400_000) as running, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda payload: msa(post(running, payload)), payloads))
        wait_until(lambda: running.count("engine_in_flight_bytes") == 0)
    assert answers == [f"MSA|AA|big-{number}" for number in range(12)]
