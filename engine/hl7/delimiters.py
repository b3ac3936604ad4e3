"""The delimiters of a message: MSH-1 and MSH-2 (HL7 v2.9, 2.5.4 "Message delimiters")."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from engine.hl7.fault import HL7Fault


class HeaderFaultCode(StrEnum):
    """Why a payload has no readable MSH segment."""

    NO_MSH = "no_msh"
    BATCH = "batch"
    XML = "xml"
    WIDE_ENCODING = "wide_encoding"
    SHORT_MSH = "short_msh"
    VT_IN_MSH = "vt_in_msh"
    MSH_2_LENGTH = "msh_2_length"
    DELIMITER_REUSED = "delimiter_reused"
    DELIMITER_FORBIDDEN = "delimiter_forbidden"


_WORDS = {
    HeaderFaultCode.NO_MSH: ("the payload begins with no MSH segment", "send HL7 v2 with vertical bars"),
    HeaderFaultCode.BATCH: ("the payload is a batch", "send single messages, or let the link split batches"),
    HeaderFaultCode.XML: ("the payload is XML", "send HL7 v2 with vertical bars"),
    HeaderFaultCode.WIDE_ENCODING: ("the payload is in UTF-16 or UTF-32", "send UTF-8"),
    HeaderFaultCode.SHORT_MSH: ("the MSH segment ends before its delimiters do", "send MSH-1 and MSH-2 in full"),
    HeaderFaultCode.VT_IN_MSH: ("a VT stands inside the MSH segment", "end each frame before the next begins"),
    HeaderFaultCode.MSH_2_LENGTH: ("MSH-2 has not two to five characters", r"send ^~\& or ^~\&#"),
    HeaderFaultCode.DELIMITER_REUSED: ("two delimiters are the same character", r"send |^~\&"),
    HeaderFaultCode.DELIMITER_FORBIDDEN: ("a delimiter is no visible ASCII sign", r"send |^~\&"),
}


class HeaderFault(HL7Fault):
    """A payload without a readable MSH segment: never answered AA, kept as a dead letter."""

    code: HeaderFaultCode

    def __init__(self, code: HeaderFaultCode, position: str) -> None:
        super().__init__(code, position, *_WORDS[code])


@dataclass(frozen=True, slots=True)
class Delimiters:
    r"""The characters that part a message, each one ASCII character, or "" where MSH-2 leaves it out.

    A sender may leave out the subcomponent separator, and the escape character with it; the truncation character
    came with v2.7. `encoded` is MSH-1 and MSH-2 as sent, such as `|^~\&`.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""
    encoded: bytes = dataclasses.field(init=False, repr=False, compare=False)
    field_byte: bytes = dataclasses.field(init=False, repr=False, compare=False)
    component_byte: bytes = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        signs = (self.field, self.component, self.repetition, self.escape, self.subcomponent, self.truncation)
        object.__setattr__(self, "encoded", "".join(signs).encode("ascii"))
        object.__setattr__(self, "field_byte", self.field.encode("ascii"))
        object.__setattr__(self, "component_byte", self.component.encode("ascii"))


STANDARD = Delimiters()
"""The delimiters that the standard recommends."""


@lru_cache(maxsize=64)
def read_delimiters(encoded: bytes) -> Delimiters:
    r"""The delimiters that MSH-1 and MSH-2 name, given together as in `|^~\&`.

    Raises HeaderFault for a wrong count, a sign used twice, and what is no visible ASCII sign: a control character,
    a blank, a letter, a digit, a byte above 7E (F19).
    """
    if not 3 <= len(encoded) <= 6:
        raise HeaderFault(HeaderFaultCode.MSH_2_LENGTH, "MSH-2")
    for index, byte in enumerate(encoded):
        if not 0x20 < byte < 0x7F or chr(byte).isalnum():
            raise HeaderFault(HeaderFaultCode.DELIMITER_FORBIDDEN, "MSH-2" if index else "MSH-1")
    if len(set(encoded)) < len(encoded):
        raise HeaderFault(HeaderFaultCode.DELIMITER_REUSED, "MSH-2")
    return Delimiters(*encoded.decode("ascii"), *[""] * (6 - len(encoded)))
