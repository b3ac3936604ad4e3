"""engine.yaml and the environment as typed settings; every fault at once, with file, line and column.

Each setting may also come from the environment, which goes before the file: `ENGINE_HOME`, and for nested ones two
underscores between the names, as in `ENGINE_BUS__KIND=kafka`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ByteSize, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from engine.language.document import read_document
from engine.language.fault import Fault, Faults, Mark
from engine.language.model import Section, model_faults

ROOT = Path(__file__).parent.parent
"""The folder that holds `mappings/` beside the package."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)\Z")


def _read_duration(value: object) -> object:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if isinstance(value, str) and not found:
        raise ValueError("is no duration - write it as 500ms, 20s, 30m, 12h or 7d")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]]) if found else value


Duration = Annotated[timedelta, BeforeValidator(_read_duration)]


class BusSettings(Section):
    """Where topics live."""

    kind: Literal["embedded", "kafka"] = Field("embedded", description="SQLite files under `home`, or Apache Kafka.")
    partitions: int = Field(6, ge=1, le=1000, description="Partitions of each topic that the engine creates.")
    bootstrap: str = Field("127.0.0.1:9092", description="Kafka: brokers to begin with, `host:port,host:port`.")
    replication: int = Field(1, ge=1, description="Kafka: replicas of each topic that the engine creates.")
    min_insync: int = Field(1, ge=1, description="Kafka: replicas that must hold a record before it counts as durable.")
    properties: dict[str, str] = Field({}, description="Kafka: further librdkafka properties, for TLS and SASL.")


class WarehouseSettings(Section):
    """Where rows go."""

    kind: Literal["duckdb", "postgres"] = Field("duckdb", description="A DuckDB file under `home`, or PostgreSQL.")
    url: SecretStr = Field(SecretStr(""), description="PostgreSQL: postgresql://user:password@host/database")


class ListenerSettings(Section):
    """One way in for hospital systems: HL7 v2 over MLLP."""

    name: str = Field(
        "mllp", pattern=r"^[a-z][a-z0-9-]{0,31}$", description="Names the listener in metrics and records."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(2575, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    processing_ids: tuple[str, ...] = Field(("P", "T", "D"), description="Values of MSH-11 that are taken.")
    max_frame: ByteSize = Field(
        ByteSize(16 << 20), le=64 << 20, description="Largest message; a larger one is refused."
    )
    frame_deadline: Duration = Field(
        timedelta(seconds=30), description="Longest time from the start of a frame to its end."
    )
    ack_deadline: Duration = Field(
        timedelta(seconds=20), description="How long an answer waits for storage, then none is sent."
    )
    max_connections: int = Field(12000, ge=1, description="Connections held at once.")
    max_connections_per_peer: int = Field(12000, ge=4, description="Connections held at once from one address.")
    max_in_flight: ByteSize = Field(
        ByteSize(256 << 20), description="Bytes read and not yet durable, over all connections."
    )
    duplicate_window: int = Field(
        100_000, ge=0, description="Messages remembered so that a resend gets the same answer."
    )


class HttpSettings(Section):
    """Where metrics and health are served."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(9464, ge=0, le=65535, description="TCP port; 0 takes a free one.")


class Settings(BaseSettings):
    """All settings of the engine; the defaults run it on one machine with no server beside it."""

    model_config = SettingsConfigDict(
        env_prefix="ENGINE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(Path(".engine"), description="Folder for all that the engine keeps.")
    mappings: Path = Field(ROOT / "mappings", description="Folder of the mappings, routes and facility overlays.")
    registry: Path | None = Field(
        None, description="The facility registry; by default `facilities/registry.yaml` of the mappings."
    )
    key_file: Path | None = Field(
        None, description="32 secret bytes in hex for keyed hashes; by default made in `home`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    bus: BusSettings = BusSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    listeners: tuple[ListenerSettings, ...] = (ListenerSettings(),)
    http: HttpSettings = HttpSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file, and nothing else is read."""
        return env_settings, init_settings

    def registry_file(self) -> Path:
        """Where the facility registry stands."""
        return self.registry or self.mappings / "facilities" / "registry.yaml"


def read_settings(path: Path | None) -> Settings:
    """Read engine.yaml, or the defaults when `path` is None; raises Faults that name every place at fault."""
    document = read_document(path) if path else None
    plain: Any = document.plain() if document else {}
    if plain is not None and not isinstance(plain, dict):
        raise Faults(
            [
                Fault(
                    Mark(str(path), 1, 1),
                    "C001",
                    "",
                    "is no map of settings",
                    "begin with a key such as `home:`",
                )
            ]
        )
    try:
        return Settings(**(plain or {}))
    except ValidationError as error:
        faults = model_faults(error, Settings, document, "environment (ENGINE_…)", "docs/reference/configuration.md")
        raise Faults(faults) from None
