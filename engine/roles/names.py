"""The roles of the engine."""

from __future__ import annotations

from enum import StrEnum


class RoleName(StrEnum):
    """A part of the way of a message that runs as a process of its own."""

    LISTEN = "listen"
    TRANSFORM = "transform"
    LOAD = "load"
    ALERT = "alert"
    ANSWER = "answer"
    OBSERVE = "observe"
