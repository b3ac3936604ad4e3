"""The settings of dead letters: how many are too many, and how long a message waits before it is one."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from engine.config.duration import Duration
from engine.language.model import Section


class DeadLetterSettings(Section):
    """When the transformer stops by itself, as after a mapping was deployed that fails on everything.

    Both limits must be passed, and passed too by all senders but the one with the most dead letters, so that no sender
    alone stops the others. `engine dead release`, or a corrected mapping, starts it again.
    """

    most: int = Field(500, ge=0, description="Dead letters of the transformer within `window`; 0: it never stops.")
    share: float = Field(0.5, gt=0, le=1, description="Their part in all messages within `window`.")
    window: Duration = Field(timedelta(minutes=10), description="How far back is counted.")


class HoldSettings(Section):
    """How the transformer goes on when the bus takes some messages and not others, as when a partition has no leader.

    The keys of those wait, each by itself and in order, while all others flow.
    """

    most: int = Field(10_000, ge=1, description="Messages that wait; where more would, everything waits.")
    time: Duration = Field(timedelta(minutes=30), description="How long one waits before it becomes a dead letter.")
