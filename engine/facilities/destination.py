"""Where a facility hears from us: an address that we connect to."""

from __future__ import annotations

import re
from typing import NamedTuple

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DESTINATION = re.compile(rf"({_HOST}(?:\.{_HOST}){{0,31}}|\[[0-9A-Fa-f:.]{{2,45}}\]):([0-9]{{1,5}})", re.ASCII)


class Destination(NamedTuple):
    """A host and its port; written `lab.hospital.example:2576`, `10.1.2.3:2576` or `[fd00::1]:2576`."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_destination(text: str) -> Destination:
    """The destination that the text spells; raises ValueError where it spells none."""
    found = _DESTINATION.fullmatch(text)
    port = int(found[2]) if found else 0
    if found is None or not 0 < port < 65536:
        raise ValueError("is no address - write host:port such as lab.hospital.example:2576")
    return Destination(found[1].strip("[]"), port)


def known_destination(text: str) -> str:
    """The text, if it spells a destination; raises ValueError where it does not."""
    return str(read_destination(text))
