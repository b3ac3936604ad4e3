"""The settings of connections to Kafka: TLS, who the engine is there, and what may not be set beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from engine.language.model import Section

HELD = frozenset(
    {
        "acks",
        "auto.offset.reset",
        "bootstrap.servers",
        "compression.level",
        "compression.type",
        "delivery.timeout.ms",
        "enable.auto.commit",
        "enable.idempotence",
        "enable.partition.eof",
        "fetch.message.max.bytes",
        "fetch.queue.backoff.ms",
        "fetch.wait.max.ms",
        "group.id",
        "group.instance.id",
        "group.protocol",
        "heartbeat.interval.ms",
        "isolation.level",
        "linger.ms",
        "message.max.bytes",
        "partition.assignment.strategy",
        "partitioner",
        "queue.buffering.max.kbytes",
        "queue.buffering.max.messages",
        "queued.max.messages.kbytes",
        "session.timeout.ms",
        "socket.nagle.disable",
        "topic.metadata.refresh.interval.ms",
    }
)
"""Properties that the engine's promises hang on: it sets them itself."""


class BrokerTlsSettings(Section):
    """TLS of connections to Kafka; the brokers' names are always checked."""

    ca: Path | None = Field(None, description="Who signs the brokers' certificates, PEM; by default the system's.")
    certificate: Path | None = Field(None, description="The certificate that the engine shows, PEM.")
    key: Path | None = Field(None, description="Its private key, PEM.")
    key_password: SecretStr | None = Field(None, description="What the key is encrypted with.")

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("names a certificate or a key alone - name both, or neither")
        return self


class SaslSettings(Section):
    """Who the engine is for Kafka."""

    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "OAUTHBEARER", "PLAIN"] = Field(
        "SCRAM-SHA-512", description="How it says so."
    )
    username: str = Field("", description="SCRAM and PLAIN: its name.")
    password: SecretStr = Field(SecretStr(""), description="SCRAM and PLAIN: its password.")
    token_endpoint: str = Field("", description="OAUTHBEARER: where tokens are had, https://…")
    client_id: str = Field("", description="OAUTHBEARER: its name there.")
    client_secret: SecretStr = Field(SecretStr(""), description="OAUTHBEARER: its secret there.")
    scope: str = Field("", description="OAUTHBEARER: what the token is to be for.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        names = ("token_endpoint", "client_id", "client_secret") if self.has_tokens else ("username", "password")
        if missing := [name for name in names if not _plain(getattr(self, name))]:
            raise ValueError(f"{self.mechanism} lacks {', '.join(missing)} - secrets fit best in the environment")
        return self

    @property
    def has_tokens(self) -> bool:
        return self.mechanism == "OAUTHBEARER"

    @property
    def shows_secret(self) -> bool:
        """Whether who listens on the wire could be the engine from then on."""
        return self.mechanism in ("OAUTHBEARER", "PLAIN")


def security_properties(tls: BrokerTlsSettings | None, sasl: SaslSettings | None) -> dict[str, str]:
    """The properties of librdkafka for these; none for neither."""
    found = {**dict(_tls(tls)), **dict(_sasl(sasl))}
    protocol = f"{'SASL_' if sasl else ''}{'SSL' if tls else 'PLAINTEXT'}"
    return {"security.protocol": protocol, **found} if tls or sasl else {}


def held_properties(properties: Mapping[str, str]) -> list[str]:
    """Those that the engine sets itself, by whichever name."""
    return sorted(name for name in properties if name in HELD or name.removeprefix("topic.") in HELD)


def _tls(tls: BrokerTlsSettings | None) -> Iterator[tuple[str, str]]:
    if tls is None:
        return
    yield "ssl.endpoint.identification.algorithm", "https"
    for name, path in (("ca", tls.ca), ("certificate", tls.certificate), ("key", tls.key)):
        if path:
            yield f"ssl.{name}.location", str(path)
    if tls.key_password:
        yield "ssl.key.password", tls.key_password.get_secret_value()


def _sasl(sasl: SaslSettings | None) -> Iterator[tuple[str, str]]:
    if sasl is None:
        return
    yield "sasl.mechanism", sasl.mechanism
    if not sasl.has_tokens:
        yield "sasl.username", sasl.username
        yield "sasl.password", sasl.password.get_secret_value()
        return
    yield "sasl.oauthbearer.method", "oidc"
    yield "sasl.oauthbearer.token.endpoint.url", sasl.token_endpoint
    yield "sasl.oauthbearer.client.id", sasl.client_id
    yield "sasl.oauthbearer.client.secret", sasl.client_secret.get_secret_value()
    if sasl.scope:
        yield "sasl.oauthbearer.scope", sasl.scope


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
