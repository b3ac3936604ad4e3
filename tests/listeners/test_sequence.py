"""The sequence number protocol: each cell of HL7 v2.9, 2.10.1, and what a restart remembers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus.record import Record
from engine.listeners.sequence import MOST, RESYNC, TOPIC, Sequences, Step, sender_key
from tests.listeners.producers import Failing
from tests.listeners.running import Running, framed, listening, message, seconds

SENDER = b"his"


def after(*numbers: str) -> Sequences:
    sequences = Sequences()
    for number in numbers:
        assert sequences.take(SENDER, number.encode()).accepted
    return sequences


@pytest.mark.parametrize(
    ("before", "number", "accepted", "told", "then"),
    [
        ((), "0", True, -1, None),
        (("7",), "0", True, 8, 8),
        ((), "-1", True, -1, None),
        (("7",), "-1", True, -1, None),
        ((), "5", True, 5, 6),
        (("7",), "8", True, 8, 9),
        (("7",), "7", False, 8, 8),
        (("7",), "9", False, 8, 8),
        (("7",), "1", False, 8, 8),
        ((), "x", False, None, None),
        (("7",), "x", False, 8, 8),
        (("7",), "-2", False, 8, 8),
        (("7",), "1.5", False, 8, 8),
        (("7",), "", False, 8, 8),
    ],
)
def test_each_cell_of_the_protocol(
    before: tuple[str, ...], number: str, accepted: bool, told: int | None, then: int | None
) -> None:
    sequences = after(*before)
    step = sequences.take(SENDER, number.encode())
    assert (step.accepted, step.told) == (accepted, told)
    assert sequences.take(SENDER, b"0").told == (RESYNC if then is None else then)


@pytest.mark.parametrize("number", ["0", "-1"])
def test_what_starts_or_resyncs_a_link_is_no_clinical_message(number: str) -> None:
    assert not after("7").take(SENDER, number.encode()).clinical


def test_senders_do_not_share_numbers() -> None:
    assert after("7").take(b"lis", b"1").accepted
    assert sender_key("79014", [b""] * 3 + [b"HIS", b"79014"]) != sender_key("79014", [b""] * 3 + [b"LIS", b"79014"])


def test_of_very_many_senders_those_silent_the_longest_are_forgotten() -> None:
    sequences = Sequences()
    for number in range(MOST + 1):
        sequences.take(b"%d" % number, b"7")
    assert sequences.take(b"0", b"0").told == RESYNC
    assert sequences.take(b"1", b"0").told == 8


STEPS = st.lists(st.tuples(st.sampled_from([b"a", b"b"]), st.integers(-1, 4)), max_size=30)


@given(STEPS)
def test_what_is_kept_in_the_topic_brings_the_state_back(steps: list[tuple[bytes, int]]) -> None:
    sequences = Sequences()
    kept: list[Record] = []
    for sender, number in steps:
        step = sequences.take(sender, str(number).encode())
        kept += [step.record] if step.record else []
    again = Sequences(kept)
    for sender in (b"a", b"b"):
        assert again.take(sender, b"0") == sequences.take(sender, b"0")


@given(STEPS, st.integers(0, 30))
def test_steps_undone_from_the_last_leave_what_was_before(steps: list[tuple[bytes, int]], stay: int) -> None:
    sequences, expected = Sequences(), Sequences()
    taken: list[Step] = []
    for index, (sender, number) in enumerate(steps):
        step = sequences.take(sender, str(number).encode())
        if index < stay:
            expected.take(sender, str(number).encode())
        else:
            taken.append(step)
    for step in reversed(taken):
        sequences.undo(step)
    for sender in (b"a", b"b"):
        assert sequences.take(sender, b"0") == expected.take(sender, b"0")


def numbered(control_id: str, number: str, rest: str = "PID|1||7\r", **msh: str) -> bytes:
    return framed(message(control_id, msh={13: number} | {int(name[1:]): one for name, one in msh.items()}, rest=rest))


def test_a_link_over_the_wire_from_start_to_resync(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        for control_id, number, code, told in [
            ("1", "0", "AA", b"-1"),
            ("2", "1", "AA", b"1"),
            ("3", "2", "AA", b"2"),
            ("3", "2", "AR", b"3"),
            ("4", "9", "AR", b"3"),
            ("5", "0", "AA", b"3"),
            ("6", "3", "AA", b"3"),
            ("7", "-1", "AA", b"-1"),
            ("8", "40", "AA", b"40"),
        ]:
            peer.send(numbered(control_id, number))
            answer = peer.answer()
            msa = next(line for line in answer.split(b"\r") if line.startswith(b"MSA")).split(b"|")
            assert (msa[1], msa[2], msa[4]) == (code.encode(), control_id.encode(), told)
        assert [payload.split(b"|")[9] for payload in sorted(running.raw())] == [b"2", b"3", b"6", b"8"]
        assert [letter.text("dead_reason") for letter in running.dead()] == ["SEQUENCE"] * 2


def test_a_start_without_other_segments_is_answered_and_stores_nothing(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(numbered("1", "0", rest="") + numbered("2", "-1", rest="", _15="AL"))
        assert (peer.code(), peer.code()) == ("AA 1", "CA 2")
        assert (running.raw(), running.dead()) == ([], [])


def test_out_of_sequence_is_ce_in_enhanced_mode(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(numbered("1", "1", _15="AL") + numbered("2", "5", _15="AL"))
        assert (peer.code(), peer.code()) == ("CA 1", "CE 2")


def test_the_number_accepted_last_is_remembered_by_the_next_listener(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(numbered("1", "1"))
        assert peer.code() == "AA 1"
        assert [record.value for record in running.records(TOPIC)] == [b"2"]
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(numbered("3", "3") + numbered("2", "2"))
        assert (peer.code(), peer.code()) == ("AR 3", "AA 2")


def test_a_number_whose_message_was_not_stored_is_expected_again(tmp_path: Path) -> None:
    failing = [False]
    with Running(tmp_path, partial(Failing, refuses=lambda _records: failing[0]), ack_deadline=seconds(0.4)) as running:
        with running.connect() as peer:
            peer.send(numbered("1", "1"))
            assert peer.code() == "AA 1"
            failing[0] = True
            peer.send(numbered("2", "2") + numbered("3", "3"))
            assert peer.closed()
        failing[0] = False
        with running.connect() as peer:
            peer.send(numbered("2", "2") + numbered("3", "3"))
            assert (peer.code(), peer.code()) == ("AA 2", "AA 3")


def test_a_listener_that_ignores_sequence_numbers_takes_any(tmp_path: Path) -> None:
    with listening(tmp_path, sequence_numbers="ignore") as running, running.connect() as peer:
        peer.send(numbered("1", "7") + numbered("2", "7"))
        assert (peer.code(), peer.code()) == ("AA 1", "AA 2")
