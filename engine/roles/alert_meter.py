"""What the alert role counts and logs of the rules: which alert began or ended, and where to look; nothing else.

The place of an alert about a patient is where they live, and stands in no log.
"""

from __future__ import annotations

import structlog

from engine.alerts.alert import Status
from engine.alerts.course import News
from engine.alerts.standing import Standing
from engine.observe.metrics import Metrics

log = structlog.get_logger("alert")


class AlertMeter:
    """Counts what came of batches. Alerts that are told again after a crash are logged again, and counted again."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._firing: set[str] = set()

    def told(self, news: News) -> None:
        """Tell of what is other than before."""
        for standing in news.standing.values():
            self._tell(standing)
        for (rule, reason, facility), count in news.refused.items():
            self._metrics.alert_refusals.labels(rule=rule or "none", reason=reason).inc(count)
            log.warning("events could not be judged", rule=rule, reason=reason, facility=facility, count=count)

    def _tell(self, standing: Standing) -> None:
        alert = standing.alert
        began = alert.id not in self._firing
        if began:
            self._metrics.alerts_started.labels(rule=alert.rule).inc()
        if alert.status is Status.RESOLVED:
            self._metrics.alerts_ended.labels(rule=alert.rule).inc()
            self._firing.discard(alert.id)
        else:
            self._firing.add(alert.id)
        log.warning(
            "alert",
            alert=alert.id,
            rule=alert.rule,
            severity=alert.severity,
            status=alert.status,
            facility=alert.facility,
            subject=alert.subject,
            place="" if alert.subject else alert.place,
            escalated=standing.escalated,
            silenced=standing.silenced is not None or standing.quiet,
        )
