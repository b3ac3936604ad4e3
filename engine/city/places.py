"""The 168 communes of Ho Chi Minh City since 1 July 2025; `lists/communes.json` tells whose list it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

CITY = "Thành phố Hồ Chí Minh"
CITY_CODE = "79"
LIST = Path(__file__).parent / "lists" / "communes.json"
STREETS = ("Đường Mẫu", "Hẻm Mẫu", "Đường Số 7 Mẫu", "Khu phố Mẫu", "Đường Bờ Kênh Mẫu", "Đường Cây Mẫu")


class Commune(NamedTuple):
    """A ward, commune or special zone: its five-digit code and its name in full."""

    code: str
    name: str


@cache
def communes() -> tuple[Commune, ...]:
    """All of them, in the order of the list."""
    return tuple(Commune(code, name) for code, name in orjson.loads(LIST.read_bytes())["communes"])
