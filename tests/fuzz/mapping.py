"""One case of the mapping language: a file of any kind is refused with faults, or loads and maps whatever is sent."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson

from engine.canonical import r4, raw
from engine.canonical.dead import Reason
from engine.canonical.raw import Raw
from engine.canonical.resource import Body
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import read_header
from engine.language.fault import Faults, show
from tests.fuzz.loading import READERS, Loaded
from tests.fuzz.sending import payload
from tests.transforms.folders import SHIPPED

MESSAGES = 12


"""Messages that a mapping is sent."""


_NAMES = {
    "message": re.compile(rb"^message: *\"?([A-Za-z0-9_]+)", re.MULTILINE),
    "table": re.compile(rb"^table: *\"?([A-Za-z0-9_]+)", re.MULTILINE),
    "overlay": re.compile(rb"^vendor: *\"?([A-Za-z0-9_]+)", re.MULTILINE),
    "datatype": re.compile(rb"^datatype: *\"?([A-Za-z0-9_]+)[^\0]*^type: *\"?([A-Za-z0-9_]+)", re.MULTILINE),
    "segment": re.compile(rb"^segment: *\"?([A-Za-z0-9_]+)[^\0]*^resource: *\"?([A-Za-z0-9_]+)", re.MULTILINE),
}


def check_mapping(case: bytes, folder: Path, messages: int = MESSAGES) -> bool:
    """Raise whatever a file or a message brings about that the engine does not declare; whether the file loaded."""
    loaded = load_case(case, folder)
    if loaded is None:
        return False
    dice = random.Random(case)
    for number in range(messages):
        send(loaded, payload(dice, loaded.segments, loaded.types), number)
    return True


def prepare(folder: Path) -> None:
    """Put into the folder of cases what shipped files name beside themselves."""
    for source in (
        SHIPPED / "standard/messages/samples",
        SHIPPED / "facilities/samples",
        SHIPPED / "facilities/tables",
    ):
        shutil.copytree(source, folder / source.name, dirs_exist_ok=True)


def load_case(case: bytes, folder: Path) -> Loaded | None:
    """What the file of a case gives, None where it is refused with faults that can be shown."""
    kind, _, content = case.partition(b"\n")
    path = folder / _file_name(kind.decode(), content)
    path.write_bytes(content)
    try:
        return READERS[kind.decode()](path, content)
    except Faults as faults:
        check_told(faults)
        return None
    finally:
        path.unlink()


def check_told(faults: Faults) -> None:
    """Raise unless each fault has a place, a code and words, and can be shown."""
    assert faults.faults
    assert all(fault.mark.file and fault.code and fault.what for fault in faults.faults)
    show(faults.faults[:3])


def send(loaded: Loaded, sent: bytes, number: int) -> None:
    """Raise what the engine does not declare of a message on its way from the record to all that is published of it."""
    facility = loaded.conversion.registry.by_code(loaded.facility)
    record = raw.encode(Raw("id", sent, facility.code, "subject", "key", "ADT^A01", 1_759_300_000_000_000, "mllp"))
    done = loaded.conversion.convert(record._replace(partition=0, offset=number), 1)
    assert done.reason is not Reason.MAPPING, [one.headers for one in done.records if one.topic == "dead"]
    for one in done.records:
        if one.topic.startswith("fhir."):
            body = orjson.loads(one.value)
            assert not (wrong := list(misshapen(body, body["resourceType"]))), wrong
    if loaded.validation:
        try:
            header = read_header(sent)
        except HeaderFault:
            return
        loaded.validation.check(sent, header, facility)


def misshapen(value: Body, kind: str) -> Iterator[str]:
    """What FHIR's JSON does not have: unknown elements, lists in the wrong places, nulls, and what is empty.

    Beside a primitive, `_name` holds its extensions; in lists the one has nulls where the other has something.
    """
    known = r4.elements(kind)
    for name, inner in value.items():
        other = name.removeprefix("_") if name.startswith("_") else f"_{name}"
        element = known.get(min(name, other, key=len))
        if element is None or (len(name) > len(other) and not r4.is_primitive(element.type)):
            yield from [] if name == "resourceType" else [f"{kind}.{name}: unknown"]
        elif element.is_list != isinstance(inner, list):
            yield f"{kind}.{name}: list"
        else:
            of = "Element" if len(name) > len(other) else element.type
            for one in inner if isinstance(inner, list) else [inner]:
                if not (one is None and element.is_list and other in value):
                    yield from _misshapen_value(one, of, f"{kind}.{name}")


def _misshapen_value(value: object, kind: str, where: str) -> Iterator[str]:
    if value in (None, "", {}, []) or isinstance(value, dict) == r4.is_primitive(kind):
        yield f"{where}: {type(value).__name__}"
    elif isinstance(value, dict):
        yield from misshapen(value, kind)


def _file_name(kind: str, content: bytes) -> str:
    if kind in ("sheet", "facilities"):
        return "AdministrativeSex.csv"
    found = _NAMES[kind].search(content) if kind in _NAMES else None
    stem = ".".join(part.decode() for part in found.groups())[:80] if found else "x"
    return f"{stem}.yaml"
