"""Who sends a request: by the client's certificate or by a bearer token (RFC 6750), before its body is read."""

from __future__ import annotations

from engine.config import WebSettings
from engine.facilities.facility import Registry
from engine.listeners.gate import Sender
from engine.listeners.receiving import Receiving

_SCHEME = "bearer "


class WebSenders:
    """Tells for one listener whom it takes requests from; a request that shows nothing has to be one from loopback.

    As soon as the registry names a token or a certificate of a facility on this listener, each request shows one.
    """

    def __init__(self, settings: WebSettings, receiving: Receiving, registry: Registry) -> None:
        self._settings = settings
        self._receiving = receiving
        self.use(registry)

    def use(self, registry: Registry) -> None:
        """Go by this registry from now on."""
        name = self._settings.name
        here = [one for one in registry if not one.listeners or name in one.listeners]
        self._shows = not self._settings.local or any(one.tokens or one.certificates for one in here)

    def find(self, address: str, certificate: bytes | None, authorization: str | None) -> Sender | None:
        """The sender of a request; None, and a security event, for one that is nobody."""
        token = read_token(authorization)
        sender = self._receiving.identify(address, certificate, token)
        if token is None and certificate is None:
            welcome = not self._shows
        else:
            welcome = bool(sender.link.codes) or sender.link.every
        if not welcome and self._receiving.events:
            self._receiving.events.token_refused(address)
        return sender if welcome else None


def read_token(authorization: str | None) -> str | None:
    """The token of an Authorization header: None without one, "", which nobody has, for any other scheme."""
    if authorization is None:
        return None
    return authorization[len(_SCHEME) :].strip() if authorization[: len(_SCHEME)].lower() == _SCHEME else ""
