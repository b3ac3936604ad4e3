"""Admission: who is at the other end of a connection, and whom that one may send for.

The rules, each with its test, stand in docs/explanation/who-may-send.md. Nothing here changes once it is made: a new
registry makes a new Admission.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from engine.facilities.addresses import Addresses, holds
from engine.facilities.certificates import fingerprint, subjects
from engine.facilities.facility import EVERYBODY, Facility, Registry

Codes = frozenset[str]

NOBODY: Codes = frozenset()

RECENT = 4096
"""Addresses whose links are remembered: many facilities may stand behind one, and come back all at once."""


class Link(NamedTuple):
    """Who was found at the other end of a connection.

    `codes` are the facilities that it may send for: None where nobody in particular was found, empty for somebody who
    may send for nobody. `every`: it may send for all.
    """

    listener: str
    codes: Codes | None
    every: bool = False


class Verdict(StrEnum):
    """Whether a facility may be claimed over a link."""

    ADMITTED = "admitted"
    UNKNOWN = "unknown"
    """The registry has no such facility, and the link is not bound to others."""
    MISMATCH = "mismatch"
    """Not over this link, not on this listener, or not by this application."""


class Admission:
    """The registry as one listener asks it; `certified` where whoever connects has to show a certificate."""

    def __init__(self, registry: Registry, listener: str, certified: bool) -> None:
        self._registry = registry
        self._listener = listener
        self._certified = certified
        self._by_certificate = {claim: one.code for one in registry for claim in one.certificates}
        self._by_token = {claim: one.code for one in registry for claim in one.tokens}
        self._addresses = Addresses(one for one in registry if not (one.certificates or one.tokens))
        self._placed = lru_cache(RECENT)(self._place)

    def identify(self, address: str, certificate: bytes | None = None, token: str | None = None) -> Link:
        """Who is at the other end: asked once a connection; `certificate` is in DER."""
        shown = self._shown(certificate, token)
        if shown is None:
            return self._placed(address)
        facilities = (self._registry.by_code(code) for code in shown)
        return self._link(one for one in facilities if not one.addresses or holds(one, address))

    def admit(self, link: Link, facility: Facility, application: str) -> Verdict:
        """Whether the facility may be claimed over the link by this application (MSH-3.1)."""
        if not facility.registered:
            bound = link.codes is not None and not link.every
            return Verdict.MISMATCH if bound else Verdict.UNKNOWN
        fits = self._takes(facility) and (not facility.applications or application in facility.applications)
        return Verdict.ADMITTED if fits and _may_send(link, facility) else Verdict.MISMATCH

    def _shown(self, certificate: bytes | None, token: str | None) -> Codes | None:
        """Whom all that was shown names; None where nothing was shown that has to name somebody."""
        certified = self._certificate(certificate) if certificate else NOBODY
        if not certified and self._certified and (certificate or token is None):
            return NOBODY
        if token is None:
            return certified or None
        named = self._token(token)
        return certified & named if certified else named

    def _certificate(self, certificate: bytes) -> Codes:
        """A fingerprint goes before names, which one certificate may share with another."""
        exact = self._by_certificate.get(fingerprint(certificate))
        if exact:
            return frozenset([exact])
        return frozenset(self._by_certificate[one] for one in subjects(certificate) if one in self._by_certificate)

    def _token(self, token: str) -> Codes:
        code = self._by_token.get(sha256(token.encode("utf-8", "surrogateescape")).hexdigest())
        return frozenset([code] if code else ())

    def _place(self, address: str) -> Link:
        """Who is known by the address alone."""
        found = self._addresses.find(address)
        return self._link(map(self._registry.by_code, found)) if found else Link(self._listener, None)

    def _link(self, found: Iterable[Facility]) -> Link:
        here = [one for one in found if self._takes(one)]
        codes = frozenset(code for one in here for code in (one.code, *one.sends_for)) - {EVERYBODY}
        return Link(self._listener, codes, any(EVERYBODY in one.sends_for for one in here))

    def _takes(self, facility: Facility) -> bool:
        return not facility.listeners or self._listener in facility.listeners


def _may_send(link: Link, facility: Facility) -> bool:
    if link.codes is None:
        return not facility.is_identified
    return link.every or facility.code in link.codes
