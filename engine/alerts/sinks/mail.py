"""A mail an alert, over SMTP under TLS: a server that does not offer it, or is another, gets none."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage

import orjson

from engine.alerts.alert import Status
from engine.alerts.sinks.sink import Away, Detail, Refused
from engine.alerts.sinks.telling import idempotency_key, tell
from engine.alerts.standing import Standing

LONGEST_SUBJECT = 150
STEPS = 4
"""Of a conversation; all of them together may take so many times the time of one."""
DOMAIN = "engine.invalid"
"""Of message ids, which no mail goes to."""


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server; `direct`: TLS from the first byte, else by STARTTLS. Nobody logs in without a user."""

    host: str
    port: int
    direct: bool
    context: ssl.SSLContext
    user: str = ""
    password: str = ""


class Mail:
    """Sends each alert to the same addresses; a repeat has the same message id."""

    again: float | None = None

    def __init__(
        self, server: Server, sender: str, to: Sequence[str], timeout: float, detail: Detail | None = None
    ) -> None:
        self._server = server
        self._sender = sender
        self._to = tuple(to)
        self._timeout = timeout
        self._detail = detail

    def send(self, standing: Standing) -> None:
        """Send it to all; a server that takes it for some has taken it."""
        message = compose(standing, self._sender, self._to, self._detail)
        try:
            with self._connect() as connection, _within(self._timeout * STEPS, connection):
                self._enter(connection)
                connection.send_message(message, self._sender, self._to)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(max(code for code, _ in error.recipients.values())) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _judged(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            what = f"{self._server.host}: {type(error).__name__}"
            raise Away(f"{what} - see that it is there, offers TLS and takes the password") from None

    def close(self) -> None:
        """Nothing is kept open between two alerts."""

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.direct:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=server.context)
        return smtplib.SMTP(server.host, server.port, timeout=self._timeout)

    def _enter(self, connection: smtplib.SMTP) -> None:
        if not self._server.direct:
            connection.starttls(context=self._server.context)  # raises where the server does not offer it
        if self._server.user:
            connection.login(self._server.user, self._server.password)


@contextmanager
def _within(seconds: float, connection: smtplib.SMTP) -> Iterator[None]:
    """Cut the connection after so long, as a server that answers byte by byte is never late for smtplib."""

    def cut() -> None:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def compose(standing: Standing, sender: str, to: Sequence[str], detail: Detail | None) -> EmailMessage:
    """The mail; it answers the one by which the alert began, so that both stand together."""
    alert = standing.alert
    word = "resolved" if alert.status is Status.RESOLVED else alert.severity.value
    message = EmailMessage()
    message["From"], message["To"] = sender, ", ".join(to)
    message["Subject"] = _one_line(f"[{word}] {alert.summary or alert.rule}")[:LONGEST_SUBJECT]
    message["Message-ID"] = f"<{idempotency_key(standing).replace('/', '.')}@{DOMAIN}>"
    if alert.status is Status.RESOLVED:
        message["In-Reply-To"] = message["References"] = f"<{alert.id}.firing.0@{DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("".join(f"{name}: {_text(value)}\n" for name, value in tell(standing, detail).items()))
    return message


def _text(value: object) -> str:
    return _one_line(value) if isinstance(value, str) else orjson.dumps(value).decode()


def _one_line(text: str) -> str:
    """Without line ends and what else steers a mail's reader."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _judged(code: int) -> Away | Refused:
    if 500 <= code < 600:
        return Refused(f"answered {code}: it does not take the mail - see sender and addresses")
    return Away(f"answered {code} - it is tried again")
