"""The kind `outbreak`: its part of a rule's file."""

from __future__ import annotations

import re
from datetime import date

from engine.alerts.kind import Kind
from engine.alerts.reading import read_choice, read_number
from engine.alerts.surveillance.ears import BASELINE
from engine.alerts.surveillance.history import LEAST_YEARS
from engine.alerts.surveillance.outbreak import METHODS, STATUTORY, Outbreak
from engine.alerts.surveillance.statutory import Spread
from engine.language.document import Node
from engine.language.gather import Gather
from engine.language.keys import TEXT, TEXTS, Key, keys

NUMBER = {"type": "number", "minimum": 0}
EVERY = (STATUTORY, *METHODS)
SPREADS = (Spread.ENDEMIC, Spread.NOT_ENDEMIC, Spread.GROUP_A)
KEYS = keys(
    disease=Key("The name under which it is counted, as files of history have it.", TEXT, required=True),
    codes=Key("What its ICD-10 codes begin with: one, or several.", TEXTS, required=True),
    spread=Key("How the law looks at it in the communes: endemic.", {"enum": list(SPREADS)}),
    methods=Key("How it is judged; all of them.", {"type": "array", "items": {"enum": list(EVERY)}}),
    least_sd=Key("EARS: what stands in for a smaller standard deviation; 0.5.", NUMBER),
    least_days=Key("EARS: days of a baseline that must be known; 7.", NUMBER),
    least_cases=Key("EARS: cases of a day with fewer than which there is no alarm; 3.", NUMBER),
    least_years=Key("The law: years that must be known; 3.", NUMBER),
    since=Key("The first day whose cases are known, as 2026-07-01; without it all days are.", TEXT),
)
_WORD = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
_CODE = re.compile(r"[A-Z][0-9]{2}(\.[0-9A-Z]{1,4})?\Z")


def parse(node: Node, name: str, gather: Gather) -> Outbreak | None:
    """The behavior that a rule's node describes."""

    def number(key: str, default: float) -> float:
        found = read_number(node.get(key), f"{name}.{key}", gather)
        return default if found is None else found

    return Outbreak(
        disease=_disease(node.get("disease"), f"{name}.disease", gather),
        codes=_codes(node.get("codes"), f"{name}.codes", gather),
        spread=Spread(read_choice(node.get("spread"), f"{name}.spread", SPREADS, gather)),
        methods=_methods(node.get("methods"), f"{name}.methods", gather),
        least_sd=number("least_sd", 0.5),
        least_days=round(number("least_days", BASELINE)),
        least_cases=round(number("least_cases", 3)),
        least_years=round(number("least_years", LEAST_YEARS)),
        since=_since(node.get("since"), f"{name}.since", gather),
    )


def _disease(node: Node | None, where: str, gather: Gather) -> str:
    text = gather.text(node, where)
    if node is not None and not _WORD.match(text):
        hint = "write lower-case letters and hyphens, such as dengue"
        gather.add(node.mark, "A101", where, f"{text!r} is no name for a disease", hint)
    return text


def _codes(node: Node | None, where: str, gather: Gather) -> tuple[str, ...]:
    found = gather.texts(node, where)
    for text in found:
        if node is not None and not _CODE.match(text):
            hint = "write it as A97 or B08.4"
            gather.add(node.mark, "A103", where, f"{text!r} is no code of ICD-10", hint)
    return found


def _methods(node: Node | None, where: str, gather: Gather) -> frozenset[str]:
    found = gather.texts(node, where)
    for text in set(found) - {*EVERY}:
        if node is not None:
            gather.add(node.mark, "A103", where, f"{text!r} has no meaning here", f"write {' or '.join(EVERY)}")
    return frozenset(found or EVERY)


def _since(node: Node | None, where: str, gather: Gather) -> date | None:
    text = gather.text(node, where)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        if node is not None:
            gather.add(node.mark, "A105", where, f"{text!r} is no day", "write it as 2026-07-01")
        return None


OUTBREAK = Kind(
    "outbreak",
    "Diseases of which a commune has more cases than the law, or the days before, let expect.",
    KEYS,
    parse,
)
