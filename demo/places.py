"""A dozen communes of Ho Chi Minh City as they stand since 1 July 2025.

Codes and names from vietnamadminunits 1.0.4 (PyPI), MIT License, Copyright (c) 2025 Tran Ngoc Minh Hieu.
"""

from __future__ import annotations

from dataclasses import dataclass

CITY = "Thành phố Hồ Chí Minh"
CITY_CODE = "79"


@dataclass(frozen=True, slots=True)
class Commune:
    """A ward or commune: its five-digit code and its name in full."""

    code: str
    name: str


COMMUNES = (
    Commune("25942", "Phường Dĩ An"),
    Commune("26506", "Phường Vũng Tàu"),
    Commune("26743", "Phường Bến Thành"),
    Commune("26737", "Phường Tân Định"),
    Commune("26824", "Phường Thủ Đức"),
    Commune("26884", "Phường Gò Vấp"),
    Commune("27139", "Phường Xuân Hòa"),
    Commune("27301", "Phường Chợ Quán"),
    Commune("27460", "Phường An Lạc"),
    Commune("27553", "Xã Củ Chi"),
    Commune("27619", "Xã Bình Hưng"),
    Commune("27664", "Xã Cần Giờ"),
)
