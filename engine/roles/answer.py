"""The answer role: sends application acknowledgments to the facilities that have an address for them."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta

from engine.config import ClientTlsSettings, Settings
from engine.facilities.destination import Destination
from engine.facilities.registry import read_registry
from engine.hl7.acknowledgment import AcknowledgmentCode
from engine.language.fault import Fault, Faults, Mark
from engine.listeners.client import Client
from engine.listeners.clock import SystemClock
from engine.listeners.courier import Result
from engine.listeners.dispatch import Means, answer_senders
from engine.listeners.owed import OwedReader
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, now_us, open_bus
from engine.roles.child import Lifeline

BRIEF = 0.02
"""Seconds to look for an answer where none was asked for: long enough to hear that the connection is closed."""


class AnswerMeter:
    """Counts what became of the acknowledgments."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def ended(self, code: AcknowledgmentCode, result: Result) -> None:
        self._metrics.application_acknowledgments.labels(code=code, result=result).inc()

    def waiting(self, count: int) -> None:
        self._metrics.application_acknowledgments_waiting.set(count)


def find_destinations(settings: Settings) -> dict[str, Destination]:
    """Where the facilities want their answers, by code; raises Faults when the registry is at fault."""
    registry = read_registry(settings.registry_file())
    return {facility.code: facility.answers_to for facility in registry if facility.answers_to}


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Answer until the lifeline ends; raises Faults when the registry or the certificates are at fault."""
    destinations = find_destinations(settings)
    asked = settings.application_acknowledgments
    context = make_context(asked.tls) if asked.tls else None

    def client(to: Destination) -> Client:
        return Client(to.host, to.port, asked.timeout.total_seconds(), context, BRIEF)

    metrics = Metrics()
    with open_bus(settings, metrics) as bus:
        bus.ensure(declare_topics(settings, (), ()))
        oldest_ms = (now_us() - asked.give_up // timedelta(microseconds=1)) // 1000

        def make_reader() -> OwedReader:
            reader = OwedReader(bus, destinations, asked.accept.encode(), now_us, oldest_ms)
            lifeline.ready(f"{len(set(destinations.values()))} destinations")
            return reader

        means = Means(client, SystemClock(), AnswerMeter(metrics), asked.give_up)
        asyncio.run(answer_senders(make_reader, means, lifeline.stop))


def make_context(settings: ClientTlsSettings) -> ssl.SSLContext:
    """TLS as the settings have it; raises Faults that name the setting whose file is no use."""
    where = "application_acknowledgments.tls"
    try:
        context = ssl.create_default_context(cafile=settings.ca)
        if settings.certificate:
            context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ValueError) as error:
        what = f"names a file that is no use ({getattr(error, 'strerror', None) or 'no PEM'})"
        hint = "name PEM files that this user may read: ca, certificate and its key"
        raise Faults([Fault(Mark("settings"), "C015", where, what, hint)]) from None
    return context
