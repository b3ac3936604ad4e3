"""TLS of a listener: the context of new sessions, made from files and made again when they change.

TLS 1.2 at least, forward secrecy, authenticated encryption, no renegotiation and no compression (BCP 195; IHE ATNA
ITI-19 asks that both ends show a certificate). Sessions that stand go on with what they began with.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from engine.config import TlsSettings
from engine.language.fault import Fault, Faults, Mark

log = structlog.get_logger()

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; those of 1.3 are all fit."""

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_PEM_CRL = b"-----BEGIN X509 CRL"

Stamp = tuple[tuple[int, int, int] | None, ...]
"""What of the files changes when one is written, or put in place of another."""


def make_context(settings: TlsSettings, where: str) -> ssl.SSLContext:
    """The context that the settings ask for; raises Faults that name each file at fault; `where` is the setting."""
    faults = list(_find_faults(settings, where))
    if faults:
        raise Faults(faults)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[settings.minimum]
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0  # a hospital's connection stays for days: tickets would only cost memory
    context.load_cert_chain(settings.certificate, settings.key)
    if settings.client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(settings.client_ca)
    if settings.crl:
        _load_crl(context, settings.crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def expires(certificate: Path) -> datetime:
    """When the first certificate of a PEM file ends; raises ValueError or OSError where there is none."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


class Tls:
    """The context of a listener's new sessions; `look` is called every second or so."""

    def __init__(self, settings: TlsSettings, where: str) -> None:
        """Raises Faults."""
        self._settings = settings
        self._where = where
        self._stamp = self._tried = _see(settings)
        self.context = make_context(settings, where)
        self.expires = expires(settings.certificate)
        """When the listener's certificate ends."""

    def look(self) -> bool | None:
        """Whether changed files were taken into use: None where none changed, False where they are at fault.

        Files that change are taken when two looks find them the same, so that none is read half written.
        """
        now = _see(self._settings)
        settled, self._tried = now == self._tried, now
        if now == self._stamp or not settled:
            return None
        self._stamp = now
        return self._take()

    def _take(self) -> bool:
        faults: tuple[Fault, ...] = ()
        try:
            self.context = make_context(self._settings, self._where)
            self.expires = expires(self._settings.certificate)
        except Faults as found:
            faults = found.faults
        if faults:
            log.error("certificates not reloaded", faults=[str(fault) for fault in faults])
        else:
            log.info("certificates reloaded", setting=self._where)
        return not faults


def _see(settings: TlsSettings) -> Stamp:
    files = (settings.certificate, settings.key, settings.client_ca, settings.crl)
    return tuple(_stamp_of(path) if path else None for path in files)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _find_faults(settings: TlsSettings, where: str) -> Iterator[Fault]:
    checks: list[tuple[str, Path | None, Callable[[Path], object], str]] = [
        ("certificate", settings.certificate, _read_certificate, "holds no certificate that is valid now"),
        ("client_ca", settings.client_ca, _read_certificates, "holds no certificates"),
        ("crl", settings.crl, _read_crl, "holds no list of revoked certificates"),
        ("key", settings.key, partial(_read_key, settings.certificate), "holds no key that fits the certificate"),
    ]
    for name, path, read, what in checks:
        if path is None:
            continue
        try:
            read(path)
        except OSError as error:
            yield _fault(path, where, name, f"cannot be read ({error.strerror or 'no key in it'})")
        except ValueError:
            yield _fault(path, where, name, what)


def _fault(path: Path, where: str, name: str, what: str) -> Fault:
    return Fault(Mark(str(path)), "C030", f"{where}.tls.{name}", what, "see docs/how-to/take-messages-over-tls.md")


def _read_certificate(path: Path) -> None:
    found = x509.load_pem_x509_certificate(path.read_bytes())
    now = datetime.now(UTC)
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise ValueError("is not valid now")


def _read_certificates(path: Path) -> None:
    x509.load_pem_x509_certificates(path.read_bytes())


def _read_key(certificate: Path, path: Path) -> None:
    path.read_bytes()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, path, password=lambda: "")
    except (ssl.SSLError, OSError):
        raise ValueError("does not fit") from None


def _read_crl(path: Path) -> bytes:
    """The list as PEM."""
    content = path.read_bytes()
    if _PEM_CRL in content:
        x509.load_pem_x509_crl(content)
        return content
    return x509.load_der_x509_crl(content).public_bytes(Encoding.PEM)


def _load_crl(context: ssl.SSLContext, path: Path) -> None:
    """OpenSSL reads lists from PEM files only."""
    with NamedTemporaryFile(suffix=".pem") as file:
        file.write(_read_crl(path))
        file.flush()
        context.load_verify_locations(file.name)
