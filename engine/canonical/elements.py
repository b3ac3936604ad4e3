"""The elements that a resource is folded by, and the members of its JSON that each holds.

An element is a top-level FHIR element. The types of a choice (`deceased[x]`) are one element, and so are a primitive
and its `_` twin. Identifiers are an element for each system and type code, `identifier|SYSTEM|CODE`, the links of a
patient one for each other patient, `link|Patient/ID`, so that those of several merges stand together. A resource that
is replaced whole is one element, `*`, but for the set of a report's results, `result` (engine/canonical/results.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from engine.canonical import r4
from engine.canonical.resource import Body

Members = dict[str, Any]
"""Members of a resource's JSON by name."""

LINKED_TYPES = frozenset({"Patient"})
"""Resource types that merges and links of records end at."""

WHOLE_TYPES = frozenset({"Observation", "DiagnosticReport"})
"""Resource types that are replaced whole."""

WHOLE = "*"
IDENTIFIER, LINK = "identifier", "link"
_PARTS = (f"{IDENTIFIER}|", f"{LINK}|")
_NAMING = frozenset({"resourceType", "id"})
REPORT, RESULT = "DiagnosticReport", "result"


def split(resource_type: str, body: Body) -> dict[str, Members]:
    """The elements that a body gives a value for; empty members are none."""
    members = {name: value for name, value in body.items() if (value or not _empty(value)) and name not in _NAMING}
    if resource_type in WHOLE_TYPES:
        return {WHOLE: members}
    elements: dict[str, Members] = {}
    if IDENTIFIER in members and merges_identifiers(resource_type):
        elements.update(_grouped(IDENTIFIER, members.pop(IDENTIFIER), _system))
    if LINK in members and resource_type in LINKED_TYPES:
        elements.update(_grouped(LINK, members.pop(LINK), _other))
    for name, value in members.items():
        elements.setdefault(element_of(resource_type, name), {})[name] = value
    return elements


@cache
def element_of(resource_type: str, member: str) -> str:
    """The element of a member's name, of a choice's stem (`deceased`) or of its base (`deceased[x]`)."""
    if resource_type in WHOLE_TYPES:
        return RESULT if (resource_type, member) == (REPORT, RESULT) else WHOLE
    name = member.removeprefix("_").removesuffix("[x]")
    bases = {element.base for element in r4.elements(resource_type).values()}
    return f"{name}[x]" if f"{name}[x]" in bases else r4.choice_base(resource_type, name)


def list_of(element: str) -> str:
    """The list that the element is a part of, which is erased as a whole; empty when it is none."""
    return element.partition("|")[0] if element.startswith(_PARTS) else ""


@cache
def merges_identifiers(resource_type: str) -> bool:
    """Whether identifiers of this type are a list; Composition, for one, has a single one, which is replaced."""
    path = f"{resource_type}.{IDENTIFIER}"
    return r4.is_list(path) or not r4.exists(path)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _grouped(element: str, value: Any, key: Callable[[Any], str]) -> dict[str, Members]:
    groups: dict[str, Members] = {}
    for one in value if isinstance(value, list) else [value]:
        groups.setdefault(f"{element}|{key(one)}", {element: []})[element].append(one)
    return groups


def _system(identifier: Any) -> str:
    known = identifier if isinstance(identifier, dict) else {}
    kind = known.get("type")
    codings = kind.get("coding") if isinstance(kind, dict) else None
    codes = [coding.get("code") for coding in codings or () if isinstance(coding, dict)]
    return f"{known.get('system', '')}|{next((code for code in codes if code), '')}"


def _other(link: Any) -> str:
    other = link.get("other") if isinstance(link, dict) else None
    return f"{other.get('reference', '')}" if isinstance(other, dict) else ""
