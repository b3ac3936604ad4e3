"""The kind `notifiable`: its part of a rule's file, and the list of diseases beside it."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from functools import partial
from pathlib import Path

from engine.alerts.diseases import COLUMNS, DEADLINES, Diseases, read_diseases
from engine.alerts.evidence import Laboratory
from engine.alerts.keys import DURATION
from engine.alerts.kind import Kind
from engine.alerts.notifiable import Notifiable
from engine.alerts.reading import read_choice, read_duration_us
from engine.language.document import Node
from engine.language.gather import Gather
from engine.language.keys import TEXT, TEXTS, Key, keys, list_of, object_schema, reference
from engine.language.sheet import read_sheet

LABORATORY = keys(
    code=Key("The code of the result, or several.", TEXTS, required=True),
    positive=Key("The flags or coded answers that mean yes.", TEXTS, required=True),
    icd10=Key("A code of the disease on the list.", TEXT, required=True),
)
KEYS = keys(
    list=Key("The list of diseases, a CSV file beside this one: deadline, number, name, codes.", TEXT, required=True),
    deadline=Key("Whose diseases it takes of the list.", {"enum": [*DEADLINES]}, required=True),
    tell_before=Key("How long before the deadline somebody is told.", DURATION, required=True),
    laboratory=Key("Results that confirm a disease.", list_of(reference("laboratory"))),
    recent=Key("A diagnosis that is older when it is received is no new case; 30d.", DURATION),
    episode=Key("Diagnoses of one disease within this of one another are one case; 30d.", DURATION),
    keep=Key("How long after its deadline a case is kept, and its alert ends by itself; 90d.", DURATION),
    utc_offset=Key("The time of the city, for days and weeks; +07:00.", TEXT),
)
DAY_US = 86_400_000_000
CITY = "+07:00"
_OFFSET = re.compile(r"[+-][01][0-9]:[0-5][0-9]\Z")


def parse(node: Node, name: str, gather: Gather) -> Notifiable | None:
    """The behavior that a rule's node describes."""
    diseases = _list(node.get("list"), f"{name}.list", gather)
    entries = gather.entries(node.get("laboratory"))

    def span(key: str, days: int) -> int:
        return read_duration_us(node.get(key), f"{name}.{key}", gather, days * DAY_US)

    return Notifiable(
        diseases=diseases,
        deadline=read_choice(node.get("deadline"), f"{name}.deadline", tuple(DEADLINES), gather),
        zone=_zone(node.get("utc_offset"), f"{name}.utc_offset", gather),
        laboratory=tuple(
            one for entry in entries if (one := _laboratory(entry, f"{name}.laboratory", diseases, gather))
        ),
        before_us=span("tell_before", 0),
        recent_us=span("recent", 30),
        episode_us=span("episode", 30),
        keep_us=span("keep", 90),
    )


def _list(node: Node | None, where: str, gather: Gather) -> Diseases:
    text = gather.text(node, where)
    if node is None or not text:
        return Diseases(())
    path = Path(node.mark.file).parent / text
    rows = gather.attempt(partial(read_sheet, path, COLUMNS, ("icd10",)))
    found = read_diseases(gather.entries(rows))
    if rows is not None and not found.all:
        gather.add(node.mark, "A110", where, f"{text} lists no disease", f"its columns are {', '.join(COLUMNS)}")
    return found


def _laboratory(node: Node, where: str, diseases: Diseases, gather: Gather) -> Laboratory | None:
    if not gather.keys(node, where, LABORATORY, LABORATORY):
        return None
    code, icd10 = gather.text(node.get("icd10"), where), node.get("icd10")
    if diseases.all and icd10 and diseases.find(code) is None:
        gather.add(icd10.mark, "A110", where, f"the list has no disease {code!r}", "write a code of it")
    codes, positive = gather.texts(node.get("code"), where), gather.texts(node.get("positive"), where)
    return Laboratory(frozenset(codes), frozenset(positive), code)


def _zone(node: Node | None, where: str, gather: Gather) -> timezone:
    text = gather.text(node, where) or CITY
    if node is not None and not _OFFSET.match(text):
        gather.add(node.mark, "A103", where, f"{text!r} has no meaning here", "write it as +07:00")
    return read_zone(text if _OFFSET.match(text) else CITY)


def read_zone(text: str) -> timezone:
    """The zone of an offset such as +07:00."""
    hours, minutes = text[1:].split(":")
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-span if text.startswith("-") else span)


NOTIFIABLE = Kind(
    "notifiable",
    "Diseases that are to be notified within a time from their diagnosis.",
    KEYS,
    parse,
    {"laboratory": object_schema(LABORATORY)},
)
