"""Sinks as the settings declare them."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from engine.alerts.sinks.alertmanager import Alertmanager
from engine.alerts.sinks.mail import Mail, Server
from engine.alerts.sinks.posting import make_context, read_secret
from engine.alerts.sinks.sink import Detail, Sink
from engine.alerts.sinks.topic import TopicSink
from engine.alerts.sinks.webhook import Webhook
from engine.config import AlertmanagerSettings, AnySink, MailSettings, TopicSettings, WebhookSettings

SECRET = 32
"""Characters of a secret that signs."""


def open_sink(settings: AnySink, detail: Detail) -> Sink:
    """The sink, which connects when it sends; raises Faults when a file that it names is no use.

    `detail` is given to clinical sinks alone.
    """
    where, timeout = f"sinks.{settings.name}", settings.timeout.total_seconds()
    shown = detail if settings.clinical else None
    match settings:
        case WebhookSettings():
            secret = read_secret(settings.secret_file, f"{where}.secret_file", SECRET)
            context = make_context(settings.ca, where)
            return Webhook(settings.url, secret, context, timeout, settings.allow, shown)
        case AlertmanagerSettings():
            token = read_secret(settings.token_file, f"{where}.token_file") if settings.token_file else ""
            return Alertmanager(settings.url, _context(settings.url, settings.ca, where), timeout, token)
        case MailSettings():
            return Mail(_server(settings, where), settings.sender, settings.to, timeout, shown)
        case TopicSettings():
            return _topic(settings, timeout, shown)


def check_sink(settings: AnySink) -> bool:
    """Whether the files that it names can be used, without connecting anywhere; raises Faults."""
    if not isinstance(settings, TopicSettings):
        open_sink(settings, lambda _evidence: ()).close()
    return True


def _context(url: str, ca: Path | None, where: str) -> ssl.SSLContext:
    return make_context(ca if urlsplit(url).scheme == "https" else None, where)


def _server(settings: MailSettings, where: str) -> Server:
    password = read_secret(settings.password_file, f"{where}.password_file") if settings.password_file else ""
    context = make_context(settings.ca, where)
    return Server(settings.host, settings.port, settings.security == "tls", context, settings.user, password)


def _topic(settings: TopicSettings, timeout: float, detail: Detail | None) -> TopicSink:
    from engine.bus.kafka.bus import KafkaBus

    bus = KafkaBus(settings.bootstrap, settings=settings.properties(), deadline=timeout)
    return TopicSink(bus.producer(), settings.topic, timeout, detail)
