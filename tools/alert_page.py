"""The page of docs/reference about alert rules, from the keys that their reader takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.alerts import keys
from engine.alerts.alert import Severity
from engine.alerts.kinds import KINDS
from engine.language.keys import Keys

HEAD = ("key", "holds", "what it is for")
ABOUT = """Rules stand in `mappings/alerts/*.yaml`, several in a file. `engine check` checks them, `engine test`
runs the tests beside them, and the alert role takes changed files up while it runs. [How to write
one](../how-to/write-an-alert-rule.md); [why it is built
so](../decisions/0025-rules-are-functions-that-one-runner-carries.md)."""
LIFE = """An alert starts when its condition has held for `hold`, and ends when it has not held for `clear`; its
times are those of the condition. It has one id from start to end, made from rule, key and start. What a message
transformed anew or one received longer than `late` ago tells is noted, and pages nobody. While nobody acknowledges
it, it goes step by step to those whom `escalate` names. `engine alerts silence` has nobody told for a while.

The topic `alerting` holds each alert as it stands, `alert_settings` what people decided, `alert_state` what rules
remember (`alert_table` on Kafka). None of them holds a name, an identifier or a value of a result: patients are keyed
hashes, events are ids, and a state says which disease of the list."""
UNITS = """Units are read as UCUM writes them, and as laboratories do: `mmol/L`, `mg/dL`, `µmol/L`, `mEq/L`,
`10*9/L`, `10^9/L`, `G/L`, `g/L`, `%`, `U/L`, `UI/L`, `mm[Hg]`, `mmHg`, `kPa`. Between mass and amount `molar_mass`
converts, between amount and charge `valence`. What measures something else is refused. A value with a comparator is
critical only where that is sure."""
NOTIFIABLE = """The list is a CSV file with the columns `deadline` (`24h`, `48h` or `week`), `stt`, `disease_vi` and
`icd10` (codes with semicolons between). A diagnosis is of the disease whose code it begins with; of several the
longest counts. The shipped list is list 01 of decision 97/QĐ-PB of 30 June 2026. The clock runs from the recorded
diagnosis, its onset where no time is recorded, or the laboratory's confirmation; never from later than the message
was received. A week ends on Sunday, and its cases are due before Wednesday. `engine alerts lines` is the line list."""
AFTER: Mapping[str, str] = {"critical": UNITS, "notifiable": NOTIFIABLE}


def sections() -> Iterator[str]:
    """The parts of the page, in order."""
    yield _one(ABOUT)
    yield f"## A rule\n\n{_table(keys.RULE)}"
    yield f"`severity` is one of {', '.join(f'`{one}`' for one in Severity)}."
    yield f"## `escalate`\n\n{_table(keys.ESCALATION)}"
    yield f"## The life of an alert\n\n{_paragraphs(LIFE)}"
    for kind in KINDS.values():
        yield f"## kind: `{kind.name}`\n\n{kind.about}\n\n{_table(kind.keys)}"
        for name, schema in kind.definitions.items():
            yield f"### `{name}`\n\n{_described(schema)}"
        yield _one(AFTER.get(kind.name, ""))
    yield f"## Tests\n\n{_table(keys.TEST)}"
    yield f"### `events`\n\n{_table(keys.MOMENT)}\n\n### `expect`\n\n{_table(keys.EXPECTED)}"


def _table(known: Keys) -> str:
    return _rows((name, _holds(key.schema), _about(key.about, key.required)) for name, key in known.items())


def _described(schema: Any) -> str:
    required = schema.get("required", ())
    found = schema["properties"].items()
    return _rows((name, _holds(one), _about(one["description"], name in required)) for name, one in found)


def _rows(rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [HEAD, ("---", "---", "---"), *((f"`{name}`", holds, about) for name, holds, about in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _about(about: str, required: bool) -> str:
    return f"{about} Required." if required else about


def _holds(schema: Any) -> str:
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return "a text, or several"
    if "s|m|h" in schema.get("pattern", ""):
        return "a duration"
    known = {
        "number": "a number",
        "integer": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a map",
    }
    return known.get(str(schema.get("type")), "an age" if "dwmy" in schema.get("pattern", "") else "a text")


def _one(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> str:
    return "\n\n".join(map(_one, text.split("\n\n")))
