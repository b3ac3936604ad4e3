"""S8: files that would grow, or never end, are refused at once and with little memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.language.document import parse_document
from engine.language.fault import Faults

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
BOMBS = {
    "references that grow": (LAUGHS.encode(), "E010"),
    "merged keys": (b"a: &a { b: 1 }\nc: { <<: *a }\n", "E010"),
    "a list inside itself": (b"&a [*a]", "E010"),
    "lists in lists": (b"[" * 500_000, "E009"),
    "maps in maps": (b"{a: " * 200_000, "E009"),
    "keys in keys": (b"? " * 100_000, "E009"),
    "indentation": (b"".join(b" " * depth + b"a:\n" for depth in range(1000)), "E009"),
    "anchors": (b"- &a b\n" * 100_000, "E010"),
    "tags": (b"- !!python/object/apply:os.system [x]\n" * 20_000, "E011"),
    "commas": (b"[" + b"a," * 300_000 + b"]", "E008"),
    "lines": (b"- a\n" * 200_000, "E008"),
    "bytes": (b"a" * (2 << 20), "E002"),
}
RUN = """
import resource, sys, time
from engine.language.document import parse_document
from engine.language.fault import Faults
parse_document(b"a: [1]", "x")
content = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    parse_document(content, "x")
except Faults:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
MOST_KIB = 20 << 10
MOST_SECONDS = 0.05
TRIES = 10


@pytest.mark.parametrize("name", BOMBS)
def test_s8_yaml_that_would_grow_is_refused_within_50_ms(name: str) -> None:
    content, code = BOMBS[name]
    best = min(_seconds(content, code) for _ in range(TRIES))
    assert best < MOST_SECONDS


def _seconds(content: bytes, code: str) -> float:
    began = time.thread_time()
    with pytest.raises(Faults) as caught:
        parse_document(content, "bomb.yaml")
    assert code in {fault.code for fault in caught.value.faults}
    return time.thread_time() - began


@pytest.mark.parametrize("name", ["references that grow", "lists in lists", "anchors", "tags", "commas", "bytes"])
def test_s8_yaml_that_would_grow_takes_less_than_20_mib(name: str) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", RUN], input=BOMBS[name][0], capture_output=True, check=True, cwd=root)
    assert int(done.stdout) < MOST_KIB
