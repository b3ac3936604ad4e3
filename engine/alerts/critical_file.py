"""The kind `critical`: its part of a rule's file, and the table of limits."""

from __future__ import annotations

from engine.alerts.critical import Critical
from engine.alerts.keys import DURATION
from engine.alerts.kind import Kind
from engine.alerts.limits import Limit
from engine.alerts.reading import PAGE, read_age, read_choice, read_duration_us, read_number
from engine.alerts.units import read_unit
from engine.language.document import Node
from engine.language.gather import Gather
from engine.language.keys import TEXT, TEXTS, Key, keys, list_of, object_schema, reference

AGE = {"type": "string", "pattern": "^[0-9]+[dwmy]$"}

LIMIT = keys(
    name=Key("A name in lower-case words joined by hyphens, by which a limit is set at run time.", TEXT, required=True),
    code=Key("The code of the result, or several.", TEXTS, required=True),
    unit=Key("The unit of the numbers; results in another are converted, or refused.", TEXT, required=True),
    below=Key("A value below this is critical.", {"type": "number"}),
    above=Key("A value above this is critical.", {"type": "number"}),
    age_from=Key("Only for persons of this age and above.", AGE),
    age_under=Key("Only for persons below this age.", AGE),
    sex=Key("Only for persons of this sex.", {"enum": ["female", "male", "other", "unknown"]}),
    molar_mass=Key("Grams of a mole, so that mg/dL and mmol/L convert.", {"type": "number"}),
    valence=Key("Equivalents of a mole, so that mEq/L and mmol/L convert.", {"type": "number"}),
)
KEYS = keys(
    limits=Key("The limits; of those for a code the first that is for the person counts.", list_of(reference("limit"))),
    flags=Key("Flags of the laboratory that make any result critical, such as HH and LL.", TEXTS),
    remember=Key("How long after a result its alert ends by itself; 30d.", DURATION),
)
MONTH_US = 30 * 86_400_000_000


def parse(node: Node, name: str, gather: Gather) -> Critical | None:
    """The behavior that a rule's node describes."""
    limits = [_limit(entry, f"{name}.limits", gather) for entry in gather.entries(node.get("limits"))]
    seen: set[str] = set()
    for limit, entry in zip(limits, gather.entries(node.get("limits")), strict=True):
        if limit and limit.name in seen:
            gather.add(entry.mark, "A102", f"{name}.limits", f"the limit {limit.name!r} stands here again", "rename it")
        seen |= {limit.name} if limit else set()
    flags = frozenset(gather.texts(node.get("flags"), f"{name}.flags"))
    if not limits and not flags:
        gather.add(node.mark, "A108", name, "nothing is critical", "give limits, flags or both")
    remember_us = read_duration_us(node.get("remember"), f"{name}.remember", gather, MONTH_US)
    return Critical(tuple(one for one in limits if one), flags, remember_us)


def _limit(node: Node, where: str, gather: Gather) -> Limit | None:
    if not gather.keys(node, where, LIMIT, [key for key, told in LIMIT.items() if told.required]):
        return None
    numbers = {key: read_number(node.get(key), f"{where}.{key}", gather) for key in ("below", "above")}
    if not node.get("below") and not node.get("above"):
        gather.add(node.mark, "A108", where, "nothing is critical", "write below, above or both")
    sex = node.get("sex")
    return Limit(
        name=gather.text(node.get("name"), where),
        codes=frozenset(gather.texts(node.get("code"), f"{where}.code")),
        unit=_unit(node.get("unit"), where, gather),
        below=numbers["below"],
        above=numbers["above"],
        from_days=read_age(node.get("age_from"), f"{where}.age_from", gather),
        under_days=read_age(node.get("age_under"), f"{where}.age_under", gather),
        sex=read_choice(sex, f"{where}.sex", ("female", "male", "other", "unknown"), gather) if sex else "",
        molar_mass=read_number(node.get("molar_mass"), f"{where}.molar_mass", gather),
        valence=read_number(node.get("valence"), f"{where}.valence", gather),
    )


def _unit(node: Node | None, where: str, gather: Gather) -> str:
    text = gather.text(node, f"{where}.unit")
    if node is not None and text and read_unit(text) is None:
        gather.add(node.mark, "A109", f"{where}.unit", f"the unit {text!r} is not known", f"write mmol/L; {PAGE}")
    return text


CRITICAL = Kind(
    "critical",
    "Results beyond their critical limits, or flagged so by the laboratory.",
    KEYS,
    parse,
    {"limit": object_schema(LIMIT)},
)
