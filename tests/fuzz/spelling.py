"""Values as YAML, in one of its many spellings; a text may be of the kind that has to be quoted, and is not."""

from __future__ import annotations

import json
import random
import re
from typing import Any

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9._-]*\Z")
_PLAIN = re.compile(r"[A-Za-z0-9.][A-Za-z0-9 .*()|&=_/-]*\Z")
_ODD = re.compile(r"[0-9.eE+-]+\Z|null\Z|true\Z|false\Z")


def spell(value: Any, dice: random.Random, indent: int = 0) -> str:
    """The value from where a line begins, in blocks or in one line, `indent` blanks in."""
    if isinstance(value, dict) and value and (indent < 2 or dice.random() < 0.6):
        return "".join(f"{' ' * indent}{_key(key, dice)}:{_entry(one, dice, indent)}" for key, one in value.items())
    if isinstance(value, list) and value and dice.random() < 0.6:
        return "".join(f"{' ' * indent}-{_entry(one, dice, indent)}" for one in value)
    return f"{' ' * indent}{_flow(value, dice)}\n"


def _entry(value: Any, dice: random.Random, indent: int) -> str:
    """What follows a colon or a hyphen: the value on the same line, or a block below it."""
    written = spell(value, dice, indent + 2)
    is_block = isinstance(value, dict | list) and "\n" in written.rstrip("\n")
    return f"\n{written}" if is_block or _is_short_block(value, written) else f" {written.lstrip(' ')}"


def _is_short_block(value: Any, written: str) -> bool:
    return isinstance(value, dict | list) and written.lstrip(" ")[:1] not in "[{"


def _flow(value: Any, dice: random.Random) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key, dice)}: {_flow(one, dice)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one, dice) for one in value) + "]"
    return _text(value, dice) if isinstance(value, str) else json.dumps(value)


def _key(key: str, dice: random.Random) -> str:
    return key if _KEY.match(key) and dice.random() < 0.95 else _text(key, dice)


def _text(text: str, dice: random.Random) -> str:
    if _PLAIN.match(text) and not _ODD.match(text) and dice.random() < 0.8:
        return text
    if dice.random() < 0.001:
        return text
    return json.dumps(text) if dice.random() < 0.6 else "'" + text.replace("'", "''") + "'"
