"""`engine persons contradictions` and `shared`: what joins nobody though a number is the same."""

from __future__ import annotations

import sys

import orjson

from engine.commands.persons.asking import Found, asking
from engine.commands.persons.show import table_of
from engine.commands.terminal import Console
from engine.config import Settings

CONTRADICTIONS = """
select l.one, l.one_facility, l.other, l.other_facility, l.differs, min(l.kind) as kind,
    max(case when o.person = p.person then 1 else 0 end) = 1 as one_person
from person_links as l
join persons as o on o.patient = l.one
join persons as p on p.patient = l.other
where l.verdict = 'contradicted'
    and not exists (select 1 from person_decisions as d where d.one = l.one and d.other = l.other)
group by l.one, l.one_facility, l.other, l.other_facility, l.differs
order by l.one, l.other
"""
SHARED = """
select c.kind, c.patients, count(distinct p.facility) as facilities, min(p.facility) as a_facility,
    min(i.patient) as a_patient
from person_crowds as c
join person_identifiers as i on i.value = c.value
join persons as p on p.patient = i.patient
group by c.kind, c.value, c.patients
order by c.patients desc, c.value
"""


def list_contradictions(settings: Settings, as_json: bool) -> int:
    """Print the pairs that nobody decided about; `one_person`: others join them all the same."""
    return _list(settings, CONTRADICTIONS, "pairs of patients share a number and contradict each other", as_json)


def list_shared(settings: Settings, as_json: bool) -> int:
    """Print the numbers that join nobody, by a patient who has each."""
    return _list(settings, SHARED, "numbers join nobody", as_json)


def _list(settings: Settings, sql: str, what: str, as_json: bool) -> int:
    with asking(settings) as warehouse:
        found: Found = warehouse.ask(sql)
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    console = Console(highlight=False)
    if found:
        console.print(table_of(found))
    console.print(f"{len(found)} {what}")
    return 0
