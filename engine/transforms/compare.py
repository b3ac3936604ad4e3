"""What differs between what a test expects and what came out: only what it names is looked at."""

from __future__ import annotations

from typing import Any


def differences(expected: Any, made: Any, where: str = "") -> list[str]:
    """One line for each place at which `made` is not what is expected; of lists the first entries are compared."""
    if isinstance(expected, dict) and isinstance(made, dict):
        return [
            line for key, value in expected.items() for line in differences(value, made.get(key), _join(where, key))
        ]
    if isinstance(expected, list) and isinstance(made, list) and len(made) >= len(expected):
        pairs = enumerate(zip(expected, made, strict=False), 1)
        return [line for index, (value, got) in pairs for line in differences(value, got, f"{where}[{index}]")]
    if expected == made and isinstance(expected, bool) == isinstance(made, bool):
        return []
    return [f"{where or 'all'}: expected {_show(expected)}, got {_show(made)}"]


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _show(value: Any) -> str:
    return "nothing" if value is None else repr(value)
