"""The settings of the lake: an append-only history in Iceberg, beside the warehouse."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ByteSize, Field, SecretStr

from engine.config.duration import Duration, Size
from engine.language.model import Section


class LakeSettings(Section):
    """A history in Apache Iceberg, which the role `load` keeps beside the warehouse; `lake: {}` is one under `home`."""

    catalog: SecretStr = Field(
        SecretStr(""),
        description="Database that lists tables and their states: postgresql://user:password@host/database, or "
        "sqlite:////file; by default SQLite under `home`.",
    )
    files: str = Field("", description="Where files go: a folder, or file://…, s3://…; by default under `home`.")
    every: Duration = Field(timedelta(minutes=2), description="How long a row waits for a commit at the most.")
    most: Size = Field(ByteSize(64 << 20), description="Bytes of events after which a commit waits no longer.")
