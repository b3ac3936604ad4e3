"""What compiled code calls by name: the functions of datatype mappings, and tables in the shape their elements have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from engine.canonical.identity import id_of, remembered_id_of
from engine.canonical.resource import Resource
from engine.transforms import fields, values
from engine.transforms.codes import Codes, missing, note_unmapped, translate
from engine.transforms.embedding import embed
from engine.transforms.erasing import add, erase, give_way, undo
from engine.transforms.mapping import Code, Table
from engine.transforms.memory import keep, recall
from engine.transforms.naming import choose_number
from engine.transforms.sent import READERS, head, look_up, piece, refuse_sent
from engine.transforms.shape_code import shape_code
from engine.transforms.trace import note, note_join

Namespace = dict[str, Any]


class Shapes(Protocol):
    """Gives the names that the code of one mapping set may use."""

    def datatype(self, name: str, *, parted: bool) -> str:
        """The name of the function that a datatype mapping compiles to, `parted` of the one that takes separators."""

    def table(self, name: str, kind: str) -> str:
        """The name of a table whose values fill elements of the FHIR type `kind`."""

    def takes_sent(self, name: str) -> bool:
        """Whether a value of a plain message may be looked up in a table as it is sent."""

    def takes_any(self, name: str) -> bool:
        """Whether a Coding or concept may be made of a code as it was sent: of what is no place it may not."""

    def may_miss(self, name: str) -> bool:
        """Whether codes are noted that a table does not hold."""

    def memory(self, name: str, table: str | None) -> str:
        """The name of the memory of what a datatype mapping and a table make of a field, "" for one that has none."""

    def is_missing(self, name: str, table: str | None) -> bool:
        """Whether what a datatype mapping and a table make of a field may note codes that no table holds."""

    def default(self, text: str, table: str | None, kind: str) -> Any:
        """The text of an `else` as a value of the FHIR type `kind`."""


def base_namespace() -> Namespace:
    """The functions that every compiled mapping may call, and no builtins but those named here."""
    readers: list[Callable[..., Any]] = [
        fields.clean,
        fields.component,
        fields.count,
        fields.first,
        fields.inner_part,
        fields.inner_text,
        fields.is_valued,
        fields.join_lines,
        fields.lines,
        fields.raw_component,
        fields.repetition,
        fields.subcomponent,
        fields.text,
        fields.whole,
        head,
        look_up,
        piece,
        refuse_sent,
        values.compares,
        values.refuse,
        keep,
        missing,
        note_unmapped,
        recall,
        translate,
        add,
        embed,
        erase,
        give_way,
        undo,
        choose_number,
        note,
        note_join,
        any,
        bool,
        len,
        str,
    ]
    namespace: Namespace = {reader.__name__: reader for reader in readers}
    namespace |= {"id_of": id_of, "remembered_id_of": remembered_id_of}
    namespace |= {f"read_{name}": kind.read for name, kind in values.TYPES.items()}
    namespace |= READERS
    namespace |= {"new": tuple.__new__, "Resource": Resource}
    """What a NamedTuple calls too, which checks nothing that is not checked here."""
    return namespace | {"NEVER": fields.NEVER, "NULL": fields.NULL, "__builtins__": {}}


def shape_table(table: Table, kind: str) -> Codes:
    """The table's codes as values of a FHIR type: bare codes, Codings, or CodeableConcepts of one Coding."""
    return Codes(table, kind, {key: shape_code(code, table.system, kind) for key, code in table.codes.items()})


def shape_default(text: str, system: str, kind: str) -> Any:
    """The text of an `else` as a value of a FHIR type."""
    if kind in ("Coding", "CodeableConcept") and system:
        return shape_code(Code(text), system, kind)
    if kind in ("integer", "unsignedInt", "positiveInt"):
        return int(text)
    keys = {"Coding": "code", "CodeableConcept": "text", "Reference": "display", "Quantity": "unit"}
    if kind in keys:
        return {keys[kind]: text}
    return float(text) if kind == "decimal" else text == "true" if kind == "boolean" else text
