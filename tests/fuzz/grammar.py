"""Mapping files made by the language's own grammar, so that most load, and a wrong word here and there."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from engine.canonical import r4
from engine.hl7.charset import _NAMES as CHARSETS
from tests.fuzz.sides import (
    SOURCES,
    TYPED,
    WORDS,
    WRONG,
    condition,
    elements,
    field_path,
    ground,
    or_wrong,
    part_path,
    required,
    right_side,
    some,
    some_field,
)

Made = dict[str, Any] | list[Any] | str


DATATYPES = ("Identifier", "HumanName", "Address", "CodeableConcept", "Coding", "Quantity", "Period", "Reference")


FROM_FIELDS = ("Practitioner", "PractitionerRole", "Organization", "Location", "RelatedPerson")
"""Resources that a field may make."""

NAMED = ("CX", "XPN", "CWE", "ZZZ", "XCN")


FACILITIES = ("79991", "79902", "medsys", "x", "A b", "*")


ZONES = (
    "Asia/Ho_Chi_Minh",
    "Asia",
    "",
    "UTC",
    "../UTC",
    "/etc/passwd",
    "America/Argentina",
    "tzdata.zi",
    "a" * 300,
    "\0",
)


def message(dice: random.Random) -> Made:
    resources = _resources(dice, 0)
    made = {"message": dice.choice(("ADT_A01", "ORU_R01", "ZZZ_Z99", "ADT")), "events": ["A01", "R01"]}
    made |= {"needs": some(dice, SOURCES, 2)} if dice.random() < 0.2 else {}
    return made | {"resources": resources, **_tests(dice, {"message": "samples/adt-a01.hl7"})}


def _resources(dice: random.Random, depth: int) -> dict[str, Any]:
    names = some(dice, tuple(ground().segments), 3 - depth)
    keys = [f"{name.partition('.')[2]}{dice.choice(('', '[*]'))}" for name in names]
    made: dict[str, Any] = {key: _resource(name, keys, dice) for key, name in zip(keys, names, strict=True)}
    if dice.random() < 0.5 - depth / 8:
        made["groups"] = [_group(dice, depth) for _ in range(dice.randrange(1, 3))]
    return made


def _resource(name: str, keys: list[str], dice: random.Random) -> dict[str, Any]:
    segment, _, kind = name.partition(".")
    made: dict[str, Any] = {"from": or_wrong(segment, dice)}
    also = [other.partition(".")[0] for other in ground().segments if other.endswith(f".{kind}")]
    if dice.random() < 0.5:
        made["also"] = [_further(one, kind, dice) for one in some(dice, also, 2) if one != segment]
    types = {key.removesuffix("[*]") for key in keys}
    references = [one.name for one in r4.elements(kind).values() if types.intersection(one.targets)]
    made |= {dice.choice(references): dice.choice(keys) for _ in range(dice.randrange(-3, 3)) if references}
    made |= {"when": condition(some_field(dice), dice)} if dice.random() < 0.2 else {}
    made |= {"optional": dice.choice((True, False, "no"))} if dice.random() < 0.1 else {}
    made |= {"undoes": [_undone(kind, dice) for _ in range(dice.randrange(3))]} if dice.random() < 0.1 else {}
    made |= {"identity": identity(dice, keys)} if dice.random() < 0.9 else {}
    more = elements(kind, some_field(dice), dice, 1) if dice.random() < 0.2 else {}
    return made | {"elements": more | required(kind)}


def _further(segment: str, kind: str, dice: random.Random) -> Any:
    """A further segment of a resource, at times with a condition, as lines, or into a list that there is."""
    name = segment + dice.choice(("", "", "", "[*]"))
    if dice.random() < 0.7:
        return name
    made = {"from": name}
    made |= {"when": condition(some_field(dice), dice)} if dice.random() < 0.4 else {}
    made |= {"lines": field_path(segment, dice).partition("[")[0]} if dice.random() < 0.3 else {}
    return made | ({"into": or_wrong(_element(kind, dice), dice)} if dice.random() < 0.4 else {})


def _undone(kind: str, dice: random.Random) -> Any:
    name = or_wrong(_element(kind, dice), dice)
    return name if dice.random() < 0.6 else {"element": name, "when": condition(some_field(dice), dice)}


def _element(kind: str, dice: random.Random) -> str:
    return dice.choice(tuple(r4.elements(kind)) or ("x",))


def _group(dice: random.Random, depth: int) -> dict[str, Any]:
    resources = _resources(dice, depth + 1)
    begins = [one["from"] for key, one in resources.items() if key != "groups"]
    return {
        "group": dice.choice(("ORDER", "A", "B")),
        "begins": "|".join(dict.fromkeys(begins)),
        "resources": resources,
    }


def segment(dice: random.Random) -> Made:
    source, kind = dice.choice(SOURCES), dice.choice(TYPED)
    made = {"segment": source, "resource": or_wrong(kind, dice), "identity": identity(dice)}
    made["elements"] = required(kind) | elements(kind, lambda: field_path(source, dice), dice, 0)
    return made | {"sample": f"{source}|1||7^^^A^MR~8|a&b^c", **_tests(dice, {"change": {f"{source}-3": "x"}})}


def datatype(dice: random.Random) -> Made:
    kind = dice.choice((*DATATYPES, *FROM_FIELDS))
    made = {"datatype": dice.choice(NAMED), "type": kind, "elements": elements(kind, lambda: part_path(dice), dice, 0)}
    if kind in FROM_FIELDS and dice.random() > WRONG:
        made |= {"identity": {"n": some(dice, (".1", ".2", ".1.1", ".9.1 if valued"), 3)}}
        made |= {"display": right_side(r4.elements("Reference")["display"], lambda: part_path(dice), dice)}
    return made | {"sample": "a^b&c^20250101", **_tests(dice, {})}


def table(dice: random.Random) -> Made:
    codes: Any = {dice.choice(WORDS): _code(dice) for _ in range(dice.randrange(6))}
    if dice.random() < 0.2:
        codes = dice.choice(("tables/79902-lab.csv", "codes.csv", "a" * 300, "\0", "/dev/zero", "../x.csv", "."))
    made = {"table": "AdministrativeSex", "codes": codes, "system": dice.choice(("http://x", "", "a b"))}
    made |= {"default": _code(dice)} if dice.random() < 0.4 else {}
    return made | ({"partial": dice.choice((True, False, "yes"))} if dice.random() < 0.3 else {})


def _code(dice: random.Random) -> Any:
    if dice.random() < 0.7:
        return dice.choice(WORDS)
    return {"code": dice.choice(WORDS), "system": "http://x", "display": dice.choice(WORDS)}


def sheet(dice: random.Random) -> Made:
    return _rows(dice, ("code", "target", "display", "system"))


def facilities_sheet(dice: random.Random) -> Made:
    return _rows(dice, ("code", "name", "zone", "charset", "addresses", "senders", "answers_to"))


def _rows(dice: random.Random, columns: tuple[str, ...]) -> str:
    header = list(dice.sample(columns, dice.randrange(1, len(columns) + 1)))
    header += [dice.choice((*columns, "x"))] if dice.random() < 0.1 else []
    cells = (*WORDS, *ZONES, "10.0.0.0/8", "a;b;c", '"a ""b"", c"', '"', "UTF-8", "a:1", " ")
    size = len(header) if dice.random() < 0.9 else len(header) + dice.choice((-1, 1))
    rows = [header, *([dice.choice(cells) for _ in range(size)] for _ in range(dice.randrange(8)))]
    return dice.choice(("\n", "\r\n", "\r", "\n\n")).join(",".join(row) for row in rows)


def overlay(dice: random.Random) -> Made:
    made: dict[str, Any] = {dice.choice(("facility", "facility", "vendor")): dice.choice(FACILITIES)}
    made |= {"extends": dice.choice(FACILITIES)} if dice.random() < 0.05 else {}
    changed = some(dice, tuple(ground().segments), 2)
    made["segments"] = {
        name: elements(name.partition(".")[2], partial(field_path, name[:3], dice), dice, 0) for name in changed
    }
    names = ("Own.Identifier", "CX.Identifier", "Own.CodeableConcept", "XPN.HumanName")
    made["datatypes"] = {name: _own(name, dice) for name in some(dice, names, 2)}
    made["tables"] = {"AdministrativeSex": {dice.choice(WORDS): _code(dice)}} if dice.random() < 0.5 else {}
    return made | _tests(dice, {"message": "samples/79902-result.hl7"})


def _own(name: str, dice: random.Random) -> dict[str, Any]:
    kind = name.partition(".")[2]
    return {
        "datatype": "CX",
        "type": kind,
        "elements": elements(kind, lambda: part_path(dice), dice, 0),
        "sample": "a^b",
    }


def routes(dice: random.Random) -> Made:
    return {"routes": [_route(number, dice) for number in range(dice.randrange(1, 5))]}


def _route(number: int, dice: random.Random) -> dict[str, Any]:
    asked = condition(lambda: _element_path(dice), dice)
    kind = dice.choice(TYPED)
    event: dict[str, Any] = {
        "resourceType": kind if dice.random() < 0.9 else dice.choice(([kind], {"a": 1}, 9**30, "X", None)),
        "status": "final",
    }
    event = event if dice.random() < 0.5 else {"resourceType": kind}
    event |= {"valueQuantity": {"value": dice.choice((1, 2.5, -1, "x"))}} if dice.random() < 0.5 else {}
    to = (
        dice.choice(("alerts.critical", "a", ["a", "b.c"], "a-b"))
        if dice.random() < 0.95
        else dice.choice(("hl7.raw", []))
    )
    return {
        "route": f"r{number}",
        "when": f"resourceType = {kind} and ({asked})" if dice.random() < 0.7 else asked,
        "to": to,
        "tests": [{"event": event, "expect": to}] if dice.random() < 0.4 else [],
    }


def registry(dice: random.Random) -> Made:
    return {"facilities": [_facility(number, dice) for number in range(dice.randrange(4))]}


def _facility(number: int, dice: random.Random) -> dict[str, Any]:
    odd: dict[str, Any] = {
        "zone": ZONES,
        "charset": (*CHARSETS, "UTF-16", "KLINGON", ""),
        "charset_default": (*CHARSETS, "x"),
        "addresses": (["10.1.0.0/16"], ["::1"], ["0.0.0.0/0"], ["x"], "10.0.0.1"),
        "certificates": (["CN=a"], ["CN="], ["*.a.example"], ["ab" * 32], ["a" * 200 + "!"]),
        "senders": (["A"], ["A", "A"], [1], {}),
        "identifier_types": (["PI", "MR"], [], ["MR"] * 50),
        "authorities": (["A"], [""]),
        "answers_to": ("a:1", "[::1]:2", "a:99999", "a" * 300 + ":1", ":"),
        "sends_for": (["*"], ["x"]),
        "departments": (["A"], [None]),
    }
    chosen = dice.sample(sorted(odd), dice.choice((0, 1, 1, 2)))
    made = {"code": str(79901 + number) if dice.random() < 0.9 else dice.choice(FACILITIES), "name": "A"}
    return made | {key: dice.choice(odd[key]) for key in chosen}


def profile(dice: random.Random) -> Made:
    names = some(dice, ("ADT_A01", "ORU_R01", "ADT^A08", "ADT_A03"), 2) + (["X" * 300] if dice.random() < 0.05 else [])
    kinds = ("structure", "required", "datatype", "table", "length", "cardinality")
    made = {"profile": "city", "base": dice.choice(("standard", "none")), "fields": _field_rules(dice)}
    made["severity"] = {dice.choice(kinds): dice.choice(SEVERITIES) for _ in range(dice.randrange(3))}
    made["messages"] = {name: _message_rules(dice) for name in names}
    test: dict[str, Any] = {
        "name": "a",
        "message": dice.choice(("samples/adt-a01.hl7", "a" * 300, "/dev/zero", "a\0b", ".")),
    }
    test |= {"change": {or_wrong("PID-3", dice): ""}} if dice.random() < 0.5 else {}
    return made | ({"tests": [test]} if dice.random() < 0.2 else {})


SEVERITIES = ("error", "warning", "ignore")
PLACES = ("PID-3", "PID-3.1", "OBX-5", "ZZ1-9", "PV1-2", "MSH-9", "MSH-1", "MSH-2", "PID-5.2", "PID-3.4.2")


def _message_rules(dice: random.Random) -> dict[str, Any]:
    return {"segments": {dice.choice(SOURCES): _rule(dice)}, "fields": _field_rules(dice)}


def _field_rules(dice: random.Random) -> dict[str, Any]:
    return {or_wrong(dice.choice(PLACES), dice): _rule(dice, length=True) for _ in range(dice.randrange(5))}


def _rule(dice: random.Random, *, length: bool = False) -> Any:
    """What a profile asks of a segment or a field."""
    every: dict[str, Any] = {"required": (True, False), "max": (1, 2), "severity": SEVERITIES}
    every |= {"length": (1, 200), "table": (["M"], [], "0001", "any", 1)} if length else {}
    if dice.random() < 0.05:
        every |= {"length": (0, 9**30, 1e30), "max": (-1, "1"), "table": ("M", None, ""), "forbidden": ("yes", True)}
    if dice.random() < 0.4:
        return dice.choice(("required", "optional", "forbidden"))
    return {key: dice.choice(every[key]) for key in dice.sample(sorted(every), dice.randrange(4))}


def identity(dice: random.Random, keys: Sequence[str] = ()) -> dict[str, Any]:
    """What names a resource; `keys` are those of the message, one of which may be a part of the name."""
    words = ("patient-identifier", "ordinal", "PID-3", "PV1-19 if valued", "OBX-3.1 | OBX-3.2")
    made = {dice.choice("abc"): some(dice, words, 3) for _ in range(dice.randrange(1, 3))}
    if dice.random() < 0.1:
        made["d"] = [dice.choice((*keys, "x"))] * dice.choice((1, 2, 400))
    return made


def _element_path(dice: random.Random) -> str:
    paths = ("status", "code.coding[*].code", "code.coding[2].code", "valueQuantity.value", "id", "subject.reference")
    return or_wrong(dice.choice((*paths, "id", "meta.tag.code", "extension.extension.url")), dice)


def _tests(dice: random.Random, more: dict[str, Any]) -> dict[str, Any]:
    if dice.random() > 0.2:
        return {}
    sample = {"sample": dice.choice(("PID|1||\x00", "x", "MSH|", "PID|2", "\n\n"))} if dice.random() < 0.2 else {}
    message = {"message": dice.choice(("a\0b", "a" * 300, ".", "/dev/zero", "x"))} if dice.random() < 0.1 else {}
    expect: Any = dice.choice(
        ({"id": "x"}, {"Patient": {"id": "x"}}, {}, {}, {}, {}, None, [], "x", {"name": [{"text": 1}]})
    )
    return {"tests": [{**more, **sample, **message, "expect": expect}]}


KINDS: dict[str, Callable[[random.Random], Made]] = {
    "message": message,
    "segment": segment,
    "datatype": datatype,
    "table": table,
    "sheet": sheet,
    "overlay": overlay,
    "routes": routes,
    "registry": registry,
    "facilities": facilities_sheet,
    "profile": profile,
}


"""Every kind of file, by what makes one."""
