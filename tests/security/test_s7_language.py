"""S7: nothing that a mapping says becomes code, whatever it is made of."""

from __future__ import annotations

import builtins
import contextlib
import random
from itertools import product
from pathlib import Path

import pytest

from engine.language.condition import parse_condition
from engine.language.fault import Faults, Mark, Text
from engine.language.path import read_element, read_field, read_part
from engine.language.term import parse_source
from engine.transforms.compile import FILE
from tests.rig.proof import count
from tests.transforms.folders import patient, send

MARK = Mark("a.yaml", 1, 1)
WORDS = ("__class__", "__import__('os')", "__builtins__", "self", "{0.__class__}", "%(a)s", "{{ 7*7 }}", "${x}", "#{x}")
ATTACKS = (
    *WORDS,
    *(f"PID-5.{word}" for word in WORDS),
    *(f"PID-5 {sign} {word}" for sign, word in product((".", "%", "+", "**", "if", "for"), WORDS)),
    "PID-5.__class__.__mro__[1].__subclasses__()",
    "lambda: 0",
    "PID-5 as __import__",
    "PID-5 as string.__class__",
    "PID-5 via __builtins__",
    "PID-5 via ../../etc/passwd",
    "PID[-1]-5",
    "PID-5[0]",
    "PID-5[1:2]",
    "PID-5\x00",
    "PID-5 as date; import os",
    "eval(PID-5)",
    "count(__import__('os'))",
)
PIECES = (
    *("PID-5", "PID-3[*]", ".1", "as", "via", "else", "|", "&", "=", "!=", "<", "(", ")", "not", "and", "or", "is"),
    *("valued", "count", "length", "date", "CX.Identifier", "'", '"', "1", "-", "[", "]", "{", "}", "%", "\\", "\n"),
    *WORDS,
    *dir(builtins)[:40],
)
ROUNDS = count(20_000, 200_000)


@pytest.mark.parametrize("text", ATTACKS)
def test_s7_no_attack_is_read_as_a_path_a_source_or_a_condition(text: str) -> None:
    for read in (read_field, read_part, read_element):
        assert not isinstance(read(text), str)
    with pytest.raises(Faults):
        parse_source(Text(text, MARK), read_field, "PID-3")
    with pytest.raises(Faults):
        parse_condition(Text(text, MARK), read_field, "PID-3")


def test_s7_whatever_words_are_put_together_only_faults_come_of_it() -> None:
    chosen = random.Random(7)
    for _ in range(ROUNDS):
        text = " ".join(chosen.choices(PIECES, k=chosen.randint(1, 9)))
        with contextlib.suppress(Faults):
            parse_source(Text(text, MARK), read_field, "PID-3")
        with contextlib.suppress(Faults):
            parse_condition(Text(text, MARK), read_field, "PID-3")


@pytest.mark.parametrize("text", WORDS)
def test_s7_what_a_mapping_may_hold_as_text_stays_text(text: str, tmp_path: Path) -> None:
    quoted = text.replace("'", "''")
    mappings = patient(tmp_path, f"name.text: {{ value: '{quoted}' }}\nlanguage: 'PID-15 else {quoted}'")
    body = send(mappings, "PID|1||7||A").resources[0].body
    assert body["name"] == [{"text": text}]
    assert body["language"] == text
    made = mappings.standard._compiler._namespace
    assert made["__builtins__"] == {}
    assert FILE not in body.values()
