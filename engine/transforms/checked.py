"""Which sets of mappings were found without fault, so that a role that starts again need not check its own anew.

A set is known by the hash of all that its files hold, beside that of the code that checked it: any other byte, or any
other version of the engine, and it is checked. What is remembered are hashes alone, in a file of the engine's home.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from engine.language.fault import Faults
from engine.language.files import read_content

FILE = "checked"
MOST = 16
"""Sets that are remembered, the newest last."""
MOST_BYTES = 1 << 13

_HASH = re.compile("[0-9a-f]{64}")
_CODE = Path(__file__).parents[1]


class Checked:
    """The sets that were found without fault by whoever has this home."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    def __contains__(self, content: str) -> bool:
        """Whether the set of this hash was found without fault by this code."""
        return _beside_code(content) in self._hashes()

    def add(self, content: str) -> None:
        """Remember that the set of this hash is without fault; where nothing can be written nothing is remembered."""
        own = _beside_code(content)
        lines = [*(one for one in self._hashes() if one != own), own][-MOST:]
        fresh = self._path.with_name(f"{FILE}.{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text("".join(f"{one}\n" for one in lines), "ascii")
            fresh.replace(self._path)

    def _hashes(self) -> list[str]:
        try:
            content = read_content(self._path, MOST_BYTES)
        except Faults:
            return []
        return _HASH.findall(content.decode("ascii", "replace"))


def _beside_code(content: str) -> str:
    return sha256(f"{content} {_code()}".encode()).hexdigest()


@cache
def _code() -> str:
    """The hash of the engine's own files, of which some part of each check depends."""
    hashed = sha256()
    for path in sorted(one for one in _CODE.rglob("*") if one.suffix in (".py", ".json")):
        hashed.update(f"{path.relative_to(_CODE)} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return hashed.hexdigest()
