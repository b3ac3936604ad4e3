"""A conformance profile as its file has it: the keys and what they take."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue

from engine.hl7.conformance.rules import Usage
from engine.language.model import Section

Severity = Literal["error", "warning", "ignore"]


def _texts(value: Any) -> Any:
    """A list of codes as texts, one text as a list of itself."""
    return tuple(str(one) if isinstance(one, int) else one for one in (value if isinstance(value, list) else [value]))


_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
_WORDS = {"required": {"required": True}, "optional": {"required": False}, "forbidden": {"forbidden": True}}

Codes = Annotated[tuple[str, ...], BeforeValidator(_texts), WithJsonSchema(_SCHEMA)]


class Presence(Section):
    """What segments and fields have in common; a word alone stands for `{ required: true }` and the like."""

    required: bool | None = Field(None, description="Whether it must be sent; `false` lifts what the standard asks.")
    forbidden: bool = Field(False, description="Whether it must not be sent.")
    max: int | None = Field(None, ge=1, description="How often it may come.")
    severity: Severity | None = Field(
        None, description="What an error here does; it also holds for what the standard asks of the same place."
    )
    about: str = Field("", description="Why the rule is there.")

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        if isinstance(value, str) and value not in _WORDS:
            raise ValueError("is no rule - write required, optional, forbidden, or keys in braces")
        return _WORDS[value] if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, make: GetJsonSchemaHandler) -> JsonSchemaValue:
        """For editors, a word too."""
        return {"anyOf": [{"enum": list(_WORDS)}, make.resolve_ref_schema(make(core))]}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.required and self.forbidden:
            raise ValueError("is required and forbidden - keep one of them")
        return self

    @property
    def usage(self) -> Usage | None:
        """Whether it is sent; None where the rule says nothing of it."""
        if self.forbidden:
            return Usage.FORBIDDEN
        return None if self.required is None else Usage.REQUIRED if self.required else Usage.OPTIONAL


class SegmentEntry(Presence):
    """A segment of a message: `required`, `optional`, `forbidden`, or a map."""


class FieldEntry(Presence):
    """A field such as `PID-3`, a component `PID-3.1` or a subcomponent, wherever its segment is sent."""

    length: int | None = Field(None, ge=1, description="The most characters of one repetition.")
    table: Codes | None = Field(
        None, description="The codes it may have: a list, the number of an HL7 table such as `0001`, or `any`."
    )


class MessageEntry(Section):
    """Messages of a structure (`ADT_A01`) or of a type and event (`ADT^A08`), which goes over the structure's."""

    about: str = Field("", description="Why these messages have rules of their own.")
    segments: dict[str, SegmentEntry] = Field({}, description="What they hold, by segment.")
    fields: dict[str, FieldEntry] = Field({}, description="What their fields hold, by path.")


class Severities(Section):
    """What each kind of error does: it refuses the message, is told with its acceptance, or is not looked for."""

    structure: Severity = Field("error", description="A segment is missing or out of sequence (100).")
    required: Severity = Field("error", description="A required field is empty (101).")
    datatype: Severity = Field("error", description="A value is none of its datatype (102).")
    table: Severity = Field("error", description="A code is none of its table (103).")
    length: Severity = Field("error", description="A value is too long (104).")
    cardinality: Severity = Field("error", description="There is more of it than may be (198).")


class TestEntry(Section):
    """A test: a sample message, what is changed in it, and the errors that must be found."""

    __test__ = False  # for pytest, which takes the name for a class of tests

    name: str = Field(description="What it shows.")
    message: str = Field(description="The file of a message, from the profile's folder.")
    change: dict[str, str] = Field({}, description="Fields that are set before the check, by path.")
    expect: tuple[str, ...] = Field((), description="The errors, such as `101 PID-7` or `101 PV1-44 warning`.")


class ProfileFile(Section):
    """A conformance profile."""

    profile: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$", description="Its name.")
    about: str = Field("", description="What it is for.")
    base: Literal["standard", "none"] = Field(
        "standard", description="What it adds to: the standard's tables of each message's version, or nothing."
    )
    severity: Severities = Severities()
    messages: dict[str, MessageEntry] = Field({}, description="Rules for some messages.")
    fields: dict[str, FieldEntry] = Field({}, description="Rules for fields of all messages, by path.")
    tests: tuple[TestEntry, ...] = Field((), description="What `engine test` shows of it.")
