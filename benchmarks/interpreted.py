"""The same rules, interpreted over what python-hl7 parses: what a mapping costs that is looked at value by value.

Written as one would who has python-hl7 and a YAML file: the rules are walked for each message, paths are looked up in
python-hl7's containers. It gives the same values as the compiled mapping, which `benchmarks.mapping` makes sure of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import hl7

from benchmarks.interpreted_names import Names
from engine.canonical.identity import identify
from engine.canonical.r4 import VALUE, Element, elements, is_primitive, is_resource
from engine.facilities.facility import CITY_ZONE
from engine.hl7.path import ALL
from engine.language.condition import All, Begins, Compares, Condition, Equals, Not, Reads, Same, Valued
from engine.language.condition import Any as Either
from engine.language.path import FieldPath
from engine.language.term import Source, Term
from engine.transforms.arrange import Scope, arrange
from engine.transforms.codes import translate
from engine.transforms.mapping import Alternative, Identity, MessageMapping, Refers, ResourceRule, Sources
from engine.transforms.places import find
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.shape_code import shape_code
from engine.transforms.shapes import shape_default, shape_table
from engine.transforms.tree import Branch, Leaf, grow, is_constant
from engine.transforms.trees import trees_of
from engine.transforms.values import TYPES, compares

Body = dict[str, Any]

LISTED = frozenset({"string", "markdown"})


Following = Mapping[str, list[tuple[int, Any]]]
"""The segments that follow, by name, each with its place."""

Ask = Valued | Reads | Compares | Equals | Begins | Same


class Place(NamedTuple):
    """The rule at work, the run of its group, and where the segments that it reads stand; "" is its own."""

    key: str
    scope: Scope
    places: Mapping[str, int]


class Lookup(NamedTuple):
    """Where paths are looked up: segments by name, or one repetition of a field."""

    segments: Mapping[str, Any]
    value: Any = None
    place: Place | None = None

    def repetitions(self, path: FieldPath) -> list[Any]:
        """What stands in the field, every repetition or the one asked for."""
        if not path.segment:
            return [self.value]
        segment = self.segments.get(path.segment)
        if segment is None or path.field >= len(segment):
            return []
        field = segment[path.field]
        found = list(field) if isinstance(field, hl7.Field) else [field]
        return found if path.repetition == ALL else found[path.repetition - 1 : path.repetition]

    def texts(self, path: FieldPath) -> list[str]:
        """The texts at the path, those that hold something."""
        found = (_part(one, path.component or 1, path.subcomponent or 1) for one in self.repetitions(path))
        return [text for text in found if text]

    def components(self, path: FieldPath) -> Iterator[list[str]]:
        """The repetitions of a field, each as its components."""
        segment = self.segments.get(path.segment)
        field = segment[path.field] if segment is not None and path.field < len(segment) else []
        for one in field if isinstance(field, hl7.Field) else [field]:
            yield [_part(one, number, 1) for number in range(1, len(one) + 1)] if isinstance(one, list) else [str(one)]

    def whole(self, path: FieldPath) -> list[str]:
        """What stands at the path with the separators in it, where it holds something."""
        found = (str(_within(one, path.component)).strip() for one in self.repetitions(path))
        return [text for text in found if text not in ("", '""')]


def _part(repetition: Any, component: int, subcomponent: int) -> str:
    parts = repetition if isinstance(repetition, hl7.Repetition) else [repetition]
    if component > len(parts):
        return ""
    part = parts[component - 1]
    inner = part if isinstance(part, hl7.Component) else [part]
    text = str(inner[subcomponent - 1]) if subcomponent <= len(inner) else ""
    return "" if text == '""' else text.strip()


class Interpreter:
    """Maps messages of one structure by walking its rules."""

    def __init__(self, sources: Sources, mapping: MessageMapping, plan: MessagePlan, facility: str) -> None:
        self._sources = sources
        self._facility = facility
        self._drafts: dict[str, Body] = {}
        self._plan = plan
        self._rules = {rule.key: rule for group in mapping.body.walk() for rule in group.resources}
        self._trees = {key: trees_of(rule, sources) for key, rule in self._rules.items()}
        self._datatypes = {name: grow(one.type, one.rules, one.mark)[0] for name, one in sources.datatypes.items()}
        self._shown = {name: grow("Reference", one.display, one.mark)[0] for name, one in sources.datatypes.items()}
        self._codings = {name: shape_table(one, "Coding") for name, one in sources.tables.items()}

    def map(self, text: str, digest: str) -> list[Body]:
        """The resources of a message; `digest` names those that have no number of their own."""
        return self.map_parsed(hl7.parse(text), digest)

    def map_parsed(self, message: Any, digest: str) -> list[Body]:
        """The resources of a message that python-hl7 has parsed."""
        self._drafts = {}
        self._ids: dict[tuple[str, int], str] = {}
        self._names = Names(self._plan, self._facility, digest)
        scopes = arrange([str(segment[0]) for segment in message], self._plan)
        found = [one for scope in scopes for one in self._scope(scope, message)]
        for rule, where, _ in found:
            assert where.place is not None
            identities = rule.identity or self._sources.segments[rule.mapping].identity
            named = (rule.key, rule.type, identities, where.place.scope, where.texts, where.components)
            self._ids[rule.key, where.place.places[""]] = self._names.name(*named)
        made = [self._resource(rule, where, following) for rule, where, following in found]
        return [*made, *self._drafts.values()]

    def _scope(self, scope: Scope, message: Any) -> Iterator[tuple[ResourceRule, Lookup, Following]]:
        outer = reversed(list(scope.around()))
        around = {name: message[found[0]] for one in outer for name, found in one.segments.items()}
        for resource in scope.plan.named:
            rule = self._rules[resource.key]
            found = scope.segments.get(rule.segment, [])
            for place in found if rule.many else found[:1]:
                following = {
                    also: [(one, message[one]) for one in self._following(scope, resource, place, also)]
                    for also in resource.all_followers
                }
                at = Place(rule.key, scope, {"": place, rule.segment: place})
                where = Lookup({**around, rule.segment: message[place]}, None, at)
                if rule.when is None or self._holds(rule.when, where):
                    yield rule, where, following

    def _following(self, scope: Scope, resource: ResourcePlan, place: int, also: str) -> list[int]:
        if resource.many:
            return scope.after(place, also)
        if also in self._plan.shared:
            return scope.every(also)
        own = [scope.segments[name][0] for name in resource.own if name in scope.segments]
        return [one for place in own for one in scope.after(place, also)]

    def _resource(self, rule: ResourceRule, where: Lookup, following: Following) -> Body:
        tree, parts = self._trees[rule.key]
        assert where.place is not None
        body = {"resourceType": rule.type, "id": self._ids[rule.key, where.place.places[""]]}
        body |= self._fill(tree, where, top=True)
        for part in parts:
            own = [(-1, where.segments[part.segment])] if part.segment in where.segments else []
            for place, follower in following[part.segment] if part.many else own:
                at = where.place and where.place._replace(places={**where.place.places, part.segment: place})
                here = Lookup({**where.segments, part.segment: follower}, None, at)
                if part.when is None or self._holds(part.when, here):
                    _add(body, self._fill(part.tree, here, top=True))
        return body | self._names.references(rule.key, where.place.scope)

    def _fill(self, branch: Branch, where: Lookup, *, top: bool) -> Body:
        body: Body = {}
        late: Body = {}
        for name, entries in branch.entries.items():
            element = next(iter(entries.values())).element or elements(branch.type)[name]
            if element.is_choice and any(_base(branch, one) == element.base for one in body):
                continue
            bare = [] if top else [one for one in entries.values() if _is_constant(one)]
            for found, into in (([one for one in entries.values() if one not in bare], body), (bare, late)):
                value = self._element(element, found, where, top) if found else None
                if value not in (None, [], {}):
                    into[name] = value
        if body or top or branch.is_constant():
            _add(body, late)
        return body

    def _element(self, element: Element, entries: list[Leaf | Branch], where: Lookup, top: bool) -> Any:
        if not element.is_list:
            return self._entry(element, entries[0], where, top)
        found: list[Any] = []
        for entry in entries:
            if isinstance(entry, Branch) and entry.each is not None:
                found += self._each(entry, entry.each, where)
                continue
            value = self._entry(element, entry, where, top)
            found += value if isinstance(value, list) else [value] if value not in (None, {}) else []
        return found

    def _entry(self, element: Element, entry: Leaf | Branch, where: Lookup, top: bool) -> Any:
        if isinstance(entry, Branch):
            holds = entry.when is None or self._holds(entry.when, where)
            return self._fill(entry, where, top=False) if holds else None
        for one in entry.alternatives:
            if one.when is None or self._holds(one.when, where):
                value = self._alternative(one, element, where)
                if value not in (None, [], {}, ""):
                    return value
        return None

    def _each(self, branch: Branch, field: FieldPath, where: Lookup) -> list[Body]:
        """An entry for each repetition of a field, where the condition holds."""
        if branch.when is not None and not self._holds(branch.when, where):
            return []
        raise NotImplementedError("no message of the benchmark repeats such a field")

    def _alternative(self, one: Alternative, element: Element, where: Lookup) -> Any:
        if one.refers:
            return self._refer(one.refers, element, where)
        if one.source is None:
            return one.constant
        found = self._source(one.source, element, where)
        if found in (None, [], "") and one.source.default is not None:
            coded = not any(term.type and not term.is_built_in for term in one.source.terms)
            table = self._sources.tables[one.source.table] if one.source.table and coded else None
            return shape_default(one.source.default, table.system if table else "", element.type)
        return found

    def _source(self, source: Source, element: Element, where: Lookup) -> Any:
        values: list[Any] = []
        for term in source.terms:
            values += self._term(term, source, element, where)
            if values and not source.gathers:
                break
        if element.is_list:
            return values
        if source.gathers and element.type in LISTED:
            return " ".join(values)
        if element.type in LISTED and any(term.path.repetition == ALL and term.path.segment for term in source.terms):
            return "\n".join(values)
        return values[0] if values else None

    def _term(self, term: Term, source: Source, element: Element, where: Lookup) -> list[Any]:
        if term.type is None or term.is_built_in:
            whole = term.type is not None and TYPES[term.type].whole
            texts = where.whole(term.path) if whole else where.texts(term.path)
            read = (self._text(text, term, source, element) for text in texts)
            return [value for value in read if value is not None]
        tree = self._datatypes[term.type]
        made = [
            self._made(term.type, tree, Lookup({}, _within(one, term.path.component), where.place))
            for one in where.repetitions(term.path)
            if str(one) not in ("", '""')
        ]
        made = [one for one in made if one not in (None, {}, "")]
        if source.table:
            made = [translate(one, self._codings[source.table]) for one in made]
        return made

    def _refer(self, refers: Refers, element: Element, where: Lookup) -> Any:
        """References to what a rule made of the same segment, else nearby."""
        assert where.place is not None
        key, scope, places = where.place
        same = (refers.key, places.get(refers.segment, -1))
        if not refers.many and same in self._ids:
            found = [] if same == (key, places[""]) else [self._ids[same]]
        else:
            found = (refers.many and self._names.inside(refers.key, scope)) or self._names.nearest(refers.key, scope)
        kind = self._rules[refers.key].type if refers.key in self._rules else ""
        references = [{"reference": f"{kind}/{one}"} for one in (dict.fromkeys(found) if refers.many else found[:1])]
        return references if element.is_list else next(iter(references), None)

    def _made(self, name: str, tree: Branch, where: Lookup) -> Any:
        """What a datatype mapping makes of a value: an element, a primitive, or a reference to a resource."""
        if is_primitive(tree.type):
            return self._fill(tree, where, top=False).get(VALUE)
        if not is_resource(tree.type):
            return self._fill(tree, where, top=False)
        shown = self._fill(self._shown[name], where, top=False)
        names = next(filter(None, (_names(one, where) for one in self._sources.datatypes[name].identity)), None)
        if names is None:
            return shown
        identity = identify(tree.type, self._facility, names)
        url = f"{tree.type}/{identity}"
        body = {"resourceType": tree.type, "id": identity, **self._fill(tree, where, top=True)}
        self._drafts[url] = body | self._drafts.get(url, {})
        return {"reference": url, **shown}

    def _text(self, text: str, term: Term, source: Source, element: Element) -> Any:
        if source.table:
            table = self._sources.tables[source.table]
            code = table.codes.get(find(self._codings[source.table].places, text) if table.match else text)
            if code:
                return shape_code(code, table.system, element.type)
            if table.match:
                return None
            sent = {"text": text} if element.type == "CodeableConcept" else {"code": text}
            return None if is_primitive(element.type) else sent
        if term.type is None:
            return text
        kind = TYPES[term.type]
        return kind.read(text, CITY_ZONE) if kind.zoned else kind.read(text)

    def _holds(self, condition: Condition, where: Lookup) -> bool:
        match condition:
            case Not(part=part):
                return not self._holds(part, where)
            case All(parts=parts):
                return all(self._holds(part, where) for part in parts)
            case Either(parts=parts):
                return any(self._holds(part, where) for part in parts)
        return _asks(condition, where)


def _asks(condition: Ask, where: Lookup) -> bool:
    path = condition.path
    assert isinstance(path, FieldPath)
    texts = where.texts(path)
    if isinstance(condition, Valued):
        whole = [str(one) for one in where.repetitions(path)] if path.component is None else texts
        return any(text.strip("^~& ") not in ("", '""') for text in whole)
    if isinstance(condition, Reads):
        read = TYPES[condition.type]
        return bool(texts) and (read.read(texts[0], CITY_ZONE) if read.zoned else read.read(texts[0])) is not None
    if isinstance(condition, Begins):
        return any(text.startswith(condition.texts) for text in texts)
    if isinstance(condition, Same):
        assert isinstance(condition.other, FieldPath)
        return bool(texts) and texts[:1] == where.texts(condition.other)[:1]
    if isinstance(condition, Compares):
        measured = texts if condition.measure == "value" else [_measure(condition.measure, texts)]
        return any(compares(text, condition.order, condition.number) for text in measured)
    if condition.measure == "value":
        return any(text in condition.texts for text in texts)
    return _measure(condition.measure, texts) in condition.texts


def _measure(measure: str, texts: list[str]) -> str:
    return str(len(texts) if measure == "count" else len("".join(texts[:1])))


def _is_constant(entry: Leaf | Branch) -> bool:
    return is_constant(entry) if isinstance(entry, Leaf) else entry.is_constant()


def _names(identity: Identity, where: Lookup) -> tuple[str, ...] | None:
    """What a line of identity calls a resource, None where a part is missing."""
    parts = [next((text for path in one.paths for text in where.texts(path)), "") for one in identity.names]
    there = all(part or one.optional for part, one in zip(parts, identity.names, strict=True))
    return (identity.label, *parts) if there else None


def _base(branch: Branch, name: str) -> str:
    element = next(iter(branch.entries[name].values())).element if name in branch.entries else None
    return element.base if element else name


def _within(repetition: Any, component: int | None) -> Any:
    return repetition if component is None else _part(repetition, component, 1)


def _add(body: Body, part: Body) -> None:
    for name, value in part.items():
        if isinstance(value, list):
            body.setdefault(name, []).extend(value)
        else:
            body.setdefault(name, value)
