from __future__ import annotations

import time
from collections.abc import Collection
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.facilities.facility import Registry
from engine.facilities.registry import read_registry, registry_files
from engine.hl7.charset import decode
from engine.language.fault import Fault, Faults

PRINT = "AB:" * 31 + "CD"
HASH = "0" * 64


def faults_in(path: Path, text: str, listeners: Collection[str] | None = None) -> tuple[Fault, ...]:
    path.write_text(text, "utf-8")
    with pytest.raises(Faults) as caught:
        read_registry(path, listeners)
    return caught.value.faults


def entry(code: str, **keys: str) -> str:
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return f'  - code: "{code}"\n    name: A\n{lines}'


def read(path: Path, *entries: str) -> Registry:
    path.write_text("facilities:\n" + "".join(entries), "utf-8")
    return read_registry(path)


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


# How its connections are known, and what it may claim


def test_a_certificate_is_claimed_by_fingerprint_common_name_or_dns_name(tmp_path: Path) -> None:
    registry = read(
        tmp_path / "registry.yaml", entry("1", certificates=f'["{PRINT}", CN=BV Á, HIS.Example, "*.example"]')
    )
    assert registry.by_code("1").certificates == ("ab" * 31 + "cd", "CN=BV Á", "his.example", "*.example")
    assert registry.by_code("1").is_identified


def test_an_entry_says_from_where_on_what_by_whom_and_for_whom(tmp_path: Path) -> None:
    keys = {
        "addresses": "[10.1.0.0/16, 2001:db8::7]",
        "tokens": f'["{HASH}"]',
        "listeners": "[city]",
        "kind": "platform",
    }
    keys |= {"applications": "[HIS]", "sends_for": '["*"]', "expects": "[ADT, ORU]", "departments": "[ICU]"}
    found = read(tmp_path / "registry.yaml", entry("1", **keys)).by_code("1")
    assert found.addresses == (ip_network("10.1.0.0/16"), ip_network("2001:db8::7/128"))
    assert (found.tokens, found.listeners, found.kind) == ((HASH,), ("city",), "platform")
    assert (found.applications, found.sends_for) == (("HIS",), ("*",))
    assert (found.expects, found.departments) == (("ADT", "ORU"), ("ICU",))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("certificates", "[CN=]"),
        ("certificates", "[AB:CD]"),
        ("certificates", "[BV North]"),
        ("addresses", "[10.1.2.3/8]"),
        ("addresses", "[0.0.0.0/0]"),
        ("addresses", "[his.example]"),
        ("tokens", "[a-token-in-clear]"),
        ("expects", "[adt]"),
        ("sends_for", '["a b"]'),
    ],
)
def test_what_names_nothing_is_a_fault_at_its_place(tmp_path: Path, key: str, value: str) -> None:
    (found,) = faults_in(tmp_path / "registry.yaml", "facilities:\n" + entry("1", **{key: value}))
    assert (found.code, found.mark.line, found.mark.column) == ("C003", 4, 6 + len(key) + 2)
    assert value.strip("[]") not in str(found)


@pytest.mark.parametrize(("key", "claim"), [("certificates", "his.example"), ("tokens", HASH)])
def test_two_facilities_cannot_be_known_by_the_same(tmp_path: Path, key: str, claim: str) -> None:
    text = "facilities:\n" + entry("1", **{key: f'["{claim}"]'}) + entry("2", **{key: f'["{claim}"]'})
    (found,) = faults_in(tmp_path / "registry.yaml", text)
    assert (found.code, found.mark.line) == ("C011", 7)
    assert "registry.yaml:4:5" in found.hint


def test_two_facilities_may_stand_behind_one_address(tmp_path: Path) -> None:
    both = [entry(code, addresses="[192.0.2.1]") for code in ("1", "2")]
    assert len(read(tmp_path / "registry.yaml", *both)) == 2


def test_who_sends_for_others_is_known_by_something_and_they_to_the_registry(tmp_path: Path) -> None:
    text = "facilities:\n" + entry("1", sends_for="[2, 3]".replace("2", '"2"').replace("3", '"3"')) + entry("2")
    found = faults_in(tmp_path / "registry.yaml", text)
    assert [(fault.code, fault.mark.line) for fault in found] == [("C012", 4), ("C013", 4)]


def test_a_listener_that_the_settings_do_not_have_is_a_fault(tmp_path: Path) -> None:
    text = "facilities:\n" + entry("1", listeners="[mlp]")
    (found,) = faults_in(tmp_path / "registry.yaml", text, ("mllp", "http"))
    assert (found.code, found.mark.line, found.hint) == ("C014", 4, "did you mean 'mllp'?")


# As a sheet

SHEET = """code,name,kind,senders,certificates,addresses,sends_for,zone
0791,"Bệnh viện ""A"", cơ sở 2",hospital,BV A; BVA,CN=BV A,10.1.0.0/16;10.2.0.0/16,,
7000,Nền tảng,platform,,platform.example,,*,
"""


def test_a_sheet_says_the_same_as_yaml(tmp_path: Path) -> None:
    (tmp_path / "registry.csv").write_text(SHEET, "utf-8")
    registry = read_registry(tmp_path / "registry.yaml")
    found = registry.by_sender("BVA")
    assert found is registry.by_code("0791")
    assert found
    assert (found.name, found.certificates) == ('Bệnh viện "A", cơ sở 2', ("CN=BV A",))
    assert found.addresses == (ip_network("10.1.0.0/16"), ip_network("10.2.0.0/16"))
    assert registry.by_code("7000").sends_for == ("*",)


@pytest.mark.parametrize("named", ["registry.yaml", "registry.csv"])
def test_yaml_and_sheet_beside_each_other_are_one_registry(tmp_path: Path, named: str) -> None:
    (tmp_path / "registry.csv").write_text(SHEET, "utf-8")
    (tmp_path / "registry.yaml").write_text("facilities:\n" + entry("1"), "utf-8")
    assert sorted(one.code for one in read_registry(tmp_path / named)) == ["0791", "1", "7000"]
    assert len(registry_files(tmp_path / named)) == 2


def test_a_code_in_both_files_is_a_fault_that_names_both_places(tmp_path: Path) -> None:
    (tmp_path / "registry.csv").write_text(SHEET, "utf-8")
    (found,) = faults_in(tmp_path / "registry.yaml", "facilities:\n" + entry("0791"))
    assert (found.code, Path(found.mark.file).name, found.mark.line) == ("C004", "registry.yaml", 2)
    assert "registry.csv:2:1" in found.hint


def test_faults_of_both_files_are_told_at_once_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "registry.csv").write_text("code,name,zone,addresses\n1,A,Mars/Base,10.0.0.1/8\n", "utf-8")
    found = faults_in(tmp_path / "registry.yaml", "facilities:\n" + entry("2", charset="klingon"))
    places = [(Path(fault.mark.file).suffix, fault.mark.line, fault.mark.column) for fault in found]
    assert places == [(".csv", 2, 5), (".csv", 2, 15), (".yaml", 4, 5)]


def test_a_city_of_facilities_is_read_and_each_costs_no_more_than_one_of_few(tmp_path: Path) -> None:
    few, city = _seconds_of(tmp_path, 1_412), _seconds_of(tmp_path, 11_293)
    assert city < 8 * few * 3  # in a walk over all for each it is 64 times as many
    registry = read_registry(tmp_path / "registry.yaml")
    assert len(registry) == 11_293
    assert registry.by_sender("TYT-11292") is registry.by_code("11292")


def _seconds_of(folder: Path, count: int) -> float:
    """Seconds of processor to read so many facilities: the least of three, for the machine may be busy."""
    rows = (
        f"{n},Trạm Y tế {n},station,TYT {n};TYT-{n},10.{n >> 8}.{n & 255}.0/24,UTF-8,ADT;ORU\n" for n in range(count)
    )
    text = "code,name,kind,senders,addresses,charset_default,expects\n" + "".join(rows)
    (folder / "registry.csv").write_text(text, "utf-8")

    def once() -> float:
        begun = time.process_time()
        read_registry(folder / "registry.yaml")
        return time.process_time() - begun

    return min(once() for _ in range(3))


def test_a9_application_acknowledgments_go_where_the_registry_says(tmp_path: Path) -> None:
    path = tmp_path / "registry.yaml"
    entry = 'facilities:\n  - code: "1"\n    name: A\n    answers_to: {}\n'
    path.write_text(entry.format("lab.hospital.example:2576"), "utf-8")
    assert read_registry(path).by_code("1").answers_to == ("lab.hospital.example", 2576)
    (fault,) = faults_in(path, entry.format("lab.hospital.example"))
    assert (fault.mark.line, fault.code) == (4, "C003")
    assert "host:port" in f"{fault.what} {fault.hint}"


@pytest.mark.parametrize("zone", ["America/Argentina", "Asia", "a" * 300, "../UTC", '"a\\0b"'])
def test_a_folder_of_zones_and_what_can_be_no_file_are_no_zone(tmp_path: Path, zone: str) -> None:
    (found,) = faults_in(tmp_path / "registry.yaml", "facilities:\n" + entry("1", zone=zone))
    assert (found.code, found.where) == ("C003", "facilities.0.zone")
