"""The settings of the process that watches the whole engine."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from engine.config.duration import Duration
from engine.language.model import Section


class ObservingSettings(Section):
    """What the role `observe` goes by: it counts by facility, and serves the status page."""

    objective: Duration = Field(
        timedelta(seconds=60), description="Within which a message should be in the warehouse; later ones are late."
    )
    every: Duration = Field(timedelta(seconds=1), description="Time between two looks at the topics.")
    lag_every: Duration = Field(
        timedelta(seconds=10), description="Time between two looks at how far groups are behind."
    )
