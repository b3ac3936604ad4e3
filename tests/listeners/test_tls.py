"""TLS: who gets in, who does not and why, and that files change while sessions stand."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding

from engine.canonical.audit import Event, describe
from engine.config import TlsSettings
from engine.facilities.facility import Facility, Registry
from engine.language.fault import Faults
from engine.listeners.acceptor import Refused
from engine.listeners.tls import Tls, make_context
from tests.listeners.running import REGISTRY, Listening, Peer, Running, framed, message, wait_until
from tests.rig.certificates import LONG_AGO, Certificates

HIS = Facility("79014", "A", certificates=("his.example",))
LIS = Facility("79020", "B", certificates=("lis.example",))


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "tls")


def over_tls(tmp_path: Path, tls: TlsSettings, registry: Registry | None = None) -> Listening:
    return Running(tmp_path / "bus", lambda own: own, tls=tls, registry=registry or Registry((HIS, LIS)))


class TlsPeer(Peer):
    """A sender over TLS."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(port)
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")


@contextmanager
def connect(running: Listening, context: ssl.SSLContext) -> Iterator[TlsPeer]:
    with TlsPeer(running.port, context) as peer:
        yield peer


def is_refused(running: Listening, context: ssl.SSLContext) -> bool:
    """Under TLS 1.3 a client learns that its certificate is refused when it reads."""
    try:
        with connect(running, context) as peer:
            peer.send(framed(message("1")))
            return peer.answer() == b""
    except OSError:
        return True


def refusals(running: Listening, reason: Refused) -> float:
    return running.count("engine_handshakes_failed_total", reason=reason)


# Who gets in


def test_f17_a_sender_that_shows_its_certificate_gets_its_answers(tmp_path: Path, certificates: Certificates) -> None:
    context = certificates.client(certificates.sender())
    with over_tls(tmp_path, certificates.settings()) as running, connect(running, context) as peer:
        for number in range(3):
            peer.send(framed(message(str(number))))
            assert peer.code() == f"AA {number}"
        assert isinstance(peer.socket, ssl.SSLSocket)
        assert peer.socket.version() == "TLSv1.3"


def test_f17_tls_1_2_is_taken_with_forward_secrecy_unless_the_settings_ask_for_more(
    tmp_path: Path, certificates: Certificates
) -> None:
    old = certificates.client(certificates.sender())
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with over_tls(tmp_path, certificates.settings()) as running, connect(running, old) as peer:
        assert isinstance(peer.socket, ssl.SSLSocket)
        cipher = peer.socket.cipher()
        assert cipher
        assert cipher[0].startswith("ECDHE")
    with over_tls(tmp_path / "new", certificates.settings(minimum="1.3")) as running:
        assert is_refused(running, old)
        wait_until(lambda: refusals(running, Refused.VERSION) == 1)


def test_f17_what_is_older_than_tls_1_2_is_refused(certificates: Certificates) -> None:
    context = make_context(certificates.settings(), "tls")
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION


def test_a_large_message_and_many_small_ones_come_through(tmp_path: Path, certificates: Certificates) -> None:
    context = certificates.client(certificates.sender())
    with over_tls(tmp_path, certificates.settings()) as running, connect(running, context) as peer:
        peer.send(framed(message("0", rest="NTE|1||" + "x" * 3_000_000 + "\r")))
        peer.send(b"".join(framed(message(str(number))) for number in range(1, 200)))
        assert [peer.code() for _ in range(200)] == [f"AA {number}" for number in range(200)]


# Who does not, and why


def test_f17_each_reason_to_refuse_a_handshake_is_counted_by_its_name(
    tmp_path: Path, certificates: Certificates
) -> None:
    ended = certificates.sender(expires=LONG_AGO)
    strange = trustme.CA().issue_cert("his.example")
    with over_tls(tmp_path, certificates.settings()) as running:
        for shown, reason in ((None, Refused.NO_CERTIFICATE), (strange, Refused.UNTRUSTED), (ended, Refused.EXPIRED)):
            assert is_refused(running, certificates.client(shown))
            wait_until(lambda reason=reason: refusals(running, reason) == 1)  # type: ignore[misc]  # bound at once
    told = [(one["event"], one["address"]) for one in map(describe, running.records("audit"))][1:]
    assert told == [(Event.HANDSHAKE_REFUSED, "127.0.0.1")] * 3


@pytest.mark.parametrize("hello", [framed(message("1")), b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 300])
def test_f17_plain_bytes_on_a_tls_port_close_the_connection(
    tmp_path: Path, certificates: Certificates, hello: bytes
) -> None:
    with over_tls(tmp_path, certificates.settings()) as running, running.connect() as peer:
        peer.send(hello)
        assert peer.closed()
        wait_until(lambda: refusals(running, Refused.PLAINTEXT) == 1)
        assert (running.raw(), running.dead()) == ([], [])


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_certificate_that_is_revoked_is_refused_and_others_are_not(
    tmp_path: Path, certificates: Certificates, encoding: Encoding
) -> None:
    good, lost = certificates.sender(), certificates.sender()
    certificates.revoke(lost, encoding=encoding)
    with over_tls(tmp_path, certificates.settings(crl=True)) as running:
        assert is_refused(running, certificates.client(lost))
        assert not is_refused(running, certificates.client(good))
        assert refusals(running, Refused.REVOKED) == 1


def test_s5_a_certificate_binds_its_sender_to_its_facility(tmp_path: Path, certificates: Certificates) -> None:
    with over_tls(tmp_path, certificates.settings()) as running:
        with connect(running, certificates.client(certificates.sender("his.example"))) as peer:
            peer.send(framed(message("1")) + framed(message("2", msh={4: "79020"})))
            assert (peer.code(), peer.code()) == ("AA 1", "AR 2")
        with connect(running, certificates.client(certificates.sender("nobody.example"))) as peer:
            peer.send(framed(message("3")))
            assert peer.code() == "AR 3"


def test_s5_a_byte_flipped_on_the_way_ends_the_connection_and_makes_no_message(
    tmp_path: Path, certificates: Certificates
) -> None:
    with over_tls(tmp_path, certificates.settings()) as running, Flipper(running.port) as flipper:
        with suppress(OSError), TlsPeer(flipper.port, certificates.client(certificates.sender())) as peer:
            flipper.flips = True
            peer.send(framed(message("1", rest="OBX|1|NM|2823-3||4.1\r")))
            assert peer.answer() == b""
        assert (running.raw(), running.dead()) == ([], [])


class Flipper:
    """A line on which somebody changes a bit of what the sender sends."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.flips = False

    def __enter__(self) -> Flipper:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.close()

    def _run(self) -> None:
        near, _ = self._listening.accept()
        far = socket.create_connection(("127.0.0.1", self._to))
        threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()
        self._pass(near, far, True)

    def _pass(self, source: socket.socket, target: socket.socket, may_flip: bool) -> None:
        with suppress(OSError):
            while part := bytearray(source.recv(65536)):
                if may_flip and self.flips:
                    part[len(part) // 2] ^= 1
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)


# Handshakes


def test_f14_a_handshake_that_does_not_end_is_cut_off_at_its_deadline(
    tmp_path: Path, certificates: Certificates
) -> None:
    with over_tls(tmp_path, certificates.settings(handshake_deadline="300ms")) as running, running.connect() as peer:
        assert peer.closed()
        wait_until(lambda: refusals(running, Refused.DEADLINE) == 1)


def test_silent_handshakes_of_one_address_keep_no_other_out(tmp_path: Path, certificates: Certificates) -> None:
    tls = certificates.settings(max_handshakes=8, handshake_deadline="20s")
    with over_tls(tmp_path, tls, REGISTRY) as running:
        silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(40)]
        began = time.monotonic()
        near = socket.create_connection(("127.0.0.1", running.port), 10, source_address=("127.0.0.2", 0))
        with certificates.client(certificates.sender()).wrap_socket(near, server_hostname="localhost"):
            assert time.monotonic() - began < 15
        for one in silent:
            one.close()


def test_more_connections_than_places_for_handshakes_are_all_served(tmp_path: Path, certificates: Certificates) -> None:
    context = certificates.client(certificates.sender())
    with over_tls(tmp_path, certificates.settings(max_handshakes=4), Registry((HIS,))) as running:
        answers: list[str] = []

        def send(number: int) -> None:
            with connect(running, context) as peer:
                peer.send(framed(message(str(number))))
                answers.append(peer.code())

        threads = [threading.Thread(target=send, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(answers) == sorted(f"AA {number}" for number in range(40))


# Files that change


def served_expiry(running: Listening) -> float:
    return running.count("engine_certificate_expires_timestamp_seconds")


def test_s18_new_certificates_authorities_and_lists_are_used_while_sessions_stand(
    tmp_path: Path, certificates: Certificates
) -> None:
    first, other = certificates.sender(), trustme.CA()
    certificates.revoke()
    with (
        over_tls(tmp_path, certificates.settings()) as running,
        connect(running, certificates.client(first)) as standing,
    ):
        wait_until(lambda: served_expiry(running) > 0)
        before = served_expiry(running)
        certificates.renew(expires=datetime.now(UTC) + timedelta(days=30))
        certificates.trust(other)
        wait_until(lambda: served_expiry(running) != before)
        newcomer = certificates.client(other.issue_cert("his.example"))
        assert not is_refused(running, newcomer)
        assert is_refused(running, certificates.client(first))
        standing.send(framed(message("7")))
        assert standing.code() == "AA 7"
    assert Event.CERTIFICATE_RELOADED in {describe(one)["event"] for one in running.records("audit")}


def test_s18_a_certificate_revoked_later_is_refused_at_its_next_connection(
    tmp_path: Path, certificates: Certificates
) -> None:
    lost = certificates.sender()
    certificates.revoke()
    with over_tls(tmp_path, certificates.settings(crl=True)) as running:
        assert not is_refused(running, certificates.client(lost))
        certificates.revoke(lost)
        wait_until(lambda: is_refused(running, certificates.client(lost)))


def test_files_at_fault_leave_the_old_ones_in_use(tmp_path: Path, certificates: Certificates) -> None:
    with over_tls(tmp_path, certificates.settings()) as running:
        (tmp_path / "tls" / "key.pem").write_text("no key")
        wait_until(lambda: running.count("engine_certificates_refused_total") == 1)
        assert not is_refused(running, certificates.client(certificates.sender()))


def test_a_file_half_written_is_not_looked_at(certificates: Certificates) -> None:
    tls = Tls(certificates.settings(), "tls")
    old = tls.context
    assert tls.look() is None
    whole = (certificates.folder / "certificate.pem").read_bytes()
    (certificates.folder / "certificate.pem").write_bytes(whole[:100])
    assert tls.look() is None
    (certificates.folder / "certificate.pem").write_bytes(whole)
    assert tls.look() is None
    assert tls.look() is True
    assert tls.context is not old


@pytest.mark.parametrize("name", ["certificate", "key", "client_ca", "crl"])
@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_each_file_at_fault_is_named_with_its_setting(
    certificates: Certificates, name: str, content: bytes | None
) -> None:
    certificates.revoke()
    settings = certificates.settings(crl=True)
    path: Path = getattr(settings, name)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Faults) as caught:
        make_context(settings, "listeners.mllp")
    assert f"listeners.mllp.tls.{name}" in [fault.where for fault in caught.value.faults]
    assert {fault.code for fault in caught.value.faults} == {"C030"}


def test_a_certificate_that_has_ended_is_a_fault(certificates: Certificates) -> None:
    certificates.renew(expires=LONG_AGO)
    with pytest.raises(Faults):
        make_context(certificates.settings(), "tls")


def test_a_key_of_another_certificate_is_a_fault(certificates: Certificates) -> None:
    certificates.folder.joinpath("key.pem").write_bytes(trustme.CA().issue_cert("x").private_key_pem.bytes())
    with pytest.raises(Faults, match="fits the certificate"):
        make_context(certificates.settings(), "tls")
