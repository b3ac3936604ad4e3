"""The communes of today, and which of them a ward of before July 2025 lies in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

LIST = Path(__file__).parent / "legacy-communes.json"


class Communes(NamedTuple):
    """Communes by code, what each ward of before became, and the wards that were divided."""

    names: Mapping[str, str]
    became: Mapping[str, str]
    divided: frozenset[str]

    def today(self, code: str, *, legacy: bool) -> str | None:
        """The commune of today that a code of today or of before names; None for none of the city.

        Five codes of before are another commune's today: whoever has a code must know of which list it is. A ward that
        was divided counts whole for the commune that got most of it.
        """
        if legacy:
            return self.became.get(code)
        return code if code in self.names else None


@cache
def communes() -> Communes:
    """Those of the list that the engine carries."""
    body = orjson.loads(LIST.read_bytes())
    return Communes(body["communes"], body["became"], frozenset(body["divided"]))
