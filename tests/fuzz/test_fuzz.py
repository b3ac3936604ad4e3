"""Millions of wrong bytes: the framing loses none of them, and every message gets an answer that it may get."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.framing import HEAD
from tests.fuzz.guided import run_guided
from tests.fuzz.messages import STUFF, message
from tests.fuzz.targets import TARGETS, Check, read_corpus, within_a_second, write_corpus
from tests.rig.proof import count, report

PARTS = (b"\x0b", b"\x1c", b"\r", b"\x1c\r", b"MSH|", b"M", b"MS", b"x", b"\n", b"\x0bMSH|a\x1c\r", b"\x0bMSH|b\x1c")

streams = st.lists(st.sampled_from(PARTS) | st.binary(max_size=4), max_size=30).map(b"".join)
framings = st.tuples(st.binary(min_size=HEAD, max_size=HEAD), streams).map(b"".join)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A generated message, cut and with wrong bytes put in where hypothesis likes."""
    payload = message(random.Random(draw(st.integers(0, 2**32))))
    for _ in range(draw(st.integers(0, 3))):
        at, stop = draw(st.integers(0, len(payload))), draw(st.integers(0, len(payload)))
        payload = payload[:at] + draw(st.sampled_from(STUFF) | st.binary(max_size=6)) + payload[stop:]
    return payload


STRATEGIES = {"framing": framings, "receiving": messages()}
GUIDED = {"framing": count(6_000, 1_000_000), "receiving": count(3_000, 200_000)}
EXPLORED = {"framing": count(300, 50_000), "receiving": count(300, 50_000)}
ABOUT = {
    "framing": "Any bytes as a stream, under every combination of the framer's options: what is found is the same "
    "whole, byte by byte and in random cuts; payloads, junk and MLLP's own bytes are all of the stream, in order; no "
    "more is held than the limits say.",
    "receiving": "Any bytes as a message, from its header to its acknowledgment, read back: no exception but a typed "
    "one, MSA-2 is MSH-10 to the byte, the answer is one frame and a message, ERR and the record's headers hold no "
    "text of it, the record holds all of it; then it is decoded, parsed and unescaped.",
}


def explore(target: str) -> int:
    """Have hypothesis look for a case that fails; how many it tried."""
    tried, check = 0, within_a_second(TARGETS[target])

    @settings(max_examples=EXPLORED[target], suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[target])
    def hold(case: bytes) -> None:
        nonlocal tried
        tried += 1
        check(case)

    hold()
    return tried


@pytest.mark.prove
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("target", TARGETS)
def test_no_bytes_break_what_must_hold(target: str, tmp_path: Path) -> None:
    tried = explore(target)
    guided = run_guided(target, GUIDED[target], tmp_path)
    assert guided.runs >= GUIDED[target]
    report(
        f"fuzzing-{target}",
        f"# Fuzzing: {target}\n\n{ABOUT[target]}\n\n"
        f"| who | cases | failures |\n|---|---|---|\n"
        f"| atheris, coverage-guided, from {len(read_corpus(target))} kept cases | {guided.runs} | 0 |\n"
        f"| hypothesis | {tried} | 0 |\n\n"
        f"Coverage: {guided.branches} branches, {guided.runs // max(guided.seconds, 1)} cases a second. "
        "No case took a second of processor time.\n",
    )


@pytest.mark.parametrize("target", TARGETS)
def test_cases_that_are_kept_hold(target: str) -> None:
    check = within_a_second(TARGETS[target])
    for case in read_corpus(target):
        check(case)


def test_a_corpus_is_written_as_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.targets._CORPUS", tmp_path)
    cases = [bytes(range(256)), b"", b"\\x0b", b"\x0b\\u1234\r\n"]
    write_corpus("any", cases)
    assert sorted(read_corpus("any")) == sorted(cases)


def fails(target: str, case: bytes) -> bool:
    """Whether the check finds the case at fault."""
    try:
        TARGETS[target](case)
    except Exception:
        return True
    return False


def test_a_framer_that_loses_a_byte_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.hl7 import framing

    original: Callable[..., framing.Frame | framing.FrameFault] = framing.Framer._finish

    def lossy(self: framing.Framer, payload: bytes, with_cr: bool) -> framing.Frame | framing.FrameFault:
        return original(self, payload[:-1] if payload.endswith(b"x") else payload, with_cr)

    monkeypatch.setattr(framing.Framer, "_finish", lossy)
    assert fails("framing", b"\x05\x05\0\0\x0b\x1cx\x1c\r")
    assert not fails("framing", b"\x05\x05\0\0\x0b\x1cy\x1c\r")


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("engine.listeners.answer.acknowledge", lambda header, code, **_: b"MSH|^~\\&|\rMSA|AA|17\r"),
        ("engine.listeners.reception._record", lambda message, answer, now: message),
    ],
)
def test_an_answer_or_a_record_that_is_wrong_is_caught(
    name: str, planted: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = b"MSH|^~\\&|HIS|79014|||2026||ADT^A01|18|P|2.5\r"
    assert not fails("receiving", case)
    monkeypatch.setattr(name, planted)
    assert fails("receiving", case)


def test_a_value_of_the_message_in_err_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    case = b"MSH|^~\\&|HIS|79014|||2026||ADT^A01|18|SECRET|2.5\r"
    assert not fails("receiving", case)
    monkeypatch.setattr("engine.hl7.acknowledgment.located_errors", lambda errors, signs: ["ERR|||202^SECRET|E"])
    assert fails("receiving", case)
