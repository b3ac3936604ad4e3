"""The alerts that fire, as the compacted topic `alerting` has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from engine.alerts.alert import Severity, Status
from engine.alerts.standing import Standing, decode
from engine.bus.record import Record


class OpenAlerts:
    """Of every alert that fires the last word; none of those that rest on old messages, of which nobody is told."""

    def __init__(self) -> None:
        self._firing: dict[str, Standing] = {}

    def take(self, records: Iterable[Record]) -> None:
        """Go by these words from now on; a record that says nothing is passed over."""
        for record in records:
            standing = _read(record)
            if standing and standing.alert.status is Status.FIRING and not standing.quiet:
                self._firing[record.key.decode()] = standing
            elif standing or not record.value:
                self._firing.pop(record.key.decode(), None)

    def by_severity(self, now_us: int) -> dict[Severity, int]:
        """How many fire that nobody silenced, of each severity."""
        counts = Counter(one.alert.severity for one in self._firing.values() if not is_silenced(one, now_us))
        return {severity: counts[severity] for severity in Severity}

    def newest_first(self) -> list[Standing]:
        """All that fire, the worst first and of those the newest."""
        worst = list(Severity)
        return sorted(self._firing.values(), key=lambda one: (worst.index(one.alert.severity), -one.alert.started_us))


def is_silenced(standing: Standing, now_us: int) -> bool:
    """Whether nobody is to hear of it now."""
    return standing.silenced is not None and standing.silenced.until_us > now_us


def _read(record: Record) -> Standing | None:
    try:
        return decode(record.value) if record.value else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
