"""The settings of application acknowledgments: the second answer to a message, over a connection of our own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from engine.config.duration import Duration
from engine.language.model import Section


class ClientTlsSettings(Section):
    """TLS of the connections that application acknowledgments go over."""

    ca: Path | None = Field(None, description="Who signs the receivers' certificates, PEM; by default the system's.")
    certificate: Path | None = Field(None, description="The certificate that the engine shows, PEM.")
    key: Path | None = Field(None, description="Its private key, PEM.")

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("names a certificate or a key alone - name both, or neither")
        return self


class ApplicationAcknowledgmentSettings(Section):
    """Application acknowledgments, to those facilities whose entry of the registry says `answers_to`."""

    accept: Literal["AL", "NE"] = Field(
        "AL", description="Their MSH-15: AL, each is sent until the receiver confirms it; NE, sent and not confirmed."
    )
    timeout: Duration = Field(timedelta(seconds=30), description="How long the receiver has to confirm one.")
    give_up: Duration = Field(
        timedelta(hours=1), description="How old one may become while its receiver does not answer."
    )
    tls: ClientTlsSettings | None = None
