"""`ack: validated`: what breaks the profile is told before anything is accepted (A3), and profiles as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config.settings import ROOT
from engine.language.fault import Fault, Faults
from engine.listeners.profile import read_profile
from tests.listeners.running import framed, listening, message

GOOD = "EVN|A01|20260314\rPID|1||7^^^79014^MR||A^B||1980|M\rPV1||I\r"
BAD = "EVN|A01|20260314\rPID|1||7^^^79014^MR||||1980-01-02|M\rPV1||I\r"
SILENT = "PID|1||7^^^79014^MR||A^B|||M\rPV1||I\r"


@pytest.mark.parametrize(
    ("version", "reported"),
    [
        ("2.3", b"ERR|PID^1^5^101&Required field missing&HL70357~PID^1^7^102&Data type error&HL70357\r"),
        ("2.5", b"ERR||PID^1^5|101^Required field missing^HL70357|E\rERR||PID^1^7|102^Data type error^HL70357|E\r"),
        ("2.8", b"ERR||PID^1^5|101^Required field missing^HL70357|E\rERR||PID^1^7|102^Data type error^HL70357|E\r"),
    ],
)
def test_a3_an_error_in_the_content_is_ae_with_each_error_as_the_version_has_it(
    tmp_path: Path, version: str, reported: bytes
) -> None:
    with listening(tmp_path, ack="validated") as running, running.connect() as peer:
        peer.send(framed(message("1", msh={12: version}, rest=BAD)))
        answer = peer.answer()
        assert b"\rMSA|AE|1" in answer
        assert answer.endswith(reported)
        (letter,) = running.dead()
        assert (letter.text("dead_reason"), letter.text("dead_where")) == ("VALUE", "PID-5")
        assert running.raw() == []


def test_a3_in_enhanced_mode_it_is_ce(tmp_path: Path) -> None:
    with listening(tmp_path, ack="validated") as running, running.connect() as peer:
        peer.send(framed(message("1", msh={15: "AL"}, rest=BAD)) + framed(message("2", msh={15: "AL"}, rest=GOOD)))
        assert (peer.code(), peer.code()) == ("CE 1", "CA 2")


def test_a3_which_code_answers_it_is_a_setting(tmp_path: Path) -> None:
    with listening(tmp_path, ack="validated", answers={"content": "AR/CR"}) as running, running.connect() as peer:
        peer.send(framed(message("1", rest=BAD)))
        assert peer.code() == "AR 1"


def test_a3_what_is_stored_only_is_accepted_whatever_it_holds(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(message("1", rest=BAD)))
        assert peer.code() == "AA 1"


def test_a15_what_the_standard_does_not_know_is_accepted(tmp_path: Path) -> None:
    with listening(tmp_path, ack="validated") as running, running.connect() as peer:
        peer.send(framed(message("1", rest=GOOD + "ZPI|1|x\rARV|1\r")))
        assert peer.code() == "AA 1"


def test_a_warning_is_told_and_refuses_nothing(tmp_path: Path) -> None:
    city = ROOT / "mappings" / "profiles" / "city.yaml"
    with listening(tmp_path, ack="validated", profile=city) as running, running.connect() as peer:
        peer.send(framed(message("1", rest="EVN|A01|20260314\r" + SILENT)))
        answer = peer.answer()
        assert b"\rMSA|AA|1" in answer
        assert b"ERR||PID^1^7|101^Required field missing^HL70357|W\r" in answer
        assert len(running.raw()) == 1


def test_a_message_that_cannot_be_decoded_is_left_to_the_stages_behind(tmp_path: Path) -> None:
    with listening(tmp_path, ack="validated") as running, running.connect() as peer:
        peer.send(framed(message("1", rest="PID|1||7||\r") + b"NTE|\xff\xfe\r"))
        assert peer.code() == "AA 1"


def faults(tmp_path: Path, text: str) -> tuple[Fault, ...]:
    file = tmp_path / "profile.yaml"
    file.write_text(text)
    with pytest.raises(Faults) as caught:
        read_profile(file)
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "line", "column", "code", "hint"),
    [
        ("profile: a\nbass: none\n", 2, 1, "C002", "did you mean 'base'?"),
        ("profile: a\nsegments: { ADT_A1: { PID: required } }\n", 2, 13, "P101", "did you mean"),
        ("profile: a\nsegments: { ADT_A01: { PIDD: required } }\n", 2, 24, "P102", "did you mean"),
        ("profile: a\nsegments: { ADT_A01: { PID: needed } }\n", 2, 24, "C003", "profiles.md"),
        ("profile: a\nfields:\n  PID3: { required: true }\n", 3, 3, "P103", "such as PID-3"),
        ("profile: a\nfields:\n  PID-3[2]: { required: true }\n", 3, 3, "P104", "such as PID-3.1"),
        ("profile: a\nfields:\n  PIX-3: { required: true }\n", 3, 3, "P102", "did you mean"),
        ("profile: a\nfields:\n  PID-99: { required: true }\n", 3, 3, "P105", "it has 4"),
        ("profile: a\nfields:\n  PID-3: { requird: true }\n", 3, 12, "C002", "did you mean 'required'?"),
        ("profile: a\nfields:\n  PID-3: { length: 0 }\n", 3, 12, "C003", "profiles.md"),
    ],
)
def test_each_fault_of_a_profile_has_its_place_and_says_what_to_do(
    tmp_path: Path, text: str, line: int, column: int, code: str, hint: str
) -> None:
    (fault,) = faults(tmp_path, text)
    assert (fault.mark.line, fault.mark.column, fault.code) == (line, column, code)
    assert hint in fault.hint


def test_all_faults_of_a_profile_come_at_once(tmp_path: Path) -> None:
    text = "profile: a\nsegments: { ADT_A1: {} }\nfields: { PID3: {}, PID-99: {} }\n"
    assert [fault.code for fault in faults(tmp_path, text)] == ["P101", "P103", "P105"]
