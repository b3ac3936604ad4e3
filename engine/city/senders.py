"""The facilities of the city that send: a made-up set of any size, or those of a registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from engine.city.places import communes
from engine.city.sectors import departments_of, fed, level_of, sector_of
from engine.city.vendors import COMMON, PLAIN, VENDORS, Codec, Vendor
from engine.facilities.facility import Facility
from engine.hl7.charset import codec_of

Kind = Literal["hospital", "centre", "station", "clinic"]

COUNTS: dict[Kind, int] = {"hospital": 164, "centre": 38, "station": 168 + 296, "clinic": 10_627}
"""The facilities of the city: a set of some begins with hospitals; stations with their satellite points."""
SHARES: dict[Kind, float] = {"hospital": 0.65, "centre": 0.12, "station": 0.05, "clinic": 0.18}
"""Of all visits; that hospitals have 65 % of them is an estimate, the rest is made up."""
LETTERS: dict[Kind, str] = {"hospital": "B", "centre": "T", "station": "X", "clinic": "P"}
NAMES: dict[Kind, tuple[str, str]] = {
    "hospital": ("Bệnh viện Mẫu", "BV MAU"),
    "centre": ("Trung tâm Y tế khu vực Mẫu", "TTYT MAU"),
    "station": ("Trạm Y tế Mẫu", "TYT MAU"),
    "clinic": ("Phòng khám Mẫu", "PK MAU"),
}
CHILDREN_EVERY = 12
"""Each twelfth hospital is one for children."""
_LARGEST = 8


@dataclass(frozen=True, slots=True)
class Sender:
    """One facility: `claims` is what it writes into MSH-4.1, `authority` into PID-3.4; `home` indexes its commune."""

    code: str
    name: str
    kind: Kind
    vendor: Vendor
    claims: str
    authority: str
    home: int
    weight: float = 1.0
    for_children: bool = False
    sector: str = "public"
    level: str = ""
    departments: tuple[str, ...] = ("K01",)
    """Codes of PV1-3.1; the first one is that of visits by day."""
    feeding: tuple[str, ...] = ("K01",)
    """Those of them whose systems send."""

    @property
    def accepts(self) -> str:
        """The acknowledgment code that a good message of it gets; empty when it asks for none."""
        return {"": "AA", "AL": "CA", "NE": ""}[self.vendor.accept]


def made_senders(count: int, seed: int) -> tuple[Sender, ...]:
    """So many facilities: hospitals first, then regional centres, stations and clinics, the largest of each first."""
    rng = Random(seed)
    kinds = [(kind, number) for kind, most in COUNTS.items() for number in range(1, most + 1)][:count]
    return _weighted([_made(kind, number, rng) for kind, number in kinds])


def senders_of(facilities: Iterable[Facility]) -> tuple[Sender, ...]:
    """The facilities of a registry, each writing in the plainest form that its entry allows."""
    known = [one for one in facilities if one.kind in COUNTS]
    return _weighted([_registered(one, number) for number, one in enumerate(known)])


def _made(kind: Kind, number: int, rng: Random) -> Sender:
    code = f"79{LETTERS[kind]}{number:0{5 if kind == 'clinic' else 3}d}"
    (vendor,) = rng.choices(VENDORS, COMMON)
    name, short = NAMES[kind]
    children = kind == "hospital" and not number % CHILDREN_EVERY
    claims = code if rng.random() < 0.5 else f"{short} {number}"
    departments = departments_of(kind, number)
    return Sender(
        code=code,
        name=f"{name} {number}",
        kind=kind,
        vendor=vendor,
        claims=claims,
        authority=code,
        home=rng.randrange(len(communes())),
        for_children=children,
        sector=sector_of(kind, number),
        level=level_of(kind, number),
        departments=departments,
        feeding=fed(departments, number),
    )


def _registered(facility: Facility, number: int) -> Sender:
    charset = facility.charset or facility.charset_default or ""
    vendor = replace(
        PLAIN,
        application=next(iter(facility.applications), PLAIN.application),
        codec=_codec(charset),
        identifier_type=facility.identifier_types[0],
        registry_charset=charset,
    )
    claims = next(iter(facility.senders), facility.code)
    authority = next(iter(facility.authorities), facility.code)
    kind: Kind = next((kind for kind in COUNTS if kind == facility.kind), "hospital")
    departments = facility.departments or departments_of("hospital", 1)
    return Sender(
        code=facility.code,
        name=facility.name,
        kind=kind,
        vendor=vendor,
        claims=claims,
        authority=authority,
        home=37 * number % len(communes()),
        sector=facility.sector,
        level=facility.level,
        departments=departments,
        feeding=departments,
    )


def _codec(charset: str) -> Codec:
    known: dict[str | None, Codec] = {"tcvn3": "tcvn3", "vni": "vni", "windows-1258": "cp1258"}
    return known.get(codec_of(charset), "utf-8")


def _weighted(senders: Sequence[Sender]) -> tuple[Sender, ...]:
    """Each with its share of the visits: those of a kind by rank, the first ones larger than the many after them."""
    ranks = {kind: [one.code for one in senders if one.kind == kind] for kind in COUNTS}
    places = {code: rank for codes in ranks.values() for rank, code in enumerate(codes)}
    sums = {kind: sum(1 / (rank + _LARGEST) for rank in range(len(codes))) for kind, codes in ranks.items()}
    return tuple(
        replace(one, weight=SHARES[one.kind] / sums[one.kind] / (places[one.code] + _LARGEST)) for one in senders
    )
