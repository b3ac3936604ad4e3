from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from engine.hl7.acknowledgment import read_acknowledgment
from engine.hl7.charset import decode
from engine.hl7.delimiters import Delimiters
from engine.hl7.escapes import escape
from engine.hl7.fault import HL7Fault
from engine.hl7.framing import Framer, frame
from engine.hl7.header import read_header
from engine.hl7.message import parse
from engine.hl7.path import parse_path
from engine.hl7.timestamp import read_timestamp, to_fhir_instant

CANARY = "Nguyen-Canary-19580101"
RAW = CANARY.encode()
CITY = ZoneInfo("Asia/Ho_Chi_Minh")

FAULTS: dict[str, Callable[[], object]] = {
    "no msh": lambda: read_header(RAW),
    "utf-16": lambda: read_header(CANARY.encode("utf-16")),
    "xml": lambda: read_header(b"<a>" + RAW),
    "batch": lambda: read_header(b"FHS|" + RAW),
    "short msh": lambda: read_header(b"MSH|\r" + RAW),
    "long msh-2": lambda: read_header(b"MSH|" + RAW),
    "delimiter reused": lambda: read_header(b"MSH|^^^^|" + RAW),
    "delimiter forbidden": lambda: read_header(b"MSHN^~|N" + RAW),
    "vt in msh": lambda: read_header(b"MSH|^~\\&|\x0b" + RAW),
    "text without msh": lambda: parse(CANARY),
    "charset undeclared": lambda: decode(RAW + b"\xff"),
    "charset unknown": lambda: decode(RAW + b"\xff", RAW),
    "charset undecodable": lambda: decode(RAW + b"\xff", b"UTF-8"),
    "charset disbelieved": lambda: decode(RAW + b"\x92", b"8859/1"),
    "override unknown": lambda: decode(RAW, override=CANARY),
    "override undecodable": lambda: decode(RAW + b"\xff", override="utf-8"),
    "encoded twice": lambda: decode((CANARY + "á»‹").encode()),
    "no timestamp": lambda: read_timestamp(CANARY, CITY),
    "no such day": lambda: read_timestamp("19580199", CITY),
    "no instant": lambda: to_fhir_instant(read_timestamp("1958", CITY)),
    "no escape character": lambda: escape("|" + CANARY, Delimiters(escape="", subcomponent="")),
    "unframeable": lambda: frame(RAW + b"\x0b"),
    "no msa": lambda: read_acknowledgment(b"MSH|^~\\&|" + RAW),
    "unknown acknowledgment code": lambda: read_acknowledgment(b"MSH|^~\\&|\rMSA|" + RAW),
}


def caught(read: Callable[[], object]) -> HL7Fault:
    with pytest.raises(HL7Fault) as caught:
        read()
    return caught.value


@pytest.mark.parametrize("read", FAULTS.values(), ids=FAULTS)
def test_no_fault_tells_what_the_message_holds(read: Callable[[], object]) -> None:
    fault = caught(read)
    told = "".join(traceback.format_exception(fault)) + repr(fault) + str(fault.__dict__)
    shown = [line for line in told.splitlines() if "lambda" not in line]
    assert not re.search("Canary|1958", "\n".join(shown))
    assert fault.__context__ is None


@pytest.mark.parametrize("read", FAULTS.values(), ids=FAULTS)
def test_every_fault_says_what_happened_where_and_what_to_do(read: Callable[[], object]) -> None:
    fault = caught(read)
    assert re.fullmatch(r"[^()]+ \([^()]+\) - [^()]+", str(fault))
    assert fault.position in str(fault)
    assert re.fullmatch("[a-z0-9_]+", fault.code)


def test_a_wrong_path_is_shown_because_a_person_wrote_it() -> None:
    with pytest.raises(HL7Fault, match=r"'PID-3\.x' is no path"):
        parse_path("PID-3.x")


def test_no_value_shows_its_content() -> None:
    header = read_header(b"MSH|^~\\&|" + RAW)
    parsed = parse("MSH|^~\\&|" + CANARY)
    framer = Framer()
    values = [
        *framer.feed(frame(RAW)),
        *Framer().feed(b"\x0b" + RAW + b"\x0b\x1c\r"),
        framer,
        header,
        parsed,
        parsed.segments[0],
        decode(RAW),
        read_timestamp("19580101", CITY),
    ]
    assert not re.search("Canary|1958", repr(values))
