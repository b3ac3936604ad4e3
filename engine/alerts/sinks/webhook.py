"""A webhook: the alert as JSON, signed with a shared secret and the time, under a key that repeats share."""

from __future__ import annotations

import hmac
import ssl
import time
from collections.abc import Callable, Iterable

from engine.alerts.sinks.address import resolve
from engine.alerts.sinks.posting import Poster
from engine.alerts.sinks.sink import Detail
from engine.alerts.sinks.telling import body, idempotency_key
from engine.alerts.standing import Standing

SIGNATURE = "x-engine-signature"
KEY = "idempotency-key"


class Webhook:
    """Posts each alert; the receiver checks the signature, its time, and whether it had the key before."""

    again: float | None = None

    def __init__(
        self,
        url: str,
        secret: str,
        context: ssl.SSLContext,
        timeout: float,
        allow: Iterable[str] = (),
        detail: Detail | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._poster = Poster(url, context, timeout)
        self._secret = secret
        self._allow = tuple(allow)
        self._detail = detail
        self._clock = clock

    def send(self, standing: Standing) -> None:
        """Post it to the one address that the name has now."""
        content = body(standing, self._detail)
        headers = {SIGNATURE: sign(self._secret, int(self._clock()), content), KEY: idempotency_key(standing)}
        self._poster.post(content, headers, resolve(self._poster.host, self._poster.port, self._allow))

    def close(self) -> None:
        """Nothing is kept open between two alerts."""


def sign(secret: str, at: int, content: bytes) -> str:
    """`t=` the time, `v1=` HMAC-SHA256 of that time, a dot and the body, in hex."""
    digest = hmac.new(secret.encode(), b"%d.%b" % (at, content), "sha256").hexdigest()
    return f"t={at},v1={digest}"
