from __future__ import annotations

from engine.language.document import parse_document
from engine.language.gather import Gather
from engine.transforms.check_cycles import DEEPEST, check_cycles
from engine.transforms.mapping import Mapping
from engine.transforms.read_files import read_datatype


def datatypes(**elements: str) -> dict[str, Mapping]:
    texts = {f"{name}.Extension": text for name, text in elements.items()}
    return {
        name: read_datatype(
            parse_document(f"{{ datatype: CX, type: Extension, elements: {text} }}".encode(), name), name, Gather()
        )
        for name, text in texts.items()
    }


def told(found: dict[str, Mapping], *asked: str) -> list[tuple[str, str]]:
    gather = Gather()
    check_cycles(found, asked or found, gather)
    return [(fault.code, fault.where) for fault in gather.faults]


def test_datatypes_that_use_each_other_in_a_circle_are_faults_and_those_that_lead_there_are_not() -> None:
    found = datatypes(
        A="{ extension: .1 as B.Extension }",
        B="{ extension: .1 as A.Extension }",
        C="{ extension: .1 as A.Extension }",
        D="{ valueString: .1 }",
    )
    assert told(found) == [("M316", "A.Extension"), ("M316", "B.Extension")]
    assert told(found, "B.Extension") == [("M316", "B.Extension")]


def test_a_circle_is_found_in_elements_of_elements_of_elements() -> None:
    inner = "{ extension: { elements: { extension: .1 as A.Extension } } }"
    assert told(datatypes(A=f"{{ extension: {{ elements: {inner} }} }}")) == [("M316", "A.Extension")]


def test_a_chain_of_datatypes_may_be_so_deep_and_no_deeper() -> None:
    chain = {f"D{one}": f"{{ extension: .1 as D{one + 1}.Extension }}" for one in range(1, DEEPEST)}
    last = {f"D{DEEPEST}": "{ valueString: .1 }"}
    assert told(datatypes(**chain, **last)) == []
    deeper = {"D0": "{ extension: .1 as D1.Extension }"}
    assert told(datatypes(**deeper, **chain, **last)) == [("M201", "D0.Extension")]
