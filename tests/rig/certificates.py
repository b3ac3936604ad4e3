"""Certificates for tests, made on the spot: a listener's, senders', those that ended, and lists of revoked ones."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from engine.config import TlsSettings

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Certificates:
    """An authority, and the files of a listener that it signed, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        folder.mkdir(parents=True, exist_ok=True)
        self.renew()
        self.trust(self.authority)

    def renew(self, expires: datetime | None = None) -> None:
        """A new certificate for the listener."""
        issued = self.authority.issue_cert("localhost", "127.0.0.1", not_after=expires)
        (self.folder / "key.pem").write_bytes(issued.private_key_pem.bytes())
        (self.folder / "certificate.pem").write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))

    def trust(self, *authorities: trustme.CA) -> None:
        """Have the listener take senders whom these signed."""
        (self.folder / "clients.pem").write_bytes(b"".join(one.cert_pem.bytes() for one in authorities))

    def revoke(self, *revoked: trustme.LeafCert, encoding: Encoding = Encoding.PEM) -> None:
        """Write the list of revoked certificates."""
        now = datetime.now(UTC)
        issuer = x509.load_pem_x509_certificate(self.authority.cert_pem.bytes()).subject
        builder = x509.CertificateRevocationListBuilder(issuer, now, now + timedelta(days=1))
        for one in revoked:
            number = x509.load_pem_x509_certificate(one.cert_chain_pems[0].bytes()).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now).build()
            builder = builder.add_revoked_certificate(entry)
        key = load_pem_private_key(self.authority.private_key_pem.bytes(), None)
        signed = builder.sign(key, hashes.SHA256())  # type: ignore[arg-type]  # trustme's keys all sign
        (self.folder / "revoked.pem").write_bytes(signed.public_bytes(encoding))

    def settings(self, *, crl: bool = False, mutual: bool = True, **more: object) -> TlsSettings:
        """The settings that name the files."""
        files = {"certificate": self.folder / "certificate.pem", "key": self.folder / "key.pem"}
        files |= {"client_ca": self.folder / "clients.pem"} if mutual else {}
        files |= {"crl": self.folder / "revoked.pem"} if crl else {}
        return TlsSettings.model_validate({**files, **more})

    def sender(self, name: str = "his.example", expires: datetime | None = None) -> trustme.LeafCert:
        """A certificate for a sender."""
        return self.authority.issue_cert(name, not_after=expires)

    def write_sender(self, shown: trustme.LeafCert) -> None:
        """The files of a sender, for a process of its own."""
        (self.folder / "authority.pem").write_bytes(self.authority.cert_pem.bytes())
        (self.folder / "sender.key").write_bytes(shown.private_key_pem.bytes())
        (self.folder / "sender.pem").write_bytes(b"".join(one.bytes() for one in shown.cert_chain_pems))

    def client(self, shown: trustme.LeafCert | None) -> ssl.SSLContext:
        """What a sender connects with, showing this certificate."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if shown:
            shown.configure_cert(context)
        return context
