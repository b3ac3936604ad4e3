"""Batches: messages between FHS, BHS … BTS, FTS in one payload (HL7 v2.9, 2.10.3)."""

from __future__ import annotations


def is_batch(payload: bytes) -> bool:
    """Whether the payload begins as a batch or a file of batches, so that it is no single message (F20)."""
    return payload[:16].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").startswith((b"FHS", b"BHS"))
