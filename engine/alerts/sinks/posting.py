"""One POST over HTTP, to an address that was checked: no redirect, no proxy, no answer read but its status."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from engine.alerts.sinks.sink import Away, Refused
from engine.language.fault import Fault, Faults, Mark

PASSING = frozenset({401, 403, 404, 405, 407, 408, 421, 423, 425, 429})
"""Of 400 and above what can be other tomorrow: a secret, an address, a limit."""
KNOWN = 409
"""The receiver has it already."""


def make_context(ca: Path | None, where: str) -> ssl.SSLContext:
    """Certificates and names are checked; raises Faults when the file is no use."""
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        what = f"names a file that is no use ({getattr(error, 'strerror', None) or 'no PEM'})"
        raise Faults(
            [Fault(Mark("settings"), "C015", f"{where}.ca", what, "name a PEM file that can be read")]
        ) from None


def read_secret(path: Path, where: str, least: int = 1) -> str:
    """The one line of a file of a secret; raises Faults when it is no use."""
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, ValueError):
        text = ""
    if len(text) < least or not text.isprintable() or not text.isascii():
        what = f"names a file without a secret of {least} printable characters or more"
        raise Faults([Fault(Mark("settings"), "C049", where, what, "make one with `openssl rand -hex 32`")])
    return text


class Poster:
    """Posts to one URL."""

    def __init__(self, url: str, context: ssl.SSLContext, timeout: float) -> None:
        self._url = urlsplit(url)
        self._context = context
        self._timeout = timeout

    @property
    def host(self) -> str:
        return self._url.hostname or ""

    @property
    def port(self) -> int:
        return self._url.port or (443 if self._url.scheme == "https" else 80)

    def post(self, content: bytes, headers: Mapping[str, str], address: str | None = None) -> None:
        """Send the body to `address`, of which the certificate must still be the host's; raises Away and Refused."""
        place = f"[{address}]" if address and ":" in address else address or self.host
        url = urlunsplit(self._url._replace(netloc=f"{place}:{self.port}"))
        told = {"host": self._url.netloc, "content-type": "application/json", **headers}
        try:
            judge(asyncio.run(asyncio.wait_for(self._status(url, content, told), self._timeout)))
        except (httpx.HTTPError, TimeoutError) as error:
            raise Away(f"{self.host}: {type(error).__name__} - see that it is there and its certificate fits") from None

    async def _status(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whose body is not read; the caller's time is for all of it."""
        async with (
            httpx.AsyncClient(verify=self._context, timeout=self._timeout, trust_env=False) as client,
            client.stream("POST", url, content=content, headers=headers, extensions=self._named()) as response,
        ):
            return response.status_code

    def _named(self) -> dict[str, str]:
        """For TLS, whose certificate it must be."""
        return {"sni_hostname": self.host}


def judge(status: int) -> None:
    """Raise Away or Refused for what a status says."""
    if status == KNOWN or 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Away(f"answered {status}: it leads elsewhere, and is not followed - write its new address")
    if status >= 500 or status in PASSING:
        raise Away(f"answered {status} - see its log, and the secret that it expects")
    raise Refused(f"answered {status}: it does not take the alert - see its log")
