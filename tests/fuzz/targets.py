"""What is fuzzed, by name, and the cases that are kept: each was once a way through the code that no other took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.fuzz.framing import check_framing
from tests.fuzz.receiving import check_message

Check = Callable[[bytes], None]

TARGETS: dict[str, Check] = {"framing": check_framing, "receiving": check_message}

LONGEST = 1.0
"""Seconds of processor time that one case may take."""

_CORPUS = Path(__file__).parent / "corpus"


def within_a_second(check: Check) -> Check:
    """The check, which also fails where a case takes longer than a second."""

    def timed(case: bytes) -> None:
        began = time.thread_time()
        check(case)
        assert time.thread_time() - began < LONGEST

    return timed


def read_corpus(target: str) -> list[bytes]:
    """The cases kept for a target: one a line, what is not printable ASCII escaped."""
    lines = (_CORPUS / f"{target}.txt").read_text("ascii").splitlines()
    return [line.encode("ascii").decode("unicode_escape").encode("latin-1") for line in lines]


def write_corpus(target: str, cases: Iterable[bytes]) -> None:
    """Keep these cases, and only these."""
    lines = sorted({case.decode("latin-1").encode("unicode_escape").decode("ascii") for case in cases})
    (_CORPUS / f"{target}.txt").write_text("".join(f"{line}\n" for line in lines), "ascii")
