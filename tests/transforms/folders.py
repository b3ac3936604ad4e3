"""Folders of mappings for tests, and messages to send through them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent

from engine.bus.record import Position
from engine.canonical.raw import Raw
from engine.facilities.facility import Facility
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed, transform

SHIPPED = Path(__file__).parents[2] / "mappings"
FACILITY = Facility("79991", "Bệnh viện Thử Nghiệm")
RECEIVED_US = 1_759_300_000_000_000
POSITION = Position("hl7.raw", 0, 7)
HEAD = r"MSH|^~\&|HIS|79991|HUB|SYT79|20251001073512+0700||{}|A-1|P|2.5.1"

MESSAGE = """
    message: ADT_A01
    events: [A01, A08]
    resources:
      Patient: { from: PID }
"""
IDENTITY = """
    segment: PID
    resource: Patient
    identity: { number: [patient-identifier] }
    elements:
"""


def sample(name: str) -> str:
    """A message that stands beside the shipped mappings, its segments ended by CR."""
    return (SHIPPED / "standard/messages/samples" / f"{name}.hl7").read_bytes().decode("utf-8")


@cache
def shipped() -> MappingSet:
    """The mappings that the engine comes with, as it runs them where no optional resources are asked for."""
    return load_mappings(SHIPPED, ())


@cache
def whole() -> MappingSet:
    """The same with all optional resources."""
    return load_mappings(SHIPPED)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """The folder with these files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content), "utf-8")
    return folder


def patient(folder: Path, elements: str, **more: str) -> MappingSet:
    """Mappings that make a Patient of PID with these elements; `more` are other files, `__` standing for a slash."""
    segment = dedent(IDENTITY) + "".join(f"  {line}\n" for line in dedent(elements).strip().splitlines())
    files = {"standard/messages/ADT_A01.yaml": MESSAGE, "standard/segments/PID.Patient.yaml": segment}
    others = {f"standard/{name.replace('__', '/').replace('_dot_', '.')}.yaml": text for name, text in more.items()}
    return load_mappings(write(folder, files | others))


def raw(payload: bytes, facility: str = FACILITY.code) -> Raw:
    """A raw message with these bytes."""
    return Raw("id", payload, facility, "subject", "key", "ADT^A01", RECEIVED_US, "mllp")


def send(mappings: MappingSet, *segments: str, event: str = "ADT^A01^ADT_A01") -> Transformed:
    """A message of these segments through mappings."""
    payload = "\r".join([HEAD.format(event), *segments]) + "\r"
    return transform(raw(payload.encode()), POSITION, FACILITY, mappings, 1)
