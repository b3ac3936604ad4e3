"""What each message becomes, and how much of it the HL7 v2-to-FHIR guide has: a page of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.commands.conformance.judge import Verdict
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.survey import Survey
from engine.commands.conformance.targets import parse_target
from engine.config.settings import ROOT
from engine.transforms.load import load_mappings
from engine.transforms.mapping import MessageMapping, ResourceRule

Line = tuple[str, str, str, str]
"""Resource, segments that it is made from, segments of the guide, rows of the guide covered and in all."""
NONE = "–"


def message_lines() -> Iterator[tuple[str, str, list[Line]]]:
    """For each shipped message, then for each that only the guide has: its name, its events, its resources."""
    mappings = load_mappings(ROOT / "mappings")
    survey = Survey(ROOT / "mappings" / "guide", mappings)
    told = list(survey.judge(lambda row: row.kind == Kind.MESSAGE))
    seen: set[str] = set()
    for message in mappings.sources.messages:
        own = [one for one in told if _is_of(one, message)]
        seen |= {one.row.map for one in own}
        events = ", ".join(f"`{message.code}^{event}`" for event in message.events)
        yield message.name, events, _lines(_made(message), own)
    for name in sorted({one.row.map for one in told} - seen):
        yield name, "", _lines({}, [one for one in told if one.row.map == name])


def _is_of(one: Verdict, message: MessageMapping) -> bool:
    code, _, event = one.row.map.partition("_")
    return code == message.code and event in message.events


def _made(message: MessageMapping) -> Mapping[str, Sequence[str]]:
    """The segments that each type of resource is made from, those that fill it behind those that begin it."""
    found: dict[str, dict[str, None]] = {}
    for group in message.body.walk():
        for rule in group.resources:
            found.setdefault(rule.type, {}).update(dict.fromkeys(_segments(rule)))
    return {kind: tuple(names) for kind, names in found.items()}


def _segments(rule: ResourceRule) -> Iterator[str]:
    yield rule.segment
    yield from (one.segment for one in rule.also)


def _lines(made: Mapping[str, Sequence[str]], told: Sequence[Verdict]) -> list[Line]:
    return [_line(kind, made.get(kind, ()), [one for one in told if _kind(one) == kind]) for kind in _kinds(made, told)]


def _kinds(made: Mapping[str, Sequence[str]], told: Sequence[Verdict]) -> Sequence[str]:
    return list(dict.fromkeys([*made, *map(_kind, told)]))


def _kind(one: Verdict) -> str:
    return parse_target(one.row.target).root


def _line(kind: str, segments: Sequence[str], told: Sequence[Verdict]) -> Line:
    guide = dict.fromkeys(one.row.path.rpartition(".")[2] for one in told)
    covered = f"{sum(one.is_covered for one in told)} of {len(told)}" if told else NONE
    return f"`{kind}`", " ".join(segments) or NONE, " ".join(guide) or NONE, covered
