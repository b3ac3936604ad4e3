"""engine.yaml and the environment as typed settings."""

from __future__ import annotations

from engine.config.acknowledgments import ApplicationAcknowledgmentSettings, ClientTlsSettings
from engine.config.http import HttpSettings, HttpTlsSettings
from engine.config.listeners import (
    Answers,
    FilesSettings,
    ListenerSettings,
    MllpSettings,
    SocketSettings,
    TlsSettings,
    WebSettings,
)
from engine.config.observing import ObservingSettings
from engine.config.settings import BusSettings, Settings, SpoolSettings, WarehouseSettings, read_settings
from engine.config.sinks import AlertmanagerSettings, AnySink, MailSettings, TopicSettings, WebhookSettings

__all__ = [
    "AlertmanagerSettings",
    "Answers",
    "AnySink",
    "ApplicationAcknowledgmentSettings",
    "BusSettings",
    "ClientTlsSettings",
    "FilesSettings",
    "HttpSettings",
    "HttpTlsSettings",
    "ListenerSettings",
    "MailSettings",
    "MllpSettings",
    "ObservingSettings",
    "Settings",
    "SocketSettings",
    "SpoolSettings",
    "TlsSettings",
    "TopicSettings",
    "WarehouseSettings",
    "WebSettings",
    "WebhookSettings",
    "read_settings",
]
