"""The settings of sinks: where alerts go that leave the engine."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from engine.config.duration import Duration
from engine.config.kafka import BrokerTlsSettings, SaslSettings, security_properties
from engine.language.model import Section


def _network(text: str) -> str:
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError("is no range of addresses - write one such as 10.1.2.0/24, with zeros behind it") from None
    if not found.prefixlen:
        raise ValueError("holds every address - write a narrower range")
    return str(found)


def _url(text: str) -> str:
    """A whole address of HTTP; not repeated in a fault, as it may hold a secret."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("is no address - write one such as https://duty.example/alerts")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("holds a user, a password or a fragment - leave them out")
    return text


Url = Annotated[str, AfterValidator(_url)]
Range = Annotated[str, AfterValidator(_network)]


class SinkSettings(Section):
    """What every sink has."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="Names the sink in rules, metrics and groups.")
    default: bool = Field(True, description="Whether it gets the alerts whose rule names no sinks.")
    clinical: bool = Field(
        False,
        description="Whether it gets what an alert rests on: resources of a patient. Without, nothing of a patient "
        "leaves but a keyed reference.",
    )
    timeout: Duration = Field(timedelta(seconds=5), description="How long an attempt may take.")


class WebhookSettings(SinkSettings):
    """An address that takes alerts by `POST`, signed."""

    kind: Literal["webhook"] = "webhook"
    url: Url = Field(description="Where to, https://…; connections go to the address that its name has at that time.")
    secret_file: Path = Field(description="File of the secret that bodies are signed with, 32 characters or more.")
    allow: tuple[Range, ...] = Field(
        (), description="Private ranges of addresses that it may be in; by default it must be a public one."
    )
    ca: Path | None = Field(None, description="Who signs its certificate, PEM; by default the system's.")

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if urlsplit(self.url).scheme != "https":
            raise ValueError("would go in clear - write https://")
        return self


class AlertmanagerSettings(SinkSettings):
    """An Alertmanager, by its API of version 2."""

    kind: Literal["alertmanager"] = "alertmanager"
    url: Url = Field(description="Its address, such as http://alertmanager:9093.")
    token_file: Path | None = Field(None, description="File of a bearer token.")
    ca: Path | None = Field(None, description="Who signs its certificate, PEM; by default the system's.")

    @model_validator(mode="after")
    def _hides_what_is_secret(self) -> Self:
        if (self.clinical or self.token_file) and urlsplit(self.url).scheme != "https":
            raise ValueError("would send a token or what is clinical in clear - write https://")
        if self.clinical:
            raise ValueError("has no place for what is clinical - take clinical out")
        return self


class MailSettings(SinkSettings):
    """A mail server, by SMTP under TLS."""

    kind: Literal["mail"] = "mail"
    host: str = Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$", description="The mail server.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 with starttls, 465 with tls.")
    security: Literal["starttls", "tls"] = Field("starttls", description="How TLS begins; there is no mail without.")
    ca: Path | None = Field(None, description="Who signs its certificate, PEM; by default the system's.")
    user: str = Field("", description="Who the engine is there; nobody: without.")
    password_file: Path | None = Field(None, description="File of the password of `user`.")
    sender: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", description="The address that mails come from.")
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")], ...] = Field(
        min_length=1, description="Whom they go to."
    )

    @model_validator(mode="after")
    def _user_has_a_password(self) -> Self:
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("names a user or a password alone - name both, or neither")
        return self


class TopicSettings(SinkSettings):
    """A topic of a Kafka cluster, of which others are told; it must be there."""

    kind: Literal["kafka"] = "kafka"
    bootstrap: str = Field(description="Brokers to begin with, `host:port,host:port`.")
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="The topic.")
    tls: BrokerTlsSettings | None = None
    sasl: SaslSettings | None = None

    @model_validator(mode="after")
    def _hides_what_is_secret(self) -> Self:
        if self.tls is None and (self.clinical or (self.sasl and self.sasl.shows_secret)):
            raise ValueError("would send a secret or what is clinical in clear - add tls")
        return self

    def properties(self) -> dict[str, str]:
        """The properties of librdkafka that these settings come to."""
        return security_properties(self.tls, self.sasl)


KINDS = ("webhook", "alertmanager", "mail", "kafka")


def _kind(value: Any) -> str:
    found = value.get("kind", "") if isinstance(value, dict) else getattr(value, "kind", "")
    return found if found in KINDS else "webhook"


AnySink = Annotated[
    Annotated[WebhookSettings, Tag("webhook")]
    | Annotated[AlertmanagerSettings, Tag("alertmanager")]
    | Annotated[MailSettings, Tag("mail")]
    | Annotated[TopicSettings, Tag("kafka")],
    Discriminator(_kind),
]
"""One of `sinks:`."""
