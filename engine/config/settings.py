"""engine.yaml and the environment as typed settings; every fault at once, with file, line and column.

Each setting may also come from the environment, which goes before the file: `ENGINE_HOME`, and for nested ones two
underscores between the names, as in `ENGINE_BUS__KIND=kafka`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ByteSize, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from engine.config.acknowledgments import ApplicationAcknowledgmentSettings
from engine.config.dead_letters import DeadLetterSettings, HoldSettings
from engine.config.duration import Duration, Size
from engine.config.http import HttpSettings
from engine.config.kafka import BrokerTlsSettings, SaslSettings, held_properties, security_properties
from engine.config.lake import LakeSettings
from engine.config.listeners import AnyListener, MllpSettings
from engine.config.observing import ObservingSettings
from engine.config.persons import PersonSettings
from engine.config.reconciliation import ReconciliationSettings
from engine.config.sinks import AnySink
from engine.language.document import read_document
from engine.language.fault import Fault, Faults, Mark
from engine.language.model import Section, model_faults

ROOT = Path(__file__).parents[2]
"""The folder that holds `mappings/` beside the package."""


class SpoolSettings(Section):
    """Where a listener keeps messages while Kafka does not confirm; each worker has a folder in `home`/spool."""

    confirm: Duration = Field(timedelta(seconds=5), description="How long Kafka has to confirm before spooling begins.")
    most: Size = Field(ByteSize(8 << 30), description="Bytes that are spooled; then sockets are read no more.")


class BusSettings(Section):
    """Where topics live."""

    kind: Literal["embedded", "kafka"] = Field("embedded", description="SQLite files under `home`, or Apache Kafka.")
    partitions: int = Field(6, ge=1, le=1000, description="Partitions of each topic that the engine creates.")
    bootstrap: str = Field("127.0.0.1:9092", description="Kafka: brokers to begin with, `host:port,host:port`.")
    replication: int = Field(1, ge=1, description="Kafka: replicas of each topic that the engine creates.")
    min_insync: int = Field(1, ge=1, description="Kafka: replicas that must hold a record before it counts as durable.")
    tls: BrokerTlsSettings | None = None
    sasl: SaslSettings | None = None
    lease: Duration = Field(
        timedelta(seconds=10), description="How long a process may be silent before others take its partitions over."
    )
    instance: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,200}$",
        description="Kafka: a name of this process alone that stays over restarts: back within `lease`, it goes on "
        "with its partitions, and nobody else stops for it (group.instance.id).",
    )
    group_protocol: Literal["classic", "consumer"] = Field(
        "classic",
        description="Kafka: who divides partitions: the processes, or brokers of 4.0 and newer (KIP-848), which then "
        "have a lease of their own.",
    )
    properties: dict[str, str] = Field({}, description="Kafka: further librdkafka properties.")
    seal_keys: Path | None = Field(
        None, description="File of keys that record values are sealed with, `id: 64 hex digits` a line; none: in clear."
    )
    spool: SpoolSettings = SpoolSettings()

    @field_validator("properties", mode="after")
    @classmethod
    def _keep_promises(cls, properties: dict[str, str]) -> dict[str, str]:
        if held := held_properties(properties):
            raise ValueError(f"{', '.join(held)} is set by the engine, whose promises hang on it - take it out")
        return properties

    @model_validator(mode="after")
    def _hide_secrets(self) -> Self:
        if self.sasl and self.sasl.shows_secret and self.tls is None:
            raise ValueError(f"{self.sasl.mechanism} would go in clear - add bus.tls")
        return self

    def kafka_properties(self) -> dict[str, str]:
        """The properties of librdkafka that these settings come to."""
        return {**security_properties(self.tls, self.sasl), **self.properties}


class WarehouseSettings(Section):
    """Where rows go."""

    kind: Literal["duckdb", "postgres"] = Field("duckdb", description="A DuckDB file under `home`, or PostgreSQL.")
    url: SecretStr = Field(SecretStr(""), description="PostgreSQL: postgresql://user:password@host/database")
    analysts: bool = Field(
        False,
        description="Whether the loader also keeps tables for analysts, in the schema `analyst`: pseudonyms in place "
        "of what tells who is who. They take about as much as the tables of views.",
    )


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
    mappings: Path = Field(
        default_factory=lambda: ROOT / "mappings", description="Folder of the mappings, routes and facility overlays."
    )
    registry: Path | None = Field(
        None, description="The facility registry; by default `facilities/registry.yaml` of the mappings."
    )
    topics: Path | None = Field(None, description="The file of topics; by default `topics.yaml` of the mappings.")
    key_file: Path | None = Field(
        None, description="32 secret bytes in hex for keyed hashes; by default made in `home`."
    )
    optional_resources: tuple[str, ...] = Field(
        (),
        description="FHIR types of which optional resources are made too, such as `[Provenance]`, or `all`. They "
        "repeat what each event's envelope or other resources say: `Bundle`, `MessageHeader`, `Provenance`, `Device` "
        "and `DocumentReference` of the message itself; `Organization` of its sender and of authorities; `CareTeam` "
        "of a ROL, which makes a `PractitionerRole` and a participant of the `Encounter` too; `Basic` of the places "
        "where a patient was before; `DeviceDefinition`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    bus: BusSettings = BusSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    lake: LakeSettings | None = None
    listeners: tuple[AnyListener, ...] = (MllpSettings(),)
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    hold: HoldSettings = HoldSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    persons: PersonSettings = PersonSettings()
    application_acknowledgments: ApplicationAcknowledgmentSettings = ApplicationAcknowledgmentSettings()
    sinks: tuple[AnySink, ...] = Field((), description="Where alerts go that leave the engine.")
    observing: ObservingSettings = ObservingSettings()
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

    @field_validator("optional_resources", mode="before")
    @classmethod
    def _one_is_a_list(cls, types: Any) -> Any:
        return [types] if isinstance(types, str) else types

    @field_validator("listeners", mode="after")
    @classmethod
    def _names_differ(cls, listeners: tuple[AnyListener, ...]) -> tuple[AnyListener, ...]:
        names = [one.name for one in listeners]
        if len(set(names)) < len(names):
            raise ValueError("two listeners have one name - give each a name of its own")
        return listeners

    @field_validator("sinks", mode="after")
    @classmethod
    def _sinks_differ(cls, sinks: tuple[AnySink, ...]) -> tuple[AnySink, ...]:
        names = [one.name for one in sinks]
        if len(set(names)) < len(names):
            raise ValueError("two sinks have one name - give each a name of its own")
        return sinks

    def listeners_at(self, port: int) -> tuple[AnyListener, ...]:
        """The listeners, the first one for MLLP on this port."""
        first = next((one for one in self.listeners if isinstance(one, MllpSettings)), None)
        return tuple(one.model_copy(update={"port": port}) if one is first else one for one in self.listeners)

    def profile_files(self) -> list[Path]:
        """The conformance profiles of the mappings, and those that listeners name."""
        named = {one.profile.resolve(): one.profile for one in self.listeners if one.profile}
        shipped = {path.resolve(): path for path in self.mappings.glob("profiles/*.yaml")}
        return sorted({**named, **shipped}.values())

    def registry_file(self) -> Path:
        """Where the facility registry stands."""
        return self.registry or self.mappings / "facilities" / "registry.yaml"

    def views_folder(self) -> Path:
        """Where the views stand that are the warehouse's tables."""
        return self.mappings / "views"

    def topics_file(self) -> Path:
        """Where topics are declared."""
        return self.topics or self.mappings / "topics.yaml"


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
