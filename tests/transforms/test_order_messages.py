"""Orders and results of every shape become valid FHIR R4, and a result keeps its value whatever its datatype."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.folders import SHIPPED, send, whole
from tests.transforms.validity import faults_of

SAMPLES = sorted(path.stem for path in (SHIPPED / "standard/messages/samples").glob("*.hl7"))
PID = "PID|1||B1^^^79991^PI||A^B||19920314|M"


def segment(name: str, **fields: str) -> str:
    """A segment of fields by number (`f3="A"`)."""
    numbered = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(numbered.get(number, "") for number in range(1, max(numbered) + 1))])


ORC = segment(
    *("ORC",),
    f1="RE",
    f2="C1^HIS",
    f3="X1^LIS",
    f4="G1&HIS^G2&LIS",
    f5="CM",
    f9="20251001074955+0700",
    f7="1&LO^BID&0800^D5^20251001^20251002^S^^note^^^^3",
    f10="1^Le",
    f11="2^Le",
    f12="3^Le",
    f14="0900000021",
    f16="R^Reason",
    f17="O^Org",
    f18="D^Dev",
    f19="4^Le",
    f21="Org^L^79",
    f22="12 A^^Hue",
    f23="0280",
    f24="13 B^^Hue",
    f28="V",
    f29="I",
    f33="N1",
    f38="F1",
)
OBR = segment(
    *("OBR",),
    f1="1",
    f2="C1^HIS",
    f3="X1^LIS",
    f4="T^Test^L",
    f5="S",
    f6="20251001",
    f9="5^ml",
    f7="20251001075800",
    f8="20251001080800",
    f10="1^Le",
    f11="G",
    f13="NF^not fasting",
    f14="20251001080000",
    f15="BLD&Blood^EDTA^text^LA&Left^^F",
    f16="9^Le",
    f17="0900",
    f25="C",
    f22="20251001112900+0700",
    f24="HM",
    f29="P1&HIS^P2&LIS",
    f31="I10^x^I10",
    f39="^remark",
    f32="5&Le&E^20251001^20251002^K^P^B",
    f34="6&Le&F",
    f35="7&Le&G",
    f46="S^sup",
    f53="N2",
)
PARTICIPATIONS = (
    "PRT|R1|AD||OP^o^HL70443|11^Le|SP^sp|OU^u|Org2^L^80|K^P^B||20250101|20260101||14 C^^Hue|0900|||||||||C",
    "PRT|R2|AD||SC^o^HL70443|12^Le",
    "PRT|R3|AD||PRI^o^HL70443|13^Le",
)
DEVICE = "PRT|R9|AD||PO^p|21^Le||||K^P^B|D1^L||||15 D^^Hue||udi1|20240101|20250101|L|S|D|T^t"
TIMING = "TQ1|1|2^LO|Q8H^DW^1^2^8^h^^AC^30^min|0800~2000|30^min|5^d||||||text||30^min|6"
SPECIMEN = "SPM|1|S1&A^S2&B|S0&A|BLD|||SW^s|LA^l||||5^ml||||||20251001|20251001|Y|RB^x|||||C^c|||||A1|O1|SH1"


def results(kind: str, value: str, unit: str) -> list[dict[str, Any]]:
    """The observations of a report that says all that it can about one result."""
    observation = segment(
        *("OBX",),
        f1="1",
        f2=kind,
        f3="C^Test^L",
        f4="1.1^1^2^a",
        f5=value,
        f6=unit,
        f7="1-2",
        f8="H~L",
        f10="A",
        f11="X",
        f14="20251001",
        f15="LAB^Lab",
        f16="1^Le",
        f17="M^m",
        f18="D1^LIS",
        f19="20251001",
        f20="LA^Left",
        f21="U1",
        f23="Lab^L^81",
        f24="1 A^^Hue",
        f25="8^Le",
        f29="RSLT",
        f30="A",
        f33="S1&A^S2&B~S3&B",
    )
    done = send(
        whole(),
        *(
            "SFT|Acme|1|Prod|B1",
            PID,
            "NK1|1|C^D|MTH",
            "OBX|1|NM|W^Weight^L||60|kg|||||F",
            "PV1|1|I|K^P||||||||||||||||V1",
        ),
        *(ORC, TIMING, OBR, *PARTICIPATIONS, "NTE|1||remark|RE|1^Le|20251001", observation, DEVICE, "NTE|1||note"),
        *(SPECIMEN, "OBX|1|NM|V^Vol^L||5|ml|||||F"),
        event="ORU^R01^ORU_R01",
    )
    assert done.refusal is None
    assert [fault for one in done.resources for fault in faults_of(one.body)] == []
    return [one.body for one in done.resources if one.type == "Observation"]


@pytest.mark.parametrize(
    ("kind", "value", "unit", "element"),
    [
        *[("NM", "2.9", "mg/L^mg per L^UCUM", "valueQuantity"), ("NM", "1~2", "mg", "component")],
        *[
            ("SN", ">^5", "mg", "valueQuantity"),
            ("SN", "^1^:^2", "x", "valueRatio"),
            ("SN", "^1^-^2", "x", "valueRange"),
        ],
        *[("SN", "<>^1^+^2", "x", "valueString"), ("CE", "A^B^L", "", "valueCodeableConcept")],
        *[("CWE", "A^B^L~C^D^L", "", "component"), ("IS", "A", "", "valueCodeableConcept")],
        *[("ST", "x", "", "valueString"), ("ST", "x~y", "", "component"), ("TX", "x~y", "", "valueString")],
        *[("FT", "x", "", "valueString"), ("DT", "20250101", "", "valueDateTime"), ("TM", "0830", "", "valueTime")],
        *[("DTM", "20250101083000", "", "valueDateTime"), ("TS", "2025", "", "valueDateTime")],
        *[
            ("ED", "^application^pdf^Base64^JVBERi0=", "", "extension"),
            ("RP", "http://a.org/1^P^image^jpeg", "", "extension"),
        ],
        *[("NA", "1^2^3", "", "valueSampledData"), ("NR", "1^2", "mg", "valueRange")],
        *[("DR", "20250101^20250102", "", "valuePeriod"), ("XPN", "A^B", "", "valueString")],
        *[("VR", "1^2", "", "valueString"), ("", "x", "", "valueString"), ("DT", "yesterday", "", "valueString")],
        *[("CK", "1", "", "valueString"), ("ID", "Y", "", "valueString"), ("MA", "1^2~3^4", "", "valueString")],
    ],
)
def test_result_of_any_datatype_is_kept_and_valid(kind: str, value: str, unit: str, element: str) -> None:
    (found,) = [one for one in results(kind, value, unit) if one["code"].get("text") == "Test"]
    assert element in found


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_becomes_valid_resources(name: str) -> None:
    text = (SHIPPED / f"standard/messages/samples/{name}.hl7").read_text("utf-8")
    head, *segments = [line for line in text.replace("\n", "\r").split("\r") if line]
    done = send(whole(), *segments, event=head.split("|")[8])
    assert done.refusal is None
    assert [fault for one in done.resources for fault in faults_of(one.body)] == []
