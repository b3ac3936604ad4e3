"""Messages of many people, as a hospital sends them: people, times and results differ, wards and doctors come again."""

from __future__ import annotations

import re
from random import Random

_NAMES = (
    "NGUYEN TRAN LE PHAM HOANG HUYNH PHAN VU VO DANG BUI DO HO NGO DUONG LY",
    "VAN THI HUU DUC NGOC MINH THANH QUOC KIM XUAN GIA BAO",
    "AN ANH BINH CHAU CUONG DUNG GIANG HA HAI HANH HOA HUNG LAN LINH LONG MAI NAM NGA PHUC QUANG SON THAO TUAN VY",
)
SURNAMES, MIDDLE, GIVEN = (names.split() for names in _NAMES)
WARDS = [f"K{number:02}^{room}^{bed}" for number in range(20) for room in (201, 202) for bed in "AB"]
DOCTORS = 120
DIAGNOSES = [f"{letter}{number}.{place}" for letter in "AIJKNS" for number in range(10, 40, 3) for place in range(3)]

_RESULT = re.compile(r"\|([0-9]+)\.5\|G/L")


def message_of(template: bytes, number: int) -> str:
    """The message of a template about one of the people, the same each time for the same number."""
    chance = Random(number)
    text = (template % ((number,) * template.count(b"%d"))).decode()
    for old, new in _differing(chance, number).items():
        text = text.replace(old, new)
    return _RESULT.sub(lambda _: f"|{chance.randrange(10, 200) / 10}|G/L", text)


def _differing(chance: Random, number: int) -> dict[str, str]:
    """What stands in the templates, and what stands in the message of one of the people."""
    surname, day = chance.choice(SURNAMES), f"2026{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    street, district = chance.randrange(1, 400), chance.randrange(1, 13)
    return {
        "NGUYEN^VAN^A": f"{surname}^{chance.choice(MIDDLE)}^{chance.choice(GIVEN)}",
        "NGUYEN^THI C": f"{chance.choice(SURNAMES)}^THI {chance.choice(GIVEN)}",
        "NGUYEN^VAN D": f"{surname}^VAN {chance.choice(GIVEN)}",
        "19800102|M": f"{chance.randrange(1930, 2025)}{day[4:]}|{chance.choice('MF')}",
        "12 DUONG SO 3^^QUAN 1^": f"{street} DUONG SO {chance.randrange(1, 60)}^^QUAN {district}^",
        "45 DUONG SO 9^^QUAN 3^": f"{street} DUONG SO {chance.randrange(1, 60)}^^QUAN {district}^",
        "079180001234": f"079180{number:06}",
        "GD4797912345678": f"GD4797912{number:06}",
        "|0903123456|": f"|09{chance.randrange(100):02}{number:06}|",
        "|0903": f"|09{chance.randrange(100):02}",
        "NOI^201^A": chance.choice(WARDS),
        "004777^LE^MINH^DUC": _doctor(chance),
        "004777^BUI^THI^CAM": _doctor(chance),
        "|004777|": f"|{_doctor(chance).partition('^')[0]}|",
        "J18.9": chance.choice(DIAGNOSES),
        "2026031408": f"{day}{chance.randrange(10, 20)}",
        "2026031409": f"{day}{chance.randrange(20, 24)}",
    }


def _doctor(chance: Random) -> str:
    number = chance.randrange(DOCTORS)
    places = number % len(SURNAMES), number % len(MIDDLE), number % len(GIVEN)
    return f"{4000 + number:06}^{SURNAMES[places[0]]}^{MIDDLE[places[1]]}^{GIVEN[places[2]]}"
