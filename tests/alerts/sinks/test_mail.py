"""Mail: under TLS or not at all, one for each alert, and no line of an alert steers it."""

from __future__ import annotations

import email
import email.policy
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.alert import Status
from engine.alerts.sinks.mail import Mail, Server, compose
from engine.alerts.sinks.posting import make_context
from engine.alerts.sinks.sink import Away, Refused, Sink
from tests.contract.sink_contract import SinkContract, detail
from tests.rig.post_box import PostBox
from tests.watch.stage import standing

WHO = ("engine@city.example", ("duty@city.example", "chief@city.example"))


class Post:
    """A mail server and what it took."""

    def __init__(self, folder: Path, *, direct: bool = False, password: str = "") -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self.box = PostBox(context, direct=direct, password=password)
        self.trust = make_context(folder / "ca.pem", "sinks.mail")
        self.direct = direct

    def server(self, host: str = "localhost") -> Server:
        return Server(host, self.box.port, self.direct, self.trust)

    def sink(self, *, clinical: bool = False) -> Sink:
        return Mail(self.server(), *WHO, 3, detail if clinical else None)

    def taken(self) -> list[bytes]:
        return [one.get_payload(decode=True) for one in self.read()]  # type: ignore[misc]  # the library has no types

    def read(self) -> list[email.message.EmailMessage]:
        return [email.message_from_bytes(one, policy=email.policy.default) for one in self.box.mails]

    def identities(self) -> set[str]:
        return {one["message-id"] for one in self.read()}

    def refuse(self) -> None:
        self.box.answers["MAIL"] = b"451 later\r\n"

    def recover(self) -> None:
        self.box.answers.clear()


@pytest.fixture(params=["starttls", "tls"])
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path, direct=request.param == "tls")
    with post.box:
        yield post


class TestMail(SinkContract):
    """The contract, on a mail server by STARTTLS and by TLS."""


def test_a_mail_goes_to_all_and_its_end_answers_its_beginning(receiver: Post) -> None:
    receiver.sink().send(standing())
    receiver.sink().send(standing(status=Status.RESOLVED))
    began, ended = receiver.read()
    assert receiver.box.recipients == [*WHO[1]] * 2
    assert began["subject"] == "[warning] Nothing came for an hour"
    assert ended["subject"] == "[resolved] Nothing came for an hour"
    assert ended["in-reply-to"] == began["message-id"]


def test_a_server_without_tls_gets_no_mail() -> None:
    with PostBox(None) as box:
        sink = Mail(Server("localhost", box.port, direct=False, context=ssl.create_default_context()), *WHO, 3)
        with pytest.raises(Away, match="SMTPNotSupportedError"):
            sink.send(standing())
        assert box.mails == []


def test_a_server_whose_certificate_does_not_fit_gets_no_mail(receiver: Post) -> None:
    with pytest.raises(Away, match="SSLCertVerificationError"):
        Mail(receiver.server("127.0.0.1"), *WHO, 3).send(standing())
    assert receiver.box.mails == []


def test_the_engine_logs_in_where_it_has_a_user(tmp_path: Path) -> None:
    post = Post(tmp_path, password="open sesame")
    with post.box:
        server = replace(post.server(), user="engine", password="open sesame")
        Mail(server, *WHO, 3).send(standing())
        with pytest.raises(Away, match="SMTPAuthenticationError"):
            Mail(replace(server, password="wrong"), *WHO, 3).send(standing())
        assert len(post.box.mails) == 1


def test_a_server_that_never_comes_to_an_end_is_left_in_time() -> None:
    with PostBox(None) as box:
        box.trickles = True
        began = time.monotonic()
        with pytest.raises(Away, match="localhost"):
            Mail(Server("localhost", box.port, direct=False, context=ssl.create_default_context()), *WHO, 0.2).send(
                standing()
            )
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_a_mail_that_is_refused_for_good_is_not_tried_again(receiver: Post, command: str) -> None:
    receiver.box.answers[command] = b"550 nobody\r\n"
    with pytest.raises(Refused, match="answered 550"):
        receiver.sink().send(standing())


@given(st.text(max_size=400))
def test_whatever_a_rule_says_a_mail_has_the_headers_and_lines_that_it_should(text: str) -> None:
    alert = replace(standing().alert, summary=text, facility=text, rule=text, run_book=text)
    made = compose(replace(standing(), alert=alert), *WHO, None)
    assert set(made.keys()) == {
        *("From", "To", "Subject", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert "\n" not in made["Subject"]
    body = made.get_content()
    assert len(body.splitlines()) == 18
