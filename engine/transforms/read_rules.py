"""Reading the lines of a mapping: elements and what fills them, identities, tests."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from engine.language.condition import Condition, parse_condition
from engine.language.document import Node
from engine.language.gather import Gather
from engine.language.path import EVERY, FieldPath, read_element, read_field, read_part
from engine.language.scan import PathReader, Scanner, text_of
from engine.language.term import Source, parse_source
from engine.transforms.mapping import Alternative, Identity, InlineTest, Name, Refers, Rule

ALTERNATIVE_KEYS = ("from", "value", "elements", "refers", "each", "when", "inferred")
GIVING = ("from", "value", "elements", "refers")
"""What an alternative fills its element with."""
TEST_KEYS = ("name", "change", "expect", "absent", "message", "sample")

MOST_NAMES = 16
"""Ways to name a resource, and parts of one: each is a question inside the one before when it is compiled."""

OPTIONAL = " if valued"
"""Ends a part of a name that may be absent."""

EACH = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<many>\[\*\])?\Z")
"""The key of a resource, or each of them."""

Kind = tuple[PathReader, str]
SEGMENT: Kind = (read_field, "PID-3[*].1")
DATATYPE: Kind = (read_part, ".1.1")


def read_rules(node: Node | None, kind: Kind, gather: Gather, where: str) -> tuple[Rule, ...]:
    """The rules of an `elements:` map."""
    if node is None:
        return ()
    rules = (_rule(key, node, entry, kind, gather, where) for key, entry in gather.map(node, where).items())
    return tuple(rule for rule in rules if rule)


def read_display(parent: Node, gather: Gather, where: str) -> tuple[Rule, ...]:
    """The elements of the reference to the resource that a datatype mapping makes: `display:`, and more of them."""
    entry = parent.get("display")
    rule = _rule("display", parent, entry, DATATYPE, gather, where) if entry else None
    return (*((rule,) if rule else ()), *read_rules(parent.get("reference"), DATATYPE, gather, where))


def _rule(key: str, parent: Node, entry: Node, kind: Kind, gather: Gather, where: str) -> Rule | None:
    mark = parent.keys[key]
    path = read_element(key)
    if path is None or any(step.index == EVERY for step in path.steps):
        gather.add(mark, "M110", where, f"{key!r} is no element", "write one such as name or period.start")
        return None
    place = f"{where}.{key}" if where else key
    found = tuple(_alternative(one, kind, gather, place) for one in gather.entries(entry) if one.value is not None)
    return Rule(key, path.steps, mark, tuple(one for one in found if one))


def _alternative(node: Node, kind: Kind, gather: Gather, where: str) -> Alternative | None:
    if not isinstance(node.value, dict):
        source = gather.attempt(partial(_source, node, kind))
        return Alternative(node.mark, source) if source else None
    gather.keys(node, where, ALTERNATIVE_KEYS)
    if any(key not in ALTERNATIVE_KEYS for key in node.value):
        return None
    given = [key for key in GIVING if key in node.value]
    if len(given) != 1:
        gather.add(node.mark, "M111", where, "needs one of from, value, elements and refers", "keep one of them")
        return None
    return _described(node, given[0], kind, gather, where)


def _described(node: Node, given: str, kind: Kind, gather: Gather, where: str) -> Alternative | None:
    content, when = node.get(given), node.get("when")
    source = gather.attempt(partial(_source, content, kind)) if given == "from" and content else None
    refers = _refers(content, where, gather) if given == "refers" and content else None
    if given == "refers" and refers is None:
        return None  # that it names nothing was noted
    return Alternative(
        mark=node.keys[given],
        source=source,
        constant=content.plain() if given == "value" and content else None,
        rules=read_rules(content, kind, gather, where) if given == "elements" else (),
        when=read_when(when, kind, gather),
        inferred=gather.flag(node.get("inferred"), where),
        refers=refers,
        each=_each(node, given, kind, gather, where),
    )


def _each(node: Node, given: str, kind: Kind, gather: Gather, where: str) -> FieldPath | None:
    """The field that `each:` names, beside elements alone."""
    named = node.get("each")
    if named is None:
        return None
    path = kind[0](gather.text(named, where))
    if given != "elements" or not isinstance(path, FieldPath) or path.component is not None:
        hint = "write a field such as OBX-5, beside elements"
        gather.add(named.mark, "M116", where, "each names no field whose repetitions make elements", hint)
        return None
    return path


def _refers(node: Node, where: str, gather: Gather) -> Refers | None:
    text = gather.text(node, where)
    each = EACH.match(text)
    if each is None:
        hint = "write the key of a resource, such as Condition or Observation[*]"
        gather.add(node.mark, "M115", where, f"{text!r} names no resource", hint)
        return None
    return Refers(each["name"], bool(each["many"]), node.mark)


def read_when(node: Node | None, kind: Kind, gather: Gather) -> Condition | None:
    """A `when:`, None where there is none or it is faulty."""
    if node is None:
        return None
    return gather.attempt(lambda: parse_condition(text_of(node), *kind))


def _source(node: Node, kind: Kind) -> Source:
    return parse_source(text_of(node), *kind)


def read_sources(node: Node | None, gather: Gather) -> tuple[Source, ...]:
    """A list of right sides over a segment."""
    found = [gather.attempt(partial(_source, one, SEGMENT)) for one in gather.entries(node)]
    return tuple(one for one in found if one)


def read_identity(node: Node | None, kind: Kind, gather: Gather, where: str) -> tuple[Identity, ...]:
    """An `identity:` map from labels to what must be there, in order of preference."""
    found = []
    labels = gather.map(node, where)
    for label, entry in labels.items():
        if node is not None and max(len(labels), len(gather.entries(entry))) > MOST_NAMES:
            gather.add(node.mark, "M201", where, f"has more than {MOST_NAMES} names, or parts of one", "split it up")
            return ()
        names = [gather.attempt(partial(_name, one, kind)) for one in gather.entries(entry)]
        found.append(Identity(label, tuple(name for name in names if name)))
    return tuple(found)


def _name(node: Node, kind: Kind) -> Name:
    text = text_of(node)
    optional = text.text.endswith(OPTIONAL)
    scanner = Scanner(replace(text, text=text.text.removesuffix(OPTIONAL)))
    if scanner.peek() and kind is SEGMENT and read_field(scanner.peek()) is None:
        word = scanner.take("a name").text
        scanner.end()
        return Name(node.mark, (), word, optional)
    paths = [scanner.path(*kind)]
    while scanner.accept("|"):
        paths.append(scanner.path(*kind))
    scanner.end()
    return Name(node.mark, tuple(path for path in paths if isinstance(path, FieldPath)), "", optional)


def read_tests(node: Node | None, gather: Gather, where: str) -> tuple[InlineTest, ...]:
    """The `tests:` beside a mapping."""
    found = (_test(entry, number, gather, where) for number, entry in enumerate(gather.entries(node), 1))
    return tuple(test for test in found if test)


def _test(node: Node, number: int, gather: Gather, where: str) -> InlineTest | None:
    place = f"{where}.tests[{number}]" if where else f"tests[{number}]"
    if not gather.keys(node, place, TEST_KEYS, ("expect",)):
        return None
    expect = node.get("expect")
    change = gather.map(node.get("change"), place)
    return InlineTest(
        name=gather.text(node.get("name"), place) or f"test {number}",
        mark=node.mark,
        expect=expect.plain() if expect else None,
        change={key: gather.text(value, place) for key, value in change.items()},
        sample=gather.text(node.get("sample"), place),
        message=gather.text(node.get("message"), place),
        absent=gather.texts(node.get("absent"), place),
        node=node,
    )
