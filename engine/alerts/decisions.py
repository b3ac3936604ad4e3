"""What people decided about alerts while the engine runs: topic `alert_settings`, compacted, the last word on each.

Acknowledgments, silences and numbers of rules that differ from their files, each with who, when and why. A deployment
leaves them as they are; an empty word takes one back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from engine.alerts.alert import Alert
from engine.alerts.standing import HEADERS, Acknowledged
from engine.bus.record import Record

TOPIC = "alert_settings"


class Setting(NamedTuple):
    """A number of a rule that somebody set."""

    rule: str
    name: str
    value: float
    who: str
    at_us: int
    why: str


class Silence(NamedTuple):
    """A window in which nobody is told of the alerts that are of its rule, its facility, its id; empty is any."""

    id: str
    from_us: int
    until_us: int
    who: str
    at_us: int
    why: str
    rule: str = ""
    facility: str = ""
    alert: str = ""

    def covers(self, alert: Alert, now_us: int) -> bool:
        """Whether nobody is told of this alert now."""
        asked = ((self.rule, alert.rule), (self.facility, alert.facility), (self.alert, alert.id))
        return self.from_us <= now_us < self.until_us and all(not want or want == has for want, has in asked)


@dataclass(slots=True)
class Decisions:
    """All that stands."""

    settings: dict[tuple[str, str], Setting] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)

    def of_rule(self, rule: str) -> Mapping[str, float]:
        """The numbers that were set for a rule."""
        return {one.name: one.value for one in self.settings.values() if one.rule == rule}

    def silence(self, alert: Alert, now_us: int) -> Silence | None:
        """The silence that covers an alert longest."""
        found = [one for one in self.silences.values() if one.covers(alert, now_us)]
        return max(found, key=lambda one: (one.until_us, one.id), default=None)


def encode_setting(setting: Setting) -> Record:
    """The word that a number was set."""
    return _record(f"set/{setting.rule}/{setting.name}", setting._asdict())


def encode_unset(rule: str, name: str) -> Record:
    """The word that the file counts again."""
    return _record(f"set/{rule}/{name}", None)


def encode_silence(silence: Silence) -> Record:
    """The word that nobody is told; one that ends earlier takes the place of that with the same id."""
    return _record(f"silence/{silence.id}", silence._asdict())


def encode_acknowledged(alert: str, acknowledged: Acknowledged) -> Record:
    """The word that somebody took an alert over."""
    return _record(f"acknowledge/{alert}", acknowledged._asdict())


def encode_forgotten(alert: str) -> Record:
    """The word that nobody need know any more who took an alert over."""
    return Record(TOPIC, f"acknowledge/{alert}".encode(), b"", HEADERS)


def read_decisions(records: Iterable[Record]) -> Decisions:
    """What stands after these records in order; a record that says nothing is passed over."""
    found = Decisions()
    for record in records:
        try:
            _read(found, *record.key.decode().split("/", 2), body=orjson.loads(record.value or b"null"))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _read(found: Decisions, what: str, name: str, setting: str = "", *, body: dict[str, Any] | None) -> None:
    if what == "set":
        _put(found.settings, (name, setting), _number(Setting(**body)) if body else None)
    elif what == "silence":
        _put(found.silences, name, Silence(**body) if body else None)
    elif what == "acknowledge":
        _put(found.acknowledged, name, Acknowledged(**body) if body else None)


def _number(setting: Setting) -> Setting:
    if isinstance(setting.value, bool) or not isinstance(setting.value, int | float):
        raise TypeError("a word sets no number - see engine/alerts/decisions.py")
    return setting


def _put(held: dict[Any, Any], key: object, value: object | None) -> None:
    if value is None:
        held.pop(key, None)
    else:
        held[key] = value


def _record(key: str, body: object) -> Record:
    return Record(TOPIC, key.encode(), orjson.dumps(body), HEADERS)
