"""engine.yaml and the environment as typed settings."""

from __future__ import annotations

from engine.config.listeners import (
    Answers,
    FilesSettings,
    ListenerSettings,
    MllpSettings,
    SocketSettings,
    TlsSettings,
    WebSettings,
)
from engine.config.settings import BusSettings, HttpSettings, Settings, SpoolSettings, WarehouseSettings, read_settings

__all__ = [
    "Answers",
    "BusSettings",
    "FilesSettings",
    "HttpSettings",
    "ListenerSettings",
    "MllpSettings",
    "Settings",
    "SocketSettings",
    "SpoolSettings",
    "TlsSettings",
    "WarehouseSettings",
    "WebSettings",
    "read_settings",
]
