"""The keys of files of alert rules, as editors are told of them; tests hold them against what the reader takes."""

from __future__ import annotations

from engine.alerts.alert import Severity
from engine.language.keys import TEXT, TEXTS, Key, keys, list_of, map_of, reference

DURATION = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"}

RULE = keys(
    rule=Key("A name in lower-case words joined by hyphens.", TEXT, required=True),
    about=Key("What this is for, in a sentence.", TEXT),
    kind=Key("What it looks for.", TEXT, required=True),
    severity=Key("How soon somebody must hear of it.", {"enum": [*Severity]}, required=True),
    summary=Key("What is told: a sentence that fits every alert of the rule.", TEXT, required=True),
    from_=Key("The topic that it reads, which routes write to, or several.", TEXTS, required=True),
    labels=Key("Words that go with each of its alerts.", map_of(TEXT)),
    run_book=Key("Where it stands what to do.", TEXT),
    tell=Key("The sinks that hear of it; the default ones where none is named.", TEXTS),
    hold=Key("How long it must hold before somebody is told; 0s.", DURATION),
    clear=Key("How long it must have ceased before the alert ends; 0s.", DURATION),
    late=Key("Events that were received longer ago than this page nobody; 1d.", DURATION),
    acknowledged=Key("Whether an acknowledgment ends the alert, or lets it stand.", {"enum": ["ends", "stands"]}),
    escalate=Key("Who hears of it too when nobody acknowledges it.", list_of(reference("escalation"))),
    tests=Key("Tests that `engine test` runs.", list_of(reference("test"))),
)
ESCALATION = keys(
    after=Key("How long after somebody was told.", DURATION, required=True),
    to=Key("The sinks that hear of it then.", TEXTS, required=True),
)
TEST = keys(
    name=Key("A sentence that is true.", TEXT),
    begins=Key("When the test begins, as 2026-11-25T08:00+07:00, which is the default.", TEXT),
    events=Key("What comes, in order.", list_of(reference("moment")), required=True),
    until=Key("How far the clock goes, from the beginning; up to the last event.", DURATION),
    refused=Key("How many events could not be judged; 0.", {"type": "integer"}),
    expect=Key("The alerts that must come, in the order in which they start.", list_of(reference("expected"))),
)
MOMENT = keys(
    at=Key("When it is received, from the beginning.", DURATION, required=True),
    event=Key("A resource; one that a later event corrects needs an id.", {"type": "object"}),
    acknowledge=Key("Somebody acknowledges every alert that stands.", {"type": "boolean"}),
    facility=Key("Who sends it; 79901.", TEXT),
    patient=Key("Whose it is: any word; a.", TEXT),
)
EXPECTED = keys(
    starts=Key("When it starts, from the beginning; -2h is before.", TEXT, required=True),
    ends=Key("When it ends; one that still fires has none.", DURATION),
    escalated=Key("How many steps of the escalation it went.", {"type": "integer"}),
    facility=Key("The facility that it concerns.", TEXT),
    place=Key("The commune that it concerns.", TEXT),
    quiet=Key("Whether it pages nobody.", {"type": "boolean"}),
)
FILE = keys(rules=Key("The rules.", list_of(reference("rule")), required=True))
