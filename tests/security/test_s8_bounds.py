"""S8: files of every kind that are as large and as wrong as they may be are read or refused in a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.facilities.registry import read_registry
from engine.language.document import MOST_BYTES, MOST_NODES, parse_document
from engine.language.fault import Faults
from engine.language.gather import MOST_FAULTS, Gather
from engine.language.sheet import MOST_COMMAS, MOST_LINES, read_sheet
from engine.listeners.profile import read_profile
from engine.routes.load import load_routes
from engine.transforms.load import check_mappings

MOST_SECONDS = 20.0
"""Of processor time, for what takes two at most: these find what grows with the square of a file."""

SEGMENT = "segment: PID\nresource: Patient\nidentity: { n: [PID-3] }\nelements:\n"
WAYS = " and ".join(f"(PID{one} = 1 or PID{one + 1} = 1)" for one in range(1, 17, 2))
HEAVY = WAYS + " and ".join(["", *(f"ZZ{one % 9}{one} = 1" for one in range(240))])


def large(head: str, line: Callable[[int], str], nodes: int) -> bytes:
    """A file of such lines up to the bounds on bytes and on values, of which each line holds `nodes`."""
    lines = [head]
    size = len(head)
    for number in range(MOST_NODES // nodes - 20):
        lines.append(line(number))
        size += len(lines[-1].encode())
        if size > MOST_BYTES - 5000:
            break
    return "".join(lines).encode()


FILES = {
    "standard/segments/PID.Patient.yaml": {
        "elements that there are not": large(SEGMENT, lambda one: f"  contact.nam{one}: PID-5\n", 2),
        "tables that there are not": large(SEGMENT + "  gender:\n", lambda one: f"  - PID-8 via Sex{one}\n", 2),
        "conditions of many ways": large(
            SEGMENT + "  gender:\n", lambda _: f"  - {{ from: PID-8, when: '{HEAVY.replace('PID', 'PID-')}' }}\n", 5
        ),
        "a text of escapes": b'segment: PID\nabout: "' + b"\\x41\n  " * (MOST_NODES - 10) + b'"\n',
    },
    "standard/messages/ADT_A01.yaml": {
        "resources named by each other": large(
            "message: ADT_A01\nevents: [A01]\nresources:\n",
            lambda one: f"  R{one}: {{ from: PID, type: Patient, identity: {{ a: [R{one + 1}] }} }}\n",
            9,
        ),
    },
    "facilities/79014.yaml": {
        "datatypes in each other": large(
            'facility: "79014"\ndatatypes:\n',
            lambda one: (
                f"  D{one}.Z: {{ datatype: CX, type: Extension, elements: {{ extension: .1 as D{one + 1}.Z }} }}\n"
            ),
            9,
        ),
        "datatypes of no type": large(
            'facility: "79014"\ndatatypes:\n',
            lambda one: f"  D{one}: {{ datatype: CX, type: Identifie{one}, elements: {{}} }}\n",
            8,
        ),
    },
}
CASES = [(file, name) for file, files in FILES.items() for name in files]


def seconds(read: Callable[[], object]) -> float:
    """How long it takes to refuse a file, with no more faults than anybody reads."""
    began = time.thread_time()
    with pytest.raises(Faults) as caught:
        read()
    assert len(caught.value.faults) <= MOST_FAULTS
    return time.thread_time() - began


@pytest.mark.parametrize(("file", "name"), CASES)
def test_s8_a_mapping_as_large_and_wrong_as_may_be_is_refused_in_time(file: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_bytes(FILES[file][name])
    assert seconds(lambda: check_mappings(tmp_path)) < MOST_SECONDS


def test_s8_routes_as_large_and_wrong_as_may_be_are_refused_in_time(tmp_path: Path) -> None:
    line = "  - {{ route: r{0}, when: '{1}', to: a }}\n"
    (tmp_path / "a.yaml").write_bytes(large("routes:\n", lambda one: line.format(one, HEAVY), 8))
    assert seconds(lambda: load_routes(tmp_path)) < MOST_SECONDS


def test_s8_a_profile_as_large_and_wrong_as_may_be_is_refused_in_time(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(large("profile: x\nfields:\n", lambda one: f"  PIE-{one + 1}: {{}}\n", 2))
    assert seconds(lambda: read_profile(path)) < MOST_SECONDS


def test_s8_a_registry_of_as_many_wrong_rows_as_may_be_is_refused_in_time(tmp_path: Path) -> None:
    rows = "".join(f"{one},A,x{one},y{one}\n" for one in range(MOST_LINES - 1))
    path = tmp_path / "registry.csv"
    path.write_text(f"code,name,zone,addresses\n{rows}")
    began = time.thread_time()
    with pytest.raises(Faults):
        read_registry(path)
    assert time.thread_time() - began < MOST_SECONDS


def test_s8_a_sheet_just_under_the_bound_is_read_in_time_and_one_above_it_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,target\n" + "".join(f"K{one},T\n" for one in range(MOST_LINES - 1)))
    began = time.thread_time()
    rows = read_sheet(path, ("code", "target"), ()).value
    assert isinstance(rows, list)
    assert len(rows) == MOST_LINES - 1
    assert time.thread_time() - began < MOST_SECONDS
    path.write_text("code,target\n" + "K,T\n" * MOST_LINES)
    with pytest.raises(Faults, match="more than 100000 lines"):
        read_sheet(path, ("code", "target"), ())


def test_s8_a_line_of_nothing_but_commas_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"," * (MOST_COMMAS + 1))
    with pytest.raises(Faults, match="commas in a line"):
        read_sheet(path, ("code", "target"), ())


def test_s8_yaml_just_under_the_bound_is_read_in_time_and_one_above_it_refused() -> None:
    began = time.thread_time()
    assert dict(parse_document(b"a: b\n" + b"".join(b"k%d: v\n" % one for one in range(49_000)), "f").items())
    assert time.thread_time() - began < MOST_SECONDS
    with pytest.raises(Faults, match="more than 100000 lines or commas"):
        parse_document(b"- a\n" * (MOST_NODES + 1), "f")
    with pytest.raises(Faults, match="more than 100000 values"):
        parse_document(b"- a\n" * MOST_NODES, "f")


def test_s8_after_a_thousand_faults_the_rest_is_not_looked_at() -> None:
    gather = Gather()
    mark = parse_document(b"a", "f").mark
    for _ in range(MOST_FAULTS - 1):
        gather.add(mark, "M101", "", "is no map")
    with pytest.raises(Faults):
        gather.add(mark, "M101", "", "is no map")
