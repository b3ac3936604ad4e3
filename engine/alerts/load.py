"""Loading alert rules: every `*.yaml` of a folder, all of it checked at once."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from types import MappingProxyType

from engine.alerts import keys
from engine.alerts.alert import Severity
from engine.alerts.kinds import KINDS
from engine.alerts.reading import read_choice, read_duration_us
from engine.alerts.rule import Escalation, Policy, Rule
from engine.alerts.rule_tests import read_test
from engine.language.document import Node, read_document
from engine.language.fault import nearest
from engine.language.gather import Gather

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
DAY_US = 86_400_000_000


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """The rules of a folder in order of files; raises Faults with everything that is wrong in them."""
    gather = Gather()
    rules: list[Rule] = []
    for path in sorted(folder.glob("[!.]*.yaml")):
        node = gather.attempt(partial(read_document, path))
        if node is not None and gather.keys(node, "", keys.FILE, ("rules",)):
            rules += [rule for entry in gather.entries(node.get("rules")) if (rule := _read_rule(entry, gather))]
    _refuse_repeats(rules, gather)
    gather.close()
    return tuple(rules)


def _read_rule(node: Node, gather: Gather) -> Rule | None:
    kind = KINDS.get(gather.text(node.get("kind"), "kind"))
    known = {**keys.RULE, **(kind.keys if kind else {})}
    if kind is None and node.get("kind"):
        _refuse_kind(node, gather)
        return None
    if not gather.keys(node, "rule", known, [name for name, key in known.items() if key.required]) or kind is None:
        return None
    name = _read_name(node, gather)
    behavior = kind.parse(node, name, gather)
    tests = [test for entry in gather.entries(node.get("tests")) if (test := read_test(entry, name, gather))]
    if behavior is None:
        return None
    return Rule(
        name=name,
        kind=kind.name,
        about=gather.text(node.get("about"), f"{name}.about"),
        severity=Severity(read_choice(node.get("severity"), f"{name}.severity", tuple(Severity), gather)),
        summary=gather.text(node.get("summary"), f"{name}.summary"),
        topics=gather.texts(node.get("from"), f"{name}.from"),
        behavior=behavior,
        policy=_read_policy(node, name, gather),
        labels=MappingProxyType(
            {key: gather.text(one, f"{name}.labels") for key, one in gather.map(node.get("labels"), name).items()}
        ),
        run_book=gather.text(node.get("run_book"), f"{name}.run_book"),
        tests=tuple(tests),
        mark=node.mark,
    )


def _read_name(node: Node, gather: Gather) -> str:
    named, name = node.get("rule"), gather.text(node.get("rule"), "rule")
    if named and not _NAME.match(name):
        gather.add(named.mark, "A101", "rule", "is no name for a rule", "write lower-case words joined by hyphens")
    return name


def _refuse_kind(node: Node, gather: Gather) -> None:
    named = node.get("kind")
    text = gather.text(named, "kind")
    hint = nearest(text, KINDS) or f"there are: {', '.join(KINDS)}"
    gather.add(named.mark if named else node.mark, "A104", "rule.kind", f"there is no kind {text!r}", hint)


def _read_policy(node: Node, name: str, gather: Gather) -> Policy:
    def span(key: str, default_us: int) -> int:
        return read_duration_us(node.get(key), f"{name}.{key}", gather, default_us)

    steps = [step for entry in gather.entries(node.get("escalate")) if (step := _read_step(entry, name, gather))]
    word = read_choice(node.get("acknowledged"), f"{name}.acknowledged", ("stands", "ends"), gather)
    targets = gather.texts(node.get("tell"), f"{name}.tell")
    ordered = tuple(sorted(steps))
    return Policy(span("hold", 0), span("clear", 0), span("late", DAY_US), targets, ordered, word == "ends")


def _read_step(node: Node, name: str, gather: Gather) -> Escalation | None:
    where = f"{name}.escalate"
    if not gather.keys(node, where, keys.ESCALATION, keys.ESCALATION):
        return None
    return Escalation(
        read_duration_us(node.get("after"), f"{where}.after", gather, 0), gather.texts(node.get("to"), where)
    )


def _refuse_repeats(rules: list[Rule], gather: Gather) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in seen:
            hint = f"it stands at {seen[rule.name].mark} already"
            gather.add(rule.mark, "A102", rule.name, "the rule stands here again", hint)
        seen.setdefault(rule.name, rule)
