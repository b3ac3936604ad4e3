"""Parts of resources: datatype mappings that fill further elements of what a segment mapping fills.

Under `parts` a segment mapping names a datatype mapping of the same resource (`OBR-27 as TQ.ServiceRequest`),
and has its lines, each path put inside the field. One without an identity is nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from engine.language.condition import All, Any, Condition, Not
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.language.path import FieldPath
from engine.language.term import Source, Term
from engine.transforms.mapping import Alternative, Mapping, Rule, Sources

Place = Callable[[FieldPath], FieldPath]


def with_parts(sources: Sources, gather: Gather) -> Sources:
    """The sources with the lines of every part written into its segment mapping; faults are noted."""
    segments = {name: _whole(one, sources, gather) for name, one in sources.segments.items()}
    return replace(sources, segments=segments)


def _whole(mapping: Mapping, sources: Sources, gather: Gather) -> Mapping:
    rules = {rule.key: rule for rule in mapping.rules}
    for term in (term for source in mapping.parts for term in source.terms):
        for rule in _placed(mapping, term, sources, gather):
            own = rules.get(rule.key)
            if own:
                rules[rule.key] = replace(own, alternatives=(*own.alternatives, *rule.alternatives))
            elif not any(_clash(rule, one) for one in mapping.rules):
                rules[rule.key] = rule
    return replace(mapping, rules=tuple(rules.values()))


def _clash(one: Rule, other: Rule) -> bool:
    """Whether one fills an element as a whole and the other something inside it."""
    shorter, longer = sorted(([(step.name, step.index or 1) for step in rule.steps] for rule in (one, other)), key=len)
    return longer[: len(shorter)] == shorter


def _placed(mapping: Mapping, term: Term, sources: Sources, gather: Gather) -> Iterator[Rule]:
    part = sources.datatypes.get(term.type or "")
    if part is None:
        hint = nearest(term.type or "", sources.datatypes) or "write OBR-27 as TQ.ServiceRequest"
        gather.add(term.type_mark, "M314", mapping.name, f"there is no datatype mapping {term.type!r}", hint)
    elif part.type != mapping.type:
        what = f"{part.name} is no part of a {mapping.type}"
        hint = f"name a datatype mapping of type {mapping.type}"
        gather.add(term.type_mark, "M347", mapping.name, what, hint)
    else:
        yield from (_rule(rule, lambda path: inside(term.path, path)) for rule in part.rules)


def inside(field: FieldPath, part: FieldPath) -> FieldPath:
    """A component of a field as a path of the segment; inside of a component it is a subcomponent."""
    if part.component is None:
        return field
    if field.component is None:
        return replace(field, component=part.component, subcomponent=part.subcomponent)
    return replace(field, subcomponent=part.component)


def _rule(rule: Rule, place: Place) -> Rule:
    return replace(rule, alternatives=tuple(_alternative(one, place) for one in rule.alternatives))


def _alternative(one: Alternative, place: Place) -> Alternative:
    return replace(
        one,
        source=_source(one.source, place) if one.source else None,
        rules=tuple(_rule(rule, place) for rule in one.rules),
        when=_condition(one.when, place) if one.when else None,
    )


def _source(source: Source, place: Place) -> Source:
    return replace(source, terms=tuple(_term(term, place) for term in source.terms))


def _term(term: Term, place: Place) -> Term:
    pieces = tuple(place(one) if isinstance(one, FieldPath) else one for one in term.pieces)
    return replace(term, path=place(term.path), pieces=pieces)


def _condition(condition: Condition, place: Place) -> Condition:
    if isinstance(condition, Not):
        return replace(condition, part=_condition(condition.part, place))
    if isinstance(condition, All | Any):
        return replace(condition, parts=tuple(_condition(part, place) for part in condition.parts))
    return replace(condition, path=place(condition.path)) if isinstance(condition.path, FieldPath) else condition
