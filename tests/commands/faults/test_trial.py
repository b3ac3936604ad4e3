from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from random import Random

import pytest

from engine.commands.faults.command import show_faults
from engine.commands.faults.strikes import STRIKES, choose
from engine.commands.faults.trial import Outcome
from engine.config import Settings

SOUND = Outcome(100, 100, 100, 2, 0, 0, 100, 100, 1.0)


@pytest.mark.timeout(300)
def test_a_trial_tells_that_nothing_was_lost_and_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tempfile.mkdtemp(prefix="t")  # short: the path of a socket holds 107 bytes (unix(7))
    monkeypatch.setattr("tempfile.tempdir", folder)
    assert show_faults(Settings(), 200, 2, 5, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["acknowledged"], told["loaded"], told["lost"], told["twice"]) == (200, 200, 0, 0)
    assert os.listdir(folder) == []
    os.rmdir(folder)


@pytest.mark.parametrize(
    "outcome",
    [
        replace(SOUND, visits=99),
        replace(SOUND, missing=1),
        replace(SOUND, effects=101),
        replace(SOUND, dead=1),
        replace(SOUND, acknowledged=99),
    ],
)
def test_what_is_not_as_promised_is_not_sound(outcome: Outcome) -> None:
    assert SOUND.is_sound
    assert not outcome.is_sound


def test_each_fault_strikes_once_before_any_comes_again() -> None:
    chosen = choose(len(STRIKES) + 3, Random(1))
    assert set(chosen[: len(STRIKES)]) == set(STRIKES)
    assert choose(5, Random(2)) == choose(5, Random(2))
