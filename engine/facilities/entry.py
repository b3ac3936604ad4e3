"""One facility as the registry's files have it."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated, Literal, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from engine.facilities.destination import known_destination, read_destination
from engine.facilities.facility import Facility, Network
from engine.facilities.identifier import LOCAL_TYPES
from engine.hl7.charset import codec_of
from engine.language.model import Section

COMMON_NAME = "CN="
"""Begins the claim of a certificate's common name; compared letter by letter."""

_FINGERPRINT = re.compile(r"[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2}){31}\Z")
_DNS_NAME = re.compile(
    r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\Z"
)
_WORD = r"^[A-Za-z0-9._-]{1,32}$"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: it is a folder of zones, or can be no file's name
        raise ValueError("is no time zone - write one such as Asia/Ho_Chi_Minh") from None
    return name


def _known_charset(name: str) -> str:
    if codec_of(name) is None:
        raise ValueError("is no charset that the engine reads - write one such as UTF-8 or windows-1258")
    return name


def _certificate(claim: str) -> str:
    if _FINGERPRINT.match(claim):
        return claim.replace(":", "").lower()
    if claim.startswith(COMMON_NAME) and claim != COMMON_NAME:
        return claim
    if _DNS_NAME.match(claim):
        return claim.lower()
    raise ValueError("names no certificate - write its SHA-256 in hex, CN= and its common name, or a DNS name")


def _range(text: str) -> str:
    return str(network(text))


@lru_cache(maxsize=1 << 15)
def network(text: str) -> Network:
    """The range of addresses that is written so; raises ValueError for what is none."""
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError("is no range of addresses - write one such as 10.1.2.0/24, with zeros behind it") from None
    if not found.prefixlen:
        raise ValueError("holds every address - leave it out, or write a narrower range")
    return found


Charset = Annotated[str, AfterValidator(_known_charset)]
Certificate = Annotated[str, AfterValidator(_certificate)]
Range = Annotated[str, AfterValidator(_range)]
Token = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9._-]{1,32})$")]
MessageType = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{2}$")]


class FacilityEntry(Section):
    """One facility of the registry."""

    code: str = Field(pattern=_WORD, description="The registry's code, in quotes.")
    name: str = Field(description="What people call it.")
    sector: Literal["public", "ministerial", "private"] = Field("public", description="Who runs it.")
    kind: Literal["hospital", "centre", "station", "clinic", "platform"] = Field(
        "hospital", description="What it is; a platform sends for others."
    )
    level: Literal["", "initial", "basic", "specialized"] = Field(
        "", description="Its level of care by the law of 2023: initial, basic or specialized."
    )
    commune: str = Field(
        "",
        pattern=r"^([0-9]{5})?$",
        description="The commune that it stands in, five digits, of those since July 2025.",
    )
    senders: tuple[str, ...] = Field((), description="Texts of MSH-4.1 that mean it, beside its code.")
    listeners: tuple[str, ...] = Field((), description="Names of the listeners that take its messages; none: all.")
    certificates: tuple[Certificate, ...] = Field(
        (),
        description="What its certificates are known by: the SHA-256 of the whole certificate (DER) in hex, colons or "
        "not; `CN=` and the subject's one common name, letter by letter; or a DNS name of the subject's alternative "
        "names, whole, without regard to case.",
    )
    addresses: tuple[Range, ...] = Field(
        (),
        description="Ranges of addresses that it sends from, such as 10.1.2.0/24; beside a certificate both must fit.",
    )
    tokens: tuple[Token, ...] = Field(
        (), description="HTTP: SHA-256 of its bearer tokens in hex, lower case; the tokens themselves stand nowhere."
    )
    applications: tuple[str, ...] = Field((), description="Texts of MSH-3.1 that it may claim; none: any.")
    sends_for: tuple[Code, ...] = Field(
        (), description='Codes of others that it sends for over its own connections; `"*"`: everybody.'
    )
    expects: tuple[MessageType, ...] = Field((), description="Types of message (MSH-9.1) that should come from it.")
    departments: tuple[str, ...] = Field((), description="Codes of PV1-3.1 that should come from it.")
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
    answers_to: Annotated[str, AfterValidator(known_destination)] | None = Field(
        None, description="Where its application acknowledgments go over MLLP, `host:port`."
    )

    def facility(self) -> Facility:
        """The entry as the stages use it."""
        return Facility(
            code=self.code,
            name=self.name,
            senders=self.senders,
            zone=ZoneInfo(self.zone),
            charset=self.charset,
            charset_default=self.charset_default,
            identifier_types=self.identifier_types,
            authorities=self.authorities,
            listeners=self.listeners,
            certificates=self.certificates,
            addresses=tuple(map(network, self.addresses)),
            tokens=self.tokens,
            applications=self.applications,
            sends_for=self.sends_for,
            expects=self.expects,
            departments=self.departments,
            sector=self.sector,
            kind=self.kind,
            level=self.level,
            commune=self.commune,
            answers_to=read_destination(self.answers_to) if self.answers_to else None,
        )


class RegistryFile(Section):
    """The registry's file."""

    facilities: tuple[FacilityEntry, ...] = Field((), description="The facilities that send.")


KEYS = tuple(FacilityEntry.model_fields)
LISTS = frozenset(name for name, field in FacilityEntry.model_fields.items() if get_origin(field.annotation) is tuple)
"""Keys that hold several texts."""
