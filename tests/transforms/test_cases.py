"""The topic of cases: a diagnosis, with the commune of its patient and nothing else of the message."""

from __future__ import annotations

import orjson

from engine.bus.record import Position, Record
from engine.canonical import case, raw
from engine.canonical.envelope import decode, topic_of
from engine.canonical.raw import Raw
from engine.facilities.facility import Registry
from engine.transforms.conversion import Conversion
from tests.transforms.folders import shipped

MESSAGE = (
    "MSH|^~\\&|HIS|79901|||20261126080000||ADT^A08^ADT_A01|C1|P|2.5\r"
    "EVN|A08|20261126080000\r"
    "PID|1||BN1^^^79901^PI||Nguyễn^An||19800102|M|||45/6 Hẻm Thử, Phường 4, Quận 5, TP.HCM\r"
    "PV1|1|I|K11||||||||||||||||V1\r"
    "DG1|1||A97.1^Sốt xuất huyết^I10||20261124|A||||||||||||||{number}|{action}\r"
)


def converted(number: str = "D1", action: str = "A") -> list[Record]:
    payload = MESSAGE.format(number=number, action=action).encode()
    taken = raw.encode(Raw("r1", payload, "79901", "5f" * 16, "k1", "ADT^A08", 1_795_000_000_000_000, "mllp"))
    record = Record(taken.topic, taken.key, taken.value, taken.headers, 0, 7)
    conversion = Conversion(shipped(), 3, Registry(), lambda resource: [topic_of(resource.type)])
    return [one for one in conversion.convert(record, 0).records if one.topic == case.TOPIC]


def test_a_diagnosis_is_told_with_the_commune_of_its_patient() -> None:
    (found,) = converted()
    assert (found.topic, found.key) == (case.TOPIC, b"5f" * 16)
    assert orjson.loads(found.value) == {
        "codes": ["A97.1"],
        "day": "2026-11-24",
        "place": "27301",
        "stands": True,
        "confirmed": False,
    }


def test_a_case_has_the_envelope_of_the_diagnosis() -> None:
    (found,) = converted()
    read = decode(found)
    assert (read.type, read.origin.raw, read.origin.generation) == (case.TYPE, Position("hl7.raw", 0, 7), 3)
    assert read.id == decode(converted(action="D")[0]).id


def test_a_diagnosis_that_was_deleted_does_not_stand() -> None:
    (found,) = converted(action="D")
    assert orjson.loads(found.value)["stands"] is False


def test_nothing_of_a_patient_but_the_commune_is_told() -> None:
    (found,) = converted()
    text = found.value.decode() + "".join(one.decode() for one in found.headers.values())
    assert not [word for word in ("Nguyễn", "1980", "Hẻm", "BN1", "V1") if word in text]


def test_a_condition_may_lack_all_that_is_counted() -> None:
    told = case.body_of({"resourceType": "Condition", "recordedDate": "2026", "code": {"text": "Sốt"}}, "")
    assert told == {"codes": [], "day": "", "place": "", "stands": True, "confirmed": False}
    assert case.body_of({"verificationStatus": {"coding": [{"code": "confirmed"}]}}, "")["confirmed"] is True
