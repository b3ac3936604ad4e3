"""The messages that the benchmarks send: an admission and a report, as hospitals' systems write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

ADT = b"\r".join(
    (
        b"MSH|^~\\&|HIS|79014|ENGINE|CITY|20260314081500+0700||ADT^A01^ADT_A01|%d|P|2.5.1|||AL|NE|VNM|UNICODE UTF-8",
        b"EVN|A01|20260314081500+0700|||NURSE01^TRAN^THI B",
        (
            b"PID|1||%d^^^79014^MR~079180001234^^^VNM^NI~GD4797912345678^^^BHXH^SB||NGUYEN^VAN^A^^^^L||19800102|M|||"
            b"12 DUONG SO 3^^QUAN 1^HO CHI MINH^700000^VNM||0903123456|||M||79014000123"
        ),
        b"PD1|||PHONG KHAM DA KHOA^^10012|004777^BUI^THI^CAM",
        b"NK1|1|NGUYEN^THI C|SPO^Spouse^HL70063|12 DUONG SO 3^^QUAN 1^HO CHI MINH|0903765432||EC",
        b"NK1|2|NGUYEN^VAN D|FTH^Father^HL70063|45 DUONG SO 9^^QUAN 3^HO CHI MINH|0903111222",
        (
            b"PV1|1|I|NOI^201^A^79014||||004777^LE^MINH^DUC|||MED||||1|||004777^LE^MINH^DUC|IN|V%d|||||||||||||||||||||"
            b"|||79014|||||20260314081200+0700"
        ),
        b"PV2||2^Phong dich vu|^Sot cao keo dai va dau nguc",
        b"ROL|1|AD|AT^Attending Provider^HL70443|004777^LE^MINH^DUC^^^BS^^79014|20260314081200+0700",
        b"OBX|1|NM|8302-2^Body height^LN||168|cm|||||F|||20260314081000+0700",
        b"OBX|2|NM|29463-7^Body weight^LN||61.5|kg|||||F|||20260314081000+0700",
        b"AL1|1|DA|00000741^PENICILLIN|MO|Phat ban toan than",
        b"DG1|1|ICD-10|J18.9^Viem phoi, khong dac hieu^I10|Viem phoi|20260314081400+0700|A",
        b"GT1|1||NGUYEN^THI C||12 DUONG SO 3^^QUAN 1^HO CHI MINH|0903765432|||||SPO",
        (
            b"IN1|1|BHYT^Bao hiem y te|BHXH79|Bao hiem xa hoi thanh pho Ho Chi Minh||||||||20260101|20261231|||"
            b"NGUYEN^VAN^A|SEL|19800102"
        ),
        b"",
    )
)
"""An admission of 1.3 KB; the numbers are the control id, the patient's and the visit's."""

ORU = b"\r".join(
    (
        b"MSH|^~\\&|LIS|79014|ENGINE|CITY|20260314091500+0700||ORU^R01^ORU_R01|%d|P|2.5.1||||||UNICODE UTF-8",
        b"PID|1||%d^^^79014^MR~079180001234^^^VNM^NI||NGUYEN^VAN^A^^^^L||19800102|M",
        b"PV1|1|I|NOI^201^A^79014||||||||||||||||V%d",
        b"ORC|RE|P1^HIS|F1^LIS||CM",
        (
            b"OBR|1|P1^HIS|F1^LIS|CTM^Tong phan tich te bao mau^99BV^58410-2^CBC^LN|||20260314083000+0700|||||||||"
            b"004777||||||20260314091200+0700||HM|F"
        ),
        *(
            f"OBX|{number}|NM|T{number:02}^Xet nghiem {number}^99BV^6690-2^Leukocytes^LN||{number}.5|G/L|4.0-10.0|N|||F"
            "|||20260314090000+0700".encode()
            for number in range(1, 31)
        ),
        b"",
    )
)
"""A report with 30 results, 3.2 KB; the numbers are the control id, the patient's and the visit's."""

NEW = {
    "004777^LE^MINH": "{0:06}^LE{0}^MINH",
    "004777^BUI^THI": "{0:06}^BUI{0}^THI",
    "|004777|": "|{0:06}|",
    "NOI^201": "N{0}^{0}",
    "NGUYEN^VAN": "NGUYEN{0}^VAN",
    "NGUYEN^THI": "NGUYEN{0}^THI",
    "12 DUONG SO 3": "{0} DUONG SO 3",
    "45 DUONG SO 9": "{0} DUONG SO 9",
    "10012": "1{0:06}",
    "079180001234": "079180{0:06}",
    "GD4797912345678": "GD4797912{0:06}",
    "0903": "0{0:06}",
}
"""What differs from one message to the next where nobody in it was seen before, nor any place."""

PATIENTS = 20_000

MIX = 3
"""Reports among ten messages, as hospitals send them: 1.9 KB a message."""


def frames(reports: int) -> Iterator[bytes]:
    """Messages in their frames, each under a control id that none had before, about one patient after the other.

    Of every ten so many are reports, the others admissions. All but the control id is made beforehand, so that sending
    one costs the sender next to nothing.
    """
    kinds = [ORU if number * reports % 10 < reports else ADT for number in range(10)]
    parts = [kinds[patient % 10].split(b"%d", 1) for patient in range(PATIENTS)]
    made = [(b"\x0b" + before, after % (one, one * 2) + b"\x1c\r") for one, (before, after) in enumerate(parts)]
    return (b"%b%d%b" % (made[number % PATIENTS][0], number, made[number % PATIENTS][1]) for number in _control_ids())


def _control_ids() -> Iterator[int]:
    return count(time.time_ns() // 1000)


def unseen(text: str, number: int) -> str:
    """A message with people and places of its own."""
    for old, new in NEW.items():
        text = text.replace(old, new.format(number))
    return text
