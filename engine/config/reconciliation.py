"""The settings of the account that the loader takes of what was received."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from engine.config.duration import Duration
from engine.language.model import Section


class ReconciliationSettings(Section):
    """The account that the role `load` takes of what was received: a table of the warehouse, and metrics."""

    every: Duration = Field(timedelta(minutes=15), description="How often it is taken; `0s`: never.")
    back: Duration = Field(timedelta(hours=24), description="How far back it goes; older hours stay as counted.")
