"""`ack: validated`: what breaks the profile is told before anything is accepted (A3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config.settings import ROOT
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


def test_f8_a_line_that_begins_no_segment_is_told_by_the_segment_before_it(tmp_path: Path) -> None:
    with listening(tmp_path, ack="validated") as running, running.connect() as peer:
        peer.send(framed(message("1", rest=GOOD + "Phuong 7\r")))
        answer = peer.answer()
        assert b"\rMSA|AE|1" in answer
        assert b"ERR||PV1^1|100^Segment sequence error^HL70357|E\r" in answer


def test_a3_many_warnings_hide_no_error(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text("profile: a\nfields: { NK1-1: { length: 1, severity: warning } }\n", "utf-8")
    with listening(tmp_path, ack="validated", profile=profile) as running, running.connect() as peer:
        kin = "".join(f"NK1|{number}\r" for number in range(10, 60))
        peer.send(framed(message("1", rest=GOOD.replace("PV1", f"{kin}PV1").replace("1980", "1980-01-02"))))
        assert peer.code() == "AE 1"
