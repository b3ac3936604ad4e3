"""Messages of a form that has come often are made by a function of their own, and come to the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from engine.hl7.message import Message, parse
from engine.transforms import compile as compiling
from engine.transforms import message_map, variants
from engine.transforms.forms import Form
from engine.transforms.layout import Layout, lay_out
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import View
from tests.transforms.folders import HEAD, write
from tests.transforms.test_plain import outcome

FILES = {
    "standard/messages/ORU_R01.yaml": """
        message: ORU_R01
        events: [R01]
        resources:
          Patient: { from: PID }
          Account: { from: PID, when: PID-18 valued, subject: Patient }
          Coverage: { from: PID, when: PID-18 valued, beneficiary: Patient }
          groups:
            - group: ORDER
              begins: OBR
              resources:
                DiagnosticReport: { from: OBR, subject: Patient, result: "Observation[*]" }
                Observation[*]: { from: OBX, subject: Patient }
    """,
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01]
        resources:
          Patient: { from: PID }
          Encounter: { from: PV1, subject: Patient }
          Condition[*]: { from: DG1, subject: Patient, encounter: Encounter }
          Coverage: { from: PID, when: PID-18 valued, beneficiary: Patient }
    """,
    "standard/segments/PV1.Encounter.yaml": """
        segment: PV1
        resource: Encounter
        identity: { visit: [Patient, PV1-19] }
        elements: { status: { value: planned }, class.code: PV1-2 else AMB }
    """,
    "standard/segments/DG1.Condition.yaml": """
        segment: DG1
        resource: Condition
        identity: { visit: [Encounter, DG1-3, ordinal] }
        elements: { code.text: DG1-3 else none, recorder.display: DG1-4 }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [PID-3] }
        elements: { birthDate: PID-7 as date, gender: PID-8 via Sex }
    """,
    "standard/segments/PID.Account.yaml": """
        segment: PID
        resource: Account
        identity: { number: [PID-18] }
        elements: { status: { value: active }, name: PID-18, "coverage[1].coverage": { refers: Coverage } }
    """,
    "standard/segments/PID.Coverage.yaml": """
        segment: PID
        resource: Coverage
        identity: { number: [PID-18] }
        elements: { status: { value: active }, payor.display: PID-18 else none }
    """,
    "standard/segments/OBR.DiagnosticReport.yaml": """
        segment: OBR
        resource: DiagnosticReport
        identity: { filler: [OBR-3] }
        elements: { status: { value: final }, code.text: OBR-4 else none }
    """,
    "standard/segments/OBX.Observation.yaml": """
        segment: OBX
        resource: Observation
        identity: { report: [DiagnosticReport, OBX-3, ordinal] }
        elements: { status: { value: final }, code.text: OBX-3 else none, valueInteger: OBX-5 as integer }
    """,
    "standard/tables/Sex.yaml": "table: Sex\ncodes: { M: male, F: female }\n",
}
PID = "PID|||7||||19800102|W||||||||||18"
ORDERS = ("OBR|||1|a", "OBX|||x||1", "OBX|||x||2", "OBX|||y||3", "OBR|||2|b", "OBX|||x||1", "OBR|||3|c")


@cache
def view() -> View:
    return load_mappings(write(Path(mkdtemp()), FILES)).standard


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "SEEN", 1)


def message(*lines: str) -> str:
    return "\r".join((HEAD.format("ORU^R01^ORU_R01"), *lines))


def layout(found: Message, mappings: View) -> Layout:
    mapping = mappings.match(found.code, found.event, found.structure)
    assert mapping is not None
    return lay_out(found.names, mappings.plan(mapping, plain=True))


def form_of(text: str) -> Form | None:
    found = parse(text)
    where = layout(found, view())
    rows = found.split(where.others, where.headers)
    return next((one for one in where.forms if one.fits(rows, found.lines, text)), None)


def settle(text: str) -> Form:
    """The form of a message, which has come often enough."""
    for _ in range(3):
        outcome(view(), parse(text), text, plain=True)
    form = form_of(text)
    assert form is not None
    return form


def test_a_message_of_a_form_comes_to_what_it_came_to_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (message(PID, *ORDERS), message(PID, "OBR|||1|a", "OBX|||x||1", "OBX|||x||2^a", "OBX|||~~y||")):
        settle(text)
        with monkeypatch.context() as patched:
            patched.setattr(message_map, "_make", _never)
            quick = outcome(view(), parse(text), text, plain=True)
        assert quick == outcome(view(), parse(text), text, plain=False)
        assert quick[1] == [("Sex", "W")]


def _never(*_: object) -> None:
    raise AssertionError("made by the functions of any form")


def others() -> Iterator[str]:
    """Messages that differ in something that the rules read, each in one thing."""
    for pid in (f"{PID}|", PID.replace("W", ""), PID.replace("7|", "7~8|"), PID.replace("7|", "7&8|"), PID[:-2]):
        yield message(pid, *ORDERS)
    yield message(PID, *ORDERS[:2], "OBX|||x||", *ORDERS[3:])
    yield message(PID, *ORDERS[:3], "OBX|||y||3~4", *ORDERS[4:])


def test_a_message_that_differs_in_what_is_read_is_of_another_form() -> None:
    known = settle(message(PID, *ORDERS))
    for text in others():
        assert form_of(text) is not known
        assert outcome(view(), parse(text), text, plain=True) == outcome(view(), parse(text), text, plain=False)
    unread = message(PID.replace("PID||", "PID|1|2"), *ORDERS)
    assert form_of(unread) is known
    assert outcome(view(), parse(unread), unread, plain=True) == outcome(view(), parse(unread), unread, plain=False)


VISIT = ("PID|||7||||19800102|W||||||||||18", "PV1||I|||||||||||||||||v1", "DG1|||a|b", "DG1|||a|c", "DG1|||a|d")


def admission(*lines: str) -> str:
    return "\r".join((HEAD.format("ADT^A01^ADT_A01"), *lines))


@pytest.mark.parametrize(
    "lines",
    [
        VISIT,
        (VISIT[0].replace("|||7", "|||"), *VISIT[1:]),
        (VISIT[0], VISIT[1].removesuffix("v1"), *VISIT[2:]),
        (VISIT[0].removesuffix("18"), *VISIT[1:]),
        (VISIT[0], *VISIT[2:]),
        (*VISIT[:3], "DG1||||c", "DG1|||a", "DG1|||e"),
    ],
    ids=["all", "no patient", "no visit", "no coverage", "no PV1", "unlike diagnoses"],
)
def test_what_refers_only_to_what_was_made_before_it_comes_to_the_same_in_a_form(lines: tuple[str, ...]) -> None:
    text = admission(*lines)
    settle(text)
    expected = outcome(view(), parse(text), text, plain=False)
    assert isinstance(expected[0], list)
    assert len({one.id for one in expected[0]}) == len(expected[0])
    assert outcome(view(), parse(text), text, plain=True) == expected


def test_a_separator_in_a_segment_that_nothing_reads_makes_no_other_form() -> None:
    known = settle(admission(*VISIT))
    odd = admission(*VISIT, "ZZZ|a~b&c")
    settle(odd)
    assert form_of(admission(*VISIT)) is known
    for text in (odd, odd.replace("ZZZ|a~b&c", "ZZZ|a")):
        assert form_of(text) is form_of(odd)
        assert outcome(view(), parse(text), text, plain=True) == outcome(view(), parse(text), text, plain=False)
    assert form_of(odd.replace("|v1", "|v~1")) is None


def test_functions_that_are_not_kept_any_more_are_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiling, "MOST_BODIES", 1)
    fresh = load_mappings(write(tmp_path, FILES)).standard
    text = admission(*VISIT)
    expected = outcome(fresh, parse(text), text, plain=False)
    assert [outcome(fresh, parse(text), text, plain=True) for _ in range(4)] == [expected] * 4
    assert layout(parse(text), fresh).forms


def test_a_fault_in_a_message_of_a_form_is_told_with_its_place() -> None:
    settle(message(PID, *ORDERS))
    text = message(PID, *ORDERS[:2], "OBX|||x||none", *ORDERS[3:])
    assert form_of(text)
    told, misses = outcome(view(), parse(text), text, plain=True)
    assert "OBX[2]-5" in str(told)
    assert (told, misses) == outcome(view(), parse(text), text, plain=False)


def test_what_makes_nothing_is_made_once(tmp_path: Path) -> None:
    rules = FILES["standard/messages/ORU_R01.yaml"].replace("{ from: PID }", "{ from: PID, when: PID-8 = M }")
    empty = load_mappings(write(tmp_path, FILES | {"standard/messages/ORU_R01.yaml": rules})).standard
    text = message(PID[:-2])
    assert [outcome(empty, parse(text), text, plain=True) for _ in range(4)] == [([], [])] * 4
