"""The certificates of listeners: whole, fitting, and how long they last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from engine.commands.doctor.finding import Finding, ill, warning, well
from engine.config import Settings, SocketSettings, TlsSettings
from engine.language.fault import Faults
from engine.listeners.tls import expires, make_context

SOON = timedelta(days=30)
_OTHERS = 0o077


def look_at_certificates(settings: Settings) -> Iterator[Finding]:
    """Findings on the TLS of each listener that has it."""
    for one in settings.listeners:
        if isinstance(one, SocketSettings) and one.tls:
            yield _look(f"TLS of {one.name}", one.tls)


def _look(what: str, tls: TlsSettings) -> Finding:
    try:
        make_context(tls, what)
    except Faults as faults:
        return ill(what, f"{faults.faults[0].mark}: {faults.faults[0].what}", "see them all: engine check")
    ends = expires(tls.certificate)
    says = f"the certificate is valid until {ends:%Y-%m-%d}"
    if ends - datetime.now(UTC) < SOON:
        return warning(what, says, "have a new one signed, and put it in the place of the old")
    if tls.key.stat().st_mode & _OTHERS:
        return warning(what, f"others may read {tls.key}", f"chmod 600 {tls.key}")
    return well(what, says)
