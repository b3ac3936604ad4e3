"""Checking the elements of mappings: against FHIR R4's elements, the standard's fields, and each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.canonical import r4
from engine.canonical.r4 import Element
from engine.hl7.standard import segments
from engine.language.condition import Condition, Reads, parts_of
from engine.language.contradiction import contradiction
from engine.language.fault import Mark, nearest
from engine.language.gather import Gather
from engine.language.path import FieldPath
from engine.language.term import Source, Term
from engine.transforms.check_paths import is_segment, is_single, missing_part
from engine.transforms.check_reach import unreachable
from engine.transforms.check_references import check_refers, check_target
from engine.transforms.check_required import missing_required
from engine.transforms.check_values import EMPTY, check_constant, default_fits
from engine.transforms.mapping import Alternative, Mapping, Rule, Sources
from engine.transforms.tree import Branch, Leaf, Misfit, grow
from engine.transforms.trees import refers_in
from engine.transforms.values import TYPES
from engine.transforms.write_source import TEXTS

TRANSLATED = frozenset({"Coding", "CodeableConcept", "boolean"}) | r4.SAME_SHAPE

MISFITS = {
    "M302": "keep one of them",
    "M303": "write the elements one by one, each with its when",
    "M304": "leave the index out",
}
"""What to do about rules that FHIR has no place for."""


class RuleChecker:
    """Checks rules against all that a set of mappings holds."""

    def __init__(self, sources: Sources, gather: Gather) -> None:
        self._sources = sources
        self._gather = gather
        groups = (group for message in sources.messages for group in message.body.walk())
        self._keys = {rule.key for group in groups for rule in group.resources}

    def check(self, mapping: Mapping) -> None:
        """Note the faults of one segment or datatype mapping."""
        if mapping.kind == "segment":
            self.segment(mapping.source, mapping.source_mark or mapping.mark, mapping.name)
        if not r4.is_type(mapping.type) or (r4.is_primitive(mapping.type) and mapping.kind == "segment"):
            hint = nearest(mapping.type, r4.types()) or "write a resource, or a datatype"
            what = f"{mapping.type!r} is no FHIR {'resource' if mapping.kind == 'segment' else 'type'}"
            self._gather.add(mapping.type_mark or mapping.mark, "M305", mapping.name, what, hint)
            return
        self.rules(mapping.type, mapping.rules, mapping.mark, mapping.name, mapping.source)
        if mapping.kind == "datatype":
            self._datatype(mapping)

    def _datatype(self, mapping: Mapping) -> None:
        """What stands in a datatype mapping that makes a resource, and in no other."""
        if not r4.is_resource(mapping.type):
            if mapping.identity or mapping.display:
                what = f"a {mapping.type} is no resource, and has neither identity nor display"
                self._gather.add(mapping.mark, "M346", mapping.name, what, "take them out")
            for refers in refers_in(grow(mapping.type, mapping.rules, mapping.mark)[0]):
                what = f"a {mapping.type} is no resource, and refers to none of the message"
                self._gather.add(refers.mark, "M346", mapping.name, what, "refer from the segment mapping")
            return
        if mapping.identity or mapping.display:
            self._embedded(mapping)

    def _embedded(self, mapping: Mapping) -> None:
        """What a datatype mapping that makes a resource of its own needs; without an identity it is a part of one."""
        self.rules("Reference", mapping.display, mapping.mark, f"{mapping.name}.display", mapping.source)
        if not any(one.names for one in mapping.identity):
            hint = "write identity: with what the sender calls it, such as number: [.1]"
            self._gather.add(mapping.mark, "M326", mapping.name, "nothing names the resource", hint)
        for name in (name for one in mapping.identity for name in one.names):
            for path in name.paths:
                self.path(path, name.mark, mapping.name, mapping.source)
        for what in missing_required(mapping.type, mapping.rules, (), lambda _: True):
            self._gather.add(mapping.mark, "M329", mapping.name, what, "end it with an else")

    def rules(self, kind: str, rules: Iterable[Rule], mark: Mark, where: str, datatype: str = "") -> Branch:
        """Note the faults of rules that fill a FHIR type; gives their tree."""
        tree, misfits = grow(kind, rules, mark)
        for misfit in misfits:
            self._misfit(misfit, where)
        self._branch(tree, where, datatype)
        return tree

    def segment(self, name: str, mark: Mark, where: str) -> None:
        """Note a segment that no version of the standard has; those that begin with Z are anyone's."""
        if is_segment(name) and not name.startswith("Z") and name not in segments():
            hint = nearest(name, segments()) or "write a segment of HL7 v2, or one that begins with Z"
            self._gather.add(mark, "M306", where, f"HL7 v2 has no segment {name!r}", hint)

    def path(self, path: FieldPath, mark: Mark, where: str, datatype: str = "") -> None:
        """Note a field, component or subcomponent that no version of the standard has."""
        if path.segment:
            self.segment(path.segment, mark, where)
        wrong = missing_part(path, datatype)
        if wrong:
            self._gather.add(mark, "M307", where, *wrong)

    def condition(self, condition: Condition | None, mark: Mark, where: str, datatype: str = "") -> None:
        """Note the faults of a condition."""
        for part in parts_of(condition) if condition else ():
            if isinstance(part.path, FieldPath):
                self.path(part.path, part.mark, where, datatype)
            if isinstance(part, Reads) and part.type not in TYPES:
                self._unknown(part.mark, "M308", where, f"{part.type!r} is no type of the language", part.type, TYPES)
        contrary = contradiction(condition, is_single) if condition else None
        if contrary:
            self._gather.add(contrary.mark, "M340", where, contrary.what, "correct it, or take out what it stands for")

    def _branch(self, branch: Branch, where: str, datatype: str) -> None:
        self.condition(branch.when, branch.mark, where, datatype)
        for entry in branch.children():
            if isinstance(entry, Branch):
                self._branch(entry, where, datatype)
            else:
                self._leaf(entry, where, datatype)

    def _leaf(self, leaf: Leaf, where: str, datatype: str) -> None:
        place = f"{where}.{leaf.element.name}"
        for mark, what in unreachable(leaf.alternatives):
            self._gather.add(mark, "M341", place, what, "put it before, or take it out")
        for one in leaf.alternatives:
            self.condition(one.when, one.mark, place, datatype)
            if one.refers:
                check_refers(one.refers, leaf.element, self._keys, place, self._gather)
            elif one.source is None:
                self._constant(one, leaf.element, place)
            else:
                self._source(one.source, leaf.element, place, datatype)

    def _constant(self, one: Alternative, element: Element, where: str) -> None:
        value: Any = one.constant
        values = value if element.is_list and isinstance(value, list) else [value]
        for wrong in [check_constant(entry, element.type) for entry in values] or [EMPTY]:
            if wrong:
                self._gather.add(one.mark, "M309", where, wrong, "write the value as FHIR has it")

    def _source(self, source: Source, element: Element, where: str, datatype: str) -> None:
        for term in source.terms:
            for path in term.paths:
                self.path(path, term.mark, where, datatype)
            self._term(term, source, element, where)
        if source.table is not None and source.table not in self._sources.tables:
            what = f"there is no table {source.table!r}"
            self._unknown(source.table_mark, "M310", where, what, source.table, self._sources.tables)
        if source.table is not None and element.type not in TRANSLATED:
            what = f"{element.name!r} holds no code for a table to give"
            self._gather.add(source.table_mark, "M311", where, what, "leave via out")
        if source.gathers and not element.is_list and (source.table or element.type not in TEXTS):
            what = f"{element.name!r} holds one value, and & gathers several"
            self._gather.add(source.terms[1].mark, "M317", where, what, "write | for the first that is present")
        if source.default is not None and not default_fits(source.default, element.type):
            what = f"{source.default!r} is no {element.type}"
            self._gather.add(source.default_mark, "M312", where, what, "write a default that the element may hold")

    def _term(self, term: Term, source: Source, element: Element, where: str) -> None:
        mark = term.type_mark
        if term.type is None:
            if source.table is None and element.type not in r4.SAME_SHAPE:
                hint = f"write: as {_suggest(element.type, self._sources)}"
                self._gather.add(mark, "M313", where, f"{element.name!r} holds a {element.type}, this is text", hint)
        elif term.is_built_in:
            self._built_in(term.type, source, element, mark, where)
        elif term.type not in self._sources.datatypes:
            what = f"there is no datatype mapping {term.type!r}"
            self._unknown(mark, "M314", where, what, term.type, self._sources.datatypes)
        else:
            self._made(self._sources.datatypes[term.type].type, term.type, element, mark, where)
            self._part(self._sources.datatypes[term.type], mark, where)

    def _part(self, mapping: Mapping, mark: Mark, where: str) -> None:
        """A part of a resource is nothing to refer to."""
        if r4.is_resource(mapping.type) and not mapping.identity:
            hint = f"give {mapping.name} an identity, or name it under parts: of a segment mapping"
            self._gather.add(mark, "M326", where, f"{mapping.name} makes a part of a resource, and no resource", hint)

    def _made(self, made: str, name: str, element: Element, mark: Mark, where: str) -> None:
        """What a datatype mapping makes is what the element holds, or a resource that it may refer to."""
        if r4.is_resource(made) and element.type == "Reference":
            check_target(element, made, mark, where, self._gather)
        elif r4.is_type(made) and not _same(made, element.type):
            what = f"{element.name!r} holds a {element.type}, {name} makes a {made}"
            self._gather.add(mark, "M315", where, what, f"write: as {_suggest(element.type, self._sources)}")

    def _built_in(self, kind: str, source: Source, element: Element, mark: Mark, where: str) -> None:
        if kind not in TYPES:
            self._unknown(mark, "M308", where, f"{kind!r} is no type of the language", kind, TYPES)
        elif source.table is None and element.type not in TYPES[kind].fits:
            what = f"{element.name!r} holds a {element.type}, {kind} makes none"
            self._gather.add(mark, "M315", where, what, f"write: as {_suggest(element.type, self._sources)}")

    def _misfit(self, misfit: Misfit, where: str) -> None:
        hint = nearest(misfit.name, misfit.known) or MISFITS.get(misfit.code, "see docs/reference/mapping.md")
        self._gather.add(misfit.rule.mark, misfit.code, where, misfit.what, hint)

    def _unknown(self, mark: Mark, code: str, where: str, what: str, name: str, known: Iterable[str]) -> None:
        self._gather.add(mark, code, where, what, nearest(name, known) or "write one that there is")


def _same(made: str, wanted: str) -> bool:
    """Whether a type fills an element: a Duration is filled by a Quantity too."""
    if made in TYPES:
        return wanted in TYPES[made].fits
    return made == wanted or (
        made == "Quantity" and wanted in ("Age", "Count", "Distance", "Duration", "SimpleQuantity")
    )


def _suggest(kind: str, sources: Sources) -> str:
    own = [name for name, one in TYPES.items() if kind in one.fits]
    mappings = [name for name, mapping in sources.datatypes.items() if mapping.type == kind]
    if kind == "Reference":
        mappings += [name for name, mapping in sources.datatypes.items() if r4.is_resource(mapping.type)]
    return next(iter([*(name for name in own if name == kind), *own, *mappings]), f"X.{kind}")
