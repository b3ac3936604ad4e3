from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.transforms.values import TYPES, ValueFault, compares, in_order, refuse

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def read(kind: str, text: str) -> object:
    one = TYPES[kind]
    return one.read(text, HANOI) if one.zoned else one.read(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("date", "19800102", "1980-01-02"),
        ("date", "198001", "1980-01"),
        ("xhtml", "a < b & c", '<div xmlns="http://www.w3.org/1999/xhtml">a &lt; b &amp; c</div>'),
        ("date", "19580000", "1958"),
        ("date", "20251001073512+0700", "2025-10-01"),
        ("date", "20250230", None),
        ("date", "2025-01-02", "2025-01-02"),
        ("dateTime", "20251001073512", "2025-10-01T07:35:12+07:00"),
        ("dateTime", "202510010735-0500", "2025-10-01T07:35:00-05:00"),
        ("dateTime", "2025", "2025"),
        ("dateTime", "01/10/2025", None),
        ("dateTime", "2025-10-01T14:02:33", "2025-10-01T14:02:33+07:00"),
        ("dateTime", "2025100114023", "2025-10-01T14:02:00+07:00"),
        ("instant", "202510010735", "2025-10-01T07:35:00+07:00"),
        ("instant", "20251001", None),
        ("time", "1405", "14:05:00"),
        ("time", "140530.25", "14:05:30.25"),
        ("time", "2560", None),
        ("dmy", "31/12/2025", "2025-12-31"),
        ("dmy", "1.2.2025", "2025-02-01"),
        ("dmy", "20251231", "2025-12-31"),
        ("dmy", "31/31/2025", None),
        ("decimal", "12", 12),
        ("decimal", "-3.40", -3.4),
        ("decimal", "6,9", 6.9),
        ("decimal", "0,125", 0.125),
        ("decimal", "1234,567", 1234.567),
        ("decimal", "1.234,5", 1234.5),
        ("decimal", "1,234.5", 1234.5),
        ("decimal", "1,234", None),
        ("decimal", "<5", None),
        ("decimal", "1e5", None),
        ("decimal", "nan", None),
        ("decimal", "１２", None),
        ("decimal", "1234567890123456", None),
        ("integer", "-12", -12),
        ("integer", "2147483648", None),
        ("integer", "1.0", None),
        ("unsignedInt", "0", 0),
        ("unsignedInt", "-1", None),
        ("positiveInt", "0", None),
        ("positiveInt", "3", 3),
        ("firstWord", "Trần Thị Hồng Nhung", "Trần"),
        ("otherWords", "Trần  Thị Hồng Nhung", "Thị Hồng Nhung"),
        ("otherWords", "Trần", None),
        ("cccd", "079092999011", "079092999011"),
        ("cccd", "079 092-999011", "079092999011"),
        ("cccd", "790123456789", None),
        ("cccd", "07909299901", None),
        ("cccd", "003092999011", None),
        ("cccd", "079492999011", None),
        ("cchn", "999001/HCM-CCHN", "999001/HCM-CCHN"),
        ("cchn", "9001/hcm-gphn", "9001/HCM-GPHN"),
        ("cchn", "999001", None),
        ("cmnd", "023 456 789", "023456789"),
        ("cmnd", "0234567890", None),
        ("bhyt", "DN4797999900011", "DN4797999900011"),
        ("bhyt", "dn 4 79-7999900011", "DN4797999900011"),
        ("bhyt", "DN6797999900011", None),
        ("bhyt", "7999900011", None),
        ("bhyt", "D47979999000111", None),
        ("bhxh", "DN4797999900011", "7999900011"),
        ("bhxh", "79 9990 0011", "7999900011"),
        ("bhxh", "079092999011", None),
        ("icd10", "A97.1", "A97.1"),
        ("icd10", "a971", "A97.1"),
        ("icd10", "B05", "B05"),
        ("icd10", "A17.0†", "A17.0"),
        ("icd10", "G01*", "G01"),
        ("icd10", "M0100", "M01.00"),
        ("icd10", "U13/9", None),
        ("icd10", "dengue", None),
        ("duration", "D10", 10),
        ("duration", "10", None),
        ("duration", "X3", None),
        ("durationUnit", "L2", "mo"),
        ("durationUnit", "d2", None),
        ("minutes", "2 h", 120),
        ("minutes", "90s", None),
        ("minutes", "1.1 Hours", 66),
        ("minutes", "0 min", 0),
        ("minutes", "2", None),
        ("minutes", "2 mo", None),
        ("later", "202510082350+0700/30 min", "2025-10-09T00:20:00+07:00"),
        ("later", "20251008235000.5+0700/1 d", "2025-10-09T23:50:00.5+07:00"),
        ("later", "20251008/2 wk", "2025-10-22"),
        ("later", "20251008/36 h", None),
        ("later", "2025100823/30 min", None),
        ("later", "202510/1 d", None),
        ("later", "202510082350+0700/30", None),
        ("later", "202510082350+0700", None),
        ("later", "morning/30 min", None),
        ("later", "99991231235900+0700/2 min", None),
        ("earlier", "20251001000000+0700/1 min", "2025-09-30T23:59:00+07:00"),
        ("earlier", "00010101000000+0700/2 h", None),
        ("boolean", "Y", True),
        ("boolean", "N", False),
        ("boolean", "maybe", None),
        ("code", "a   b", "a b"),
        ("uri", "http://a.example/b", "http://a.example/b"),
        ("uri", "a b", None),
        ("oid", "2.16.840", "urn:oid:2.16.840"),
        ("oid", "9.1", None),
        ("uuid", "5F1A3C0E-6F0B-5C60-9A4E-2F1D7C3B8E55", "urn:uuid:5f1a3c0e-6f0b-5c60-9a4e-2f1d7c3b8e55"),
        ("uuid", "5F1A", None),
        ("base64", "JVBE\nRi0=", "JVBERi0="),
        ("base64", "JVBE!", None),
        ("encoded", "Sốt", "U+G7kXQ="),
        ("string", " x ", " x "),
    ],
)
def test_text_is_read_as_its_type_or_not_at_all(kind: str, text: str, value: object) -> None:
    found = read(kind, text)
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


def test_a_whole_number_stays_whole() -> None:
    assert isinstance(read("decimal", "12"), int)
    assert isinstance(read("decimal", "12.0"), float)


@given(st.sampled_from(sorted(TYPES)), st.text(min_size=1, max_size=30))
def test_no_text_breaks_a_type(kind: str, text: str) -> None:
    read(kind, text)


def test_fault_tells_the_place_and_the_type_and_never_the_value() -> None:
    with pytest.raises(ValueFault, match=r"a value is no date \(PID-7\)") as caught:
        refuse("PID-7", "date")
    assert (caught.value.position, caught.value.type_name) == ("PID-7", "date")


def test_numbers_are_compared_as_numbers() -> None:
    assert compares("6,9", ">", 6.5)
    assert compares("6.5", ">=", 6.5)
    assert not compares("6.5", ">", 6.5)
    assert not compares("none", "<", 6.5)
    assert in_order(1, "<", 2)
    assert in_order(2, "<=", 2)
    assert not in_order(3, "<=", 2)
