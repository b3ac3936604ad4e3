"""The settings of the engine's own HTTP port."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from engine.language.model import Section

Token = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a token in hex."""


class HttpTlsSettings(Section):
    """TLS of the engine's own port."""

    certificate: Path = Field(description="Its certificate and what signed it, PEM.")
    key: Path = Field(description="Its private key, PEM.")
    client_ca: Path | None = Field(
        None, description="Who signs the certificates of those who may look, PEM: everybody must show one."
    )


class HttpSettings(Section):
    """Where metrics, health and the status page are served."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(9464, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    tls: HttpTlsSettings | None = None
    status_tokens: tuple[Token, ...] = Field(
        (),
        description="Who may see the status page: SHA-256 of their tokens in hex, lower case. A token goes as a bearer "
        "token, or as the password that a browser asks for. Beyond loopback nobody sees the page without one, or "
        "without a certificate of `tls.client_ca`.",
    )

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the port."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def has_certificates(self) -> bool:
        """Whether everybody must show a certificate."""
        return self.tls is not None and self.tls.client_ca is not None

    @model_validator(mode="after")
    def _tokens_are_hidden(self) -> Self:
        if self.status_tokens and not self.is_local and self.tls is None:
            raise ValueError("status_tokens would go in clear beyond this machine - add http.tls")
        return self
