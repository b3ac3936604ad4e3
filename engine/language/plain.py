"""Text for terminals: what somebody sent or wrote neither moves the cursor nor hides a word."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text with every sign spelled out that steers a terminal or cannot be seen; line ends stay."""
    return text if text.isprintable() else "".join(map(_spell, text))


def _spell(sign: str) -> str:
    return sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode()
