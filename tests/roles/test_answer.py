"""The answer role: certificates that are no use end it with the place of the setting."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from engine.config import ClientTlsSettings
from engine.language.fault import Faults
from engine.roles.answer import make_context


def test_a9_certificates_of_the_settings_are_used(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own = authority.issue_cert("engine.example")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    settings = ClientTlsSettings(ca=tmp_path / "ca.pem", certificate=tmp_path / "own.pem", key=tmp_path / "own.pem")
    context = make_context(settings)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a9_a_file_that_is_no_use_is_a_fault_of_the_settings(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content, "utf-8")
    with pytest.raises(Faults) as caught:
        make_context(ClientTlsSettings(ca=path))
    (fault,) = caught.value.faults
    assert (fault.code, fault.where) == ("C015", "application_acknowledgments.tls")
