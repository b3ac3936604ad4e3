"""Faults of reading: what the standard does not allow in the bytes or the text at hand."""

from __future__ import annotations

from enum import StrEnum


class HL7Fault(ValueError):
    """Something that cannot be read: a code out of a closed set, a position, and a sentence, never content.

    The sentence reads "what happened (where) - next step". `code` is fit for a dead letter's reason, `position`
    for its place, such as `MSH-2` or `PID-3[2].1`.
    """

    code: StrEnum

    def __init__(self, code: StrEnum, position: str, what: str, next_step: str) -> None:
        super().__init__(f"{what} ({position}) - {next_step}")
        self.code = code
        self.position = position
