"""The sample feed: always the same, readable but for its faults, and Vietnamese as it should be."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from demo.faults import FAULTS
from demo.feed import make_feed, write_feed
from demo.message import Fate, FeedMessage
from demo.senders import SENDERS
from demo.tcvn3 import encode_tcvn3
from engine.canonical.dead import Reason
from engine.hl7.message import Message, parse

CODECS = {sender.code: sender.codec for sender in SENDERS}


@pytest.fixture(scope="module")
def feed() -> list[FeedMessage]:
    return make_feed(count=600)


def utf8_messages(feed: list[FeedMessage]) -> list[Message]:
    good = [message for message in feed if not message.is_fault and CODECS[message.facility] == "utf-8"]
    return [parse(message.payload.decode("utf-8")) for message in good]


def test_same_seed_makes_the_same_feed() -> None:
    assert make_feed(count=120, seed=5) == make_feed(count=120, seed=5)


def test_another_seed_makes_another_feed() -> None:
    assert make_feed(count=120, seed=5) != make_feed(count=120, seed=6)


@pytest.mark.parametrize("count", [0, 1, 40, 600, 1001])
def test_feed_holds_as_many_messages_as_asked_for(count: int) -> None:
    assert len(make_feed(count)) == count


def test_about_three_in_a_hundred_are_not_as_they_should_be(feed: list[FeedMessage]) -> None:
    odd = [message for message in feed if message.is_fault or not message.expected_answer]
    assert len(odd) == 18


def test_every_kind_of_fault_is_there(feed: list[FeedMessage]) -> None:
    fates = Counter((message.expected_fate, message.expected_reason) for message in feed if message.is_fault)
    assert set(fates) == {
        (Fate.REFUSED, "NOT_HL7"),
        (Fate.REFUSED, "CONTROL_ID_MISSING"),
        (Fate.DEAD, "UNMATCHED"),
        (Fate.DEAD, "VALUE"),
        (Fate.DEAD, "CHARSET"),
        (Fate.DEAD, "STRUCTURE"),
        (Fate.DUPLICATE, ""),
    }
    assert len(fates) == len(FAULTS)


def test_reasons_are_those_of_dead_letters(feed: list[FeedMessage]) -> None:
    reasons = {message.expected_reason for message in feed} - {""}
    assert reasons <= set(Reason)


def test_every_good_message_parses_into_segments_only(feed: list[FeedMessage]) -> None:
    messages = utf8_messages(feed)
    assert len(messages) > 450
    assert not any(message.faults for message in messages)


def test_message_type_of_msh_is_the_one_noted(feed: list[FeedMessage]) -> None:
    good = [message for message in feed if message.type and CODECS[message.facility] == "utf-8"]
    read = [parse(message.payload.decode("utf-8", "replace")) for message in good]
    assert [f"{message.code}^{message.event}" for message in read] == [message.type for message in good]


def test_control_ids_do_not_repeat_but_for_resends(feed: list[FeedMessage]) -> None:
    ids = Counter(message.segments[0].field(10) for message in utf8_messages(feed))
    assert max(ids.values()) == 1


def test_a_resend_is_the_same_bytes_after_the_first(feed: list[FeedMessage]) -> None:
    for place, message in enumerate(feed):
        if message.expected_fate is Fate.DUPLICATE:
            before = [earlier for earlier in feed[:place] if earlier.payload == message.payload]
            assert [earlier.expected_fate for earlier in before] == [Fate.LOADED]


def test_names_are_in_composed_form(feed: list[FeedMessage]) -> None:
    names = [message.of("PID")[0].field(5) for message in utf8_messages(feed)]
    assert len(names) > 450
    assert all(unicodedata.is_normalized("NFC", name) for name in names)
    assert any("Nguyễn" in name for name in names)


def test_national_number_agrees_with_sex_and_year_of_birth(feed: list[FeedMessage]) -> None:
    seen = 0
    for message in utf8_messages(feed):
        pid = message.of("PID")[0]
        found = re.search(r"\b079([0-3])(\d\d)99\d{4}\b", f"{pid.field(3)}~{pid.field(20)}")
        assert found
        female = pid.field(8) in ("F", "2")
        assert int(found[1]) == 2 * (int(pid.field(7)[:4]) >= 2000) + female
        assert found[2] == pid.field(7)[2:4]
        seen += 1
    assert seen > 450


def test_every_facility_keeps_its_habits(feed: list[FeedMessage]) -> None:
    first = {message.facility: message.payload for message in reversed(feed) if not message.is_fault}
    assert b"\r\n" in first["79906"]
    assert b"\n" in first["79903"]
    assert b"\r" not in first["79903"]
    assert b"|AL|NE||UNICODE UTF-8" in first["79904"]
    with pytest.raises(UnicodeDecodeError):
        first["79905"].decode("utf-8")


def test_critical_potassium_is_told_in_both_forms(feed: list[FeedMessage]) -> None:
    lines = [message.payload for message in feed if b"|HH|" in message.payload and not message.is_fault]
    assert len(lines) == 2
    assert any(b"K^Kali^9979901^2823-3^^LN||7.1|mmol/L|3.5-5.0|HH" in line for line in lines)
    assert any(b"|ST|K||6,9|mmol/L|3,5 - 5,0|HH" in line for line in lines)


def test_even_a_short_feed_begins_the_stories_of_the_demo() -> None:
    payloads = b"".join(message.payload for message in make_feed(count=20))
    assert b"|HH|" in payloads
    assert "Dương tính".encode() in payloads


def test_tcvn3_writes_capitals_with_accents_small() -> None:
    assert encode_tcvn3("Nguyễn ÁI") == b"Nguy\xd4n \xb8I"


def test_files_hold_the_messages_and_what_must_become_of_them(tmp_path: Path) -> None:
    messages = make_feed(count=40)
    write_feed(messages, tmp_path)
    expected = json.loads((tmp_path / "expected.json").read_text())
    assert len(expected) == 40
    for message, (name, entry) in zip(messages, expected.items(), strict=True):
        assert (tmp_path / name).read_bytes() == message.payload
        assert entry["fate"] == message.expected_fate
