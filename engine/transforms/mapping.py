"""Mappings as their files say them, each part with its place: messages, segments, datatypes, tables, overlays."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.language.condition import Condition
from engine.language.document import Node, Plain
from engine.language.fault import Mark
from engine.language.path import FieldPath, Step
from engine.language.term import Source


@dataclass(frozen=True, slots=True)
class Refers:
    """The resource of the rule `key` that was made from the same segment, else the nearest; or each (`Observation[*]`).

    `segment` is the one whose mapping says so, "" within a datatype.
    """

    key: str
    many: bool
    mark: Mark
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to fill an element: from a source, with a constant, by a reference, or from its own elements.

    `when` tells whether it applies.
    """

    mark: Mark
    source: Source | None = None
    constant: Plain = None
    rules: tuple[Rule, ...] = ()
    when: Condition | None = None
    inferred: bool = False
    """The value ranks below any value sent; an `else` is so too."""
    refers: Refers | None = None
    each: FieldPath | None = None
    """The field for each repetition of which the elements are made anew."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a mapping: the element as it is written, and alternatives of which the first that gives counts."""

    key: str
    steps: tuple[Step, ...]
    mark: Mark
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """One part of what a resource is called: fields of which the first valued counts, or a word.

    Words are `patient-identifier`, `ordinal`, and the keys of other resources, which stand for their ids.
    """

    mark: Mark
    paths: tuple[FieldPath, ...] = ()
    word: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to name a resource: all its parts must be there. The label keeps equal numbers of two kinds apart."""

    label: str
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class InlineTest:
    """A test that stands beside what it tests."""

    name: str
    mark: Mark
    expect: Plain
    change: ReadOnly[str, str] = field(default_factory=dict)
    sample: str = ""
    message: str = ""
    absent: tuple[str, ...] = ()
    node: Node | None = None
    """As it stands in its file."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """What fills the elements of one FHIR type from one segment or one v2 datatype.

    A datatype mapping whose type is a resource makes that resource of a field, and fills the element that reads the
    field with a reference to it; `display` holds the rules of the reference's own elements.
    """

    name: str
    kind: Literal["segment", "datatype"]
    source: str
    type: str
    mark: Mark
    rules: tuple[Rule, ...]
    identity: tuple[Identity, ...] = ()
    display: tuple[Rule, ...] = ()
    optional: bool = False
    """The resource is made only where the engine is asked for its type; else its display stays."""
    parts: tuple[Source, ...] = ()
    """Fields whose datatype mappings fill further elements of the same resource."""
    sample: str = ""
    sample_mark: Mark | None = None
    source_mark: Mark | None = None
    type_mark: Mark | None = None
    tests: tuple[InlineTest, ...] = ()
    worked_out: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of it, kept for who asks again."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a table gives for one code; without a system of its own the table's counts."""

    code: str
    system: str = ""
    display: str = ""


KEEP = Code("keep")
"""The default of a table that leaves a code as it was sent."""


@dataclass(frozen=True, slots=True)
class Table:
    """A translation of codes.

    `default` is what a code gives that is not in it, KEEP the code itself; `partial` says that such codes are meant to
    give nothing, so that nobody counts them.
    """

    name: str
    mark: Mark
    system: str
    codes: ReadOnly[str, Code]
    default: Code | None = None
    partial: bool = False
    match: Literal["", "place"] = ""
    """How a value is compared with the codes: as it is, or as what an address says of a place."""
    tests: tuple[InlineTest, ...] = ()
    """Each has the code to look up as its sample."""
    worked_out: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of it, kept for who asks again."""


@dataclass(frozen=True, slots=True)
class Also:
    """A further segment that fills a resource: the first one, or each (`NTE[*]`) that follows one of its own."""

    segment: str
    many: bool
    mark: Mark
    mapping: str
    """The name of the segment mapping."""
    when: Condition | None = None
    into: tuple[str, ...] = ()
    """Lists whose first entry it fills further, in place of entries of its own."""
    lines: int = 0
    """The field whose repetitions are lines: all segments count as one that has the lines of all; 0 for none."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An element that refers to another resource of the message, to each of them, or to the first (`Patient[1]`)."""

    element: str
    key: str
    many: bool
    """It is looked for inside of the groups here too."""
    mark: Mark
    first: bool = False
    """Of those the first counts."""


@dataclass(frozen=True, slots=True)
class ResourceRule:
    """One kind of resource that a message makes: one, or one for each of its segment (`Observation[*]`)."""

    key: str
    many: bool
    mark: Mark
    type: str
    segment: str
    mapping: str
    """The name of the mapping of that segment."""
    also: tuple[Also, ...] = ()
    when: Condition | None = None
    identity: tuple[Identity, ...] = ()
    references: tuple[Reference, ...] = ()
    rules: tuple[Rule, ...] = ()
    optional: bool = False
    """Made only where the engine is asked for its type."""
    undoes: tuple[Undone, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """An element that the event of a message takes back, and when: erased unless the message sends it."""

    element: str
    mark: Mark
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A run of segments that begins anew at one of `begins`; the message itself is the outermost and begins at none."""

    name: str
    begins: tuple[str, ...]
    mark: Mark
    resources: tuple[ResourceRule, ...]
    groups: tuple[Group, ...] = ()

    def walk(self) -> Iterator[Group]:
        """This group and all inside it, outermost first."""
        yield self
        for inner in self.groups:
            yield from inner.walk()


@dataclass(frozen=True, slots=True)
class MessageMapping:
    """What the messages of one structure make, by trigger event."""

    name: str
    code: str
    """MSH-9.1."""
    events: tuple[str, ...]
    needs: tuple[str, ...]
    mark: Mark
    needs_mark: Mark
    body: Group
    tests: tuple[InlineTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """What differs for some facilities: rules by segment mapping, datatypes, tables.

    A vendor's overlay is for no facility of its own: others extend it, and go before it.
    """

    name: str
    facilities: tuple[str, ...]
    mark: Mark
    segments: ReadOnly[str, tuple[Rule, ...]]
    datatypes: ReadOnly[str, Mapping]
    tables: ReadOnly[str, Table]
    tests: tuple[InlineTest, ...] = ()
    places: ReadOnly[str, Mark] = field(default_factory=dict)
    """Where it names each segment mapping, each facility and what it extends."""
    vendor: bool = False
    extends: tuple[str, ...] = ()
    """Vendors, of which the first named goes before the others."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The facilities that it is for; a vendor's is tested under its own name."""
        return (self.name,) if self.vendor else self.facilities


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a folder of mappings says."""

    messages: tuple[MessageMapping, ...] = ()
    segments: ReadOnly[str, Mapping] = field(default_factory=dict)
    datatypes: ReadOnly[str, Mapping] = field(default_factory=dict)
    tables: ReadOnly[str, Table] = field(default_factory=dict)
    overlays: tuple[Overlay, ...] = ()
    grown: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Trees of what is the same here and in sources that were made of these, as overlays are laid over them."""
    worked_out: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of it, kept for who asks again."""
