from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.facilities.registry import read_registry
from engine.hl7.charset import decode
from engine.language.fault import Fault, Faults


def faults_in(path: Path, text: str) -> tuple[Fault, ...]:
    path.write_text(text, "utf-8")
    with pytest.raises(Faults) as caught:
        read_registry(path)
    return caught.value.faults


def test_a_facility_is_found_by_its_code_and_by_what_it_claims(tmp_path: Path) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text('facilities:\n  - code: "79901"\n    name: A\n    senders: [BVDK A]\n', "utf-8")
    registry = read_registry(path)
    assert registry.by_sender("79901") == registry.by_sender("BVDK A") == registry.by_code("79901")
    assert registry.by_code("79901").zone == ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize("charset", ["TCVN3", "ABC", "VNI", "VNI-Windows", "VISCII", "windows-1258", "UTF-8"])
def test_vietnam_s_charsets_may_be_a_facility_s(tmp_path: Path, charset: str) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text(f'facilities:\n  - code: "1"\n    name: A\n    charset: {charset}\n', "utf-8")
    assert read_registry(path).by_code("1").charset == charset


def test_the_registry_s_charset_reads_the_facility_s_messages(tmp_path: Path) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text('facilities:\n  - code: "1"\n    name: A\n    charset: TCVN3\n', "utf-8")
    payload = b"PID|1||BN1||Tr\xad\xacng^Th\xde\r"
    override = read_registry(path).by_code("1").charset
    assert decode(payload, b"8859/1", override).text == "PID|1||BN1||Trương^Thị\r"


def test_a_sender_that_nobody_registered_is_not_found(tmp_path: Path) -> None:
    registry = read_registry(tmp_path / "registry.yaml")
    assert registry.by_sender("79901") is None
    assert not registry.by_code("x").registered


def test_every_fault_of_the_registry_has_its_place(tmp_path: Path) -> None:
    text = 'facilities:\n  - code: "1"\n    nam: A\n  - code: "2"\n    name: B\n    zone: Mars/Base\n'
    text += "    charset: klingon\n"
    found = faults_in(tmp_path / "registry.yaml", text)
    assert [(fault.mark.line, fault.where.rpartition(".")[2]) for fault in found] == [
        (2, "name"),
        (3, "nam"),
        (6, "zone"),
        (7, "charset"),
    ]


def test_two_facilities_cannot_claim_the_same_text(tmp_path: Path) -> None:
    entry = '  - code: "{}"\n    name: A\n    senders: [X]\n'
    text = "facilities:\n" + entry.format(1) + entry.format(2)
    found = faults_in(tmp_path / "registry.yaml", text)
    assert [(fault.code, fault.mark.line) for fault in found] == [("C004", 5)]
