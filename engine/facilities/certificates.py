"""What names a certificate in the registry: its fingerprint, its common name, its DNS names."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from cryptography import x509
from cryptography.x509.oid import NameOID

from engine.facilities.entry import COMMON_NAME


def fingerprint(der: bytes) -> str:
    """The SHA-256 of the certificate as it is encoded, in lower-case hex."""
    return sha256(der).hexdigest()


def subjects(der: bytes) -> frozenset[str]:
    """The names that the registry may know the certificate by: `CN=…`, and each DNS name in lower case.

    A subject with several common names is known by none of them. What cannot be read has no names.
    """
    try:
        return frozenset(_names(x509.load_der_x509_certificate(der)))
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return frozenset()


def _names(certificate: x509.Certificate) -> Iterator[str]:
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(common) == 1 and isinstance(common[0].value, str):
        yield COMMON_NAME + common[0].value
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    yield from (name.lower() for name in alternative.get_values_for_type(x509.DNSName))
