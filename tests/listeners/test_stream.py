"""The faults of a stream, row by row: fed whole, byte by byte and glued, in every version and under odd delimiters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import pytest

from engine.hl7.versions import VERSIONS
from tests.listeners.running import Listening, Peer, framed, listening, message, wait_until

LARGEST = 1500
FED = [version for version in VERSIONS if version <= "2.8.2"]
SIGNS = (b"|^~\\&", b"|^~\\&#", b"!:+/*", b"#@%?$")
STANDARD = SIGNS[0]


class Case(NamedTuple):
    """A stream and what it must bring: `{}` stands for the control id; MSA of each answer, and what is kept.

    `reason` is that of the dead letter of the first frame, "" where it is accepted; `kept` counts frames that are kept.
    """

    stream: bytes
    codes: tuple[str, ...] = ("AA {}",)
    reason: str = ""
    kept: int = 1
    closes: bool = False


GOOD = message("{}")
SECOND = message("{}b")
WRAPPED = message("{}", rest="OBX|1|ED|||^^^Base64^QUJD\r\nREVG\r\n|||\r")
LEGACY = message("{}", rest="PID|1||7||") + "NguyÔn V¨n ¸nh\r".encode("latin-1")

CASES = {
    "f1_one_frame": Case(framed(GOOD)),
    "f1_two_frames": Case(framed(GOOD) + framed(SECOND), ("AA {}", "AA {}b"), kept=2),
    "f2_cut_off": Case(framed(GOOD) + b"\x0b" + SECOND, closes=True),
    "f2_cut_off_before_cr": Case(framed(GOOD) + framed(SECOND)[:-1], closes=True),
    "f3_junk": Case(b"\r\njunk" + framed(GOOD)),
    "f3_message_without_vt": Case(framed(GOOD) + SECOND + b"\x1c\r", closes=True),
    "f4_fs_without_cr": Case(b"\x0b" + GOOD + b"\x1c" + b"PV1|1|I\r\x1c\r"),
    "f5_vt_inside": Case(b"\x0b" + GOOD + b"\x0bPV1|1|I\r\x1c\r", ("AE {}",), "FRAME"),
    "f6_lone_fs": Case(framed(message("{}", rest="PID|1|a\x1cb|7\r"))),
    "f7_smuggled_message": Case(framed(GOOD) + b"rest\x1c" + framed(SECOND), ("AA {}", "AA {}b"), kept=2),
    "f8_wrapped_base64": Case(framed(WRAPPED)),
    "f9_utf_16": Case(b"", ("AR ",), "CHARSET"),
    "f10_any_charset": Case(framed(LEGACY)),
    "f11_line_feeds": Case(framed(GOOD.replace(b"\r", b"\n"))),
    "f11_both_line_ends": Case(framed(GOOD.replace(b"\r", b"\r\n"))),
    "f12_too_large": Case(framed(GOOD + b"x" * LARGEST), ("AR {}",), "FRAME", closes=True),
    "f18_no_msh": Case(framed(b"PID|1||{}\r"), ("AR ",), "NOT_HL7"),
    "f19_short_msh": Case(framed(b"MSH|{}"), ("AR ",), "NOT_HL7"),
    "f19_delimiter_reused": Case(framed(b"MSH||||{}|"), ("AR ",), "NOT_HL7"),
    "f20_batch": Case(framed(b"FHS|^~\\&|{}\rBHS|^~\\&\r" + GOOD + b"BTS|1\rFTS|1\r"), ("AR ",), "BATCH"),
}
UNREADABLE = {"f9_utf_16", "f18_no_msh", "f19_short_msh", "f19_delimiter_reused", "f20_batch"}
"""Where MSH does not say what the delimiters are: the answer has the standard's."""

BY_THE_BAR = {"f3_message_without_vt"}
"""Where a message is known by `MSH|` alone."""


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("bus"), max_frame=LARGEST) as running:
        yield running


def written(template: bytes, control_id: str, version: str, signs: bytes) -> bytes:
    """The template as a sender with that version and those delimiters writes it."""
    stream = template.replace(b"|2.5.1", b"|" + version.encode()).replace(b"|^~\\&", b"|^~\\&" + signs[5:])
    return stream.translate(bytes.maketrans(STANDARD, signs[:5])).replace(b"{}", control_id.encode())


def streamed(name: str, control_id: str, version: str, signs: bytes) -> bytes:
    if name == "f9_utf_16":
        return framed(written(GOOD, control_id, version, signs).decode().encode("utf-16"))
    return written(CASES[name].stream, control_id, version, signs)


def feed(peer: Peer, stream: bytes, way: str) -> None:
    if way == "byte_by_byte":
        peer.send_bytewise(stream)
    else:
        peer.send(stream if way == "whole" else framed(message("before")) + stream + framed(message("after")))


def read_answer(peer: Peer, signs: bytes) -> str:
    """MSA-1 and MSA-2, from an answer that is in these delimiters and ends its segments with CR."""
    answer = peer.answer()
    assert answer[3 : 3 + len(signs)] == signs
    assert b"\n" not in answer
    msa = answer.split(b"\r")[1].split(signs[:1])
    assert msa[0] == b"MSA"
    return f"{msa[1].decode()} {msa[2].decode()}"


def check(peer: Peer, name: str, control_id: str, version: str, signs: bytes, way: str) -> None:
    case = CASES[name]
    glued = way == "glued" and not case.closes
    feed(peer, streamed(name, control_id, version, signs), way if glued or way != "glued" else "whole")
    codes = [read_answer(peer, STANDARD)] if glued else []
    codes += [read_answer(peer, STANDARD if name in UNREADABLE else signs) for _ in case.codes]
    codes += [read_answer(peer, STANDARD)] if glued else []
    expected = [code.replace("{}", control_id) for code in case.codes]
    assert codes == (["AA before", *expected, "AA after"] if glued else expected)


@pytest.mark.parametrize("way", ["whole", "byte_by_byte", "glued"])
@pytest.mark.parametrize("name", CASES)
def test_each_row_in_every_version_and_under_odd_delimiters(listener: Listening, name: str, way: str) -> None:
    case, before = CASES[name], len(listener.raw()) + len(listener.dead())
    fed = [*product(FED, SIGNS[:1]), *(("2.5.1", signs) for signs in SIGNS[1:] if name not in BY_THE_BAR)]
    for at, (version, signs) in enumerate(fed):
        with listener.connect() as peer:
            check(peer, name, f"{name}-{way}-{at}", version, signs, way)
            if name.startswith("f2_"):
                peer.socket.shutdown(1)
            assert not case.closes or peer.closed()
    around = 0 if way != "glued" or case.closes else _first_time(listener)
    wait_until(lambda: len(listener.raw()) + len(listener.dead()) - before == len(fed) * case.kept + around)
    dead = [
        record.text("dead_reason") for record in listener.dead() if f"{name}-{way}-".encode() in _flat(record.value)
    ]
    assert dead == [case.reason] * (len(fed) if case.reason else 0)


_AROUND: set[int] = set()


def _first_time(listener: Listening) -> int:
    """How many frames around a case are kept: two, the first time; after that they are known."""
    known = id(listener) in _AROUND
    _AROUND.add(id(listener))
    return 0 if known else 2


def _flat(payload: bytes) -> bytes:
    return payload.replace(b"\0", b"")
