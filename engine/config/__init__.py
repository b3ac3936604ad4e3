"""engine.yaml and the environment as typed settings."""

from __future__ import annotations

from engine.config.acknowledgments import ApplicationAcknowledgmentSettings, ClientTlsSettings
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
    "ApplicationAcknowledgmentSettings",
    "BusSettings",
    "ClientTlsSettings",
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
