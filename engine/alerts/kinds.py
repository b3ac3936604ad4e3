"""The kinds of rules that there are; a further one is a line here."""

from __future__ import annotations

from collections.abc import Mapping

from engine.alerts.critical_file import CRITICAL
from engine.alerts.feeds.feed_file import FEED
from engine.alerts.kind import Kind
from engine.alerts.notifiable_file import NOTIFIABLE
from engine.alerts.surveillance.outbreak_file import OUTBREAK

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (CRITICAL, NOTIFIABLE, OUTBREAK, FEED)}
