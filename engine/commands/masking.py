"""Values of messages so that their shape can be seen and nothing else."""

from __future__ import annotations

LONGEST = 24


def mask(value: str) -> str:
    """Letters as x or X, digits as 9, other signs of ASCII as they are, at most 24 characters."""
    return "".join(_mask(character) for character in value[:LONGEST])


def _mask(character: str) -> str:
    if not character.isprintable():
        return "?"
    if character.isnumeric():
        return "9"
    if character.isascii() and not character.isalpha():
        return character
    return "X" if character.isupper() else "x"  # marks of letters, and signs beyond ASCII, are letters here
