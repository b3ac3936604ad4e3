"""The facility registry as its file has it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError

from engine.facilities.facility import Facility, Registry
from engine.facilities.identifier import LOCAL_TYPES
from engine.hl7.charset import codec_of
from engine.language.document import read_document
from engine.language.fault import Fault, Faults
from engine.language.model import Section, model_faults, place

PAGE = "docs/reference/registry.md"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("is no time zone - write one such as Asia/Ho_Chi_Minh") from None
    return name


def _known_charset(name: str) -> str:
    if codec_of(name) is None:
        raise ValueError("is no charset that the engine reads - write one such as UTF-8 or windows-1258")
    return name


Charset = Annotated[str, AfterValidator(_known_charset)]


class FacilityEntry(Section):
    """One facility of the registry."""

    code: str = Field(pattern=r"^[A-Za-z0-9._-]{1,32}$", description="The registry's code, in quotes.")
    name: str = Field(description="What people call it.")
    sector: Literal["public", "ministerial", "private"] = Field("public", description="Who runs it.")
    kind: Literal["hospital", "centre", "station", "clinic", "platform"] = Field("hospital", description="What it is.")
    senders: tuple[str, ...] = Field((), description="Texts of MSH-4.1 that mean it, beside its code.")
    zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "Asia/Ho_Chi_Minh", description="Time zone of times without offset."
    )
    charset: Charset | None = Field(None, description="What its bytes are, whatever MSH-18 says.")
    charset_default: Charset | None = Field(
        None, description="What its bytes are when they are no UTF-8 and MSH-18 is empty."
    )
    identifier_types: tuple[str, ...] = Field(
        LOCAL_TYPES, description="Types of PID-3 (table 0203) that name its patients, best first."
    )
    authorities: tuple[str, ...] = Field((), description="Texts of PID-3.4 that are its own.")

    def facility(self) -> Facility:
        """The entry as the stages use it."""
        return Facility(
            self.code,
            self.name,
            self.senders,
            ZoneInfo(self.zone),
            self.charset,
            self.charset_default,
            self.identifier_types,
            self.authorities,
        )


class RegistryFile(Section):
    """The registry's file."""

    facilities: tuple[FacilityEntry, ...] = Field((), description="The facilities that send.")


def read_registry(path: Path) -> Registry:
    """Read the registry; a file that is not there is an empty one; raises Faults that name every place at fault."""
    if not path.exists():
        return Registry()
    document = read_document(path)
    try:
        entries = RegistryFile.model_validate(document.plain()).facilities
    except ValidationError as error:
        raise Faults(model_faults(error, RegistryFile, document, str(path), PAGE)) from None
    claims: dict[str, int] = {}
    faults = []
    for number, entry in enumerate(entries):
        for claim in {entry.code, *entry.senders}:
            if claim in claims:
                mark = place(document, ("facilities", str(number), "code"))
                faults.append(
                    Fault(
                        mark or document.mark,
                        "C004",
                        f"facilities.{number}",
                        "claims what another facility claims",
                        f"compare with facilities.{claims[claim]}",
                    )
                )
            claims.setdefault(claim, number)
    if faults:
        raise Faults(faults)
    return Registry(entry.facility() for entry in entries)
