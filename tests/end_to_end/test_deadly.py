from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.end_to_end.test_bad_input import GOOD, exchange
from tests.rig.engine_process import EngineProcess
from tests.rig.process import wait_until

ROOT = Path(__file__).parents[2]
DEADLY = {"PYTHONPATH": os.pathsep.join((str(ROOT / "tests/rig/deadly"), str(ROOT)))}


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_message_that_ends_the_process_is_a_dead_letter_and_the_others_are_loaded(tmp_path: Path) -> None:
    engine = EngineProcess(tmp_path, DEADLY)
    try:
        engine.start()
        for name in ("C1", "DEADLY", "C2"):
            assert exchange(engine.port, GOOD.format(id=name, born="1980").encode()) == "AA"
        wait_until(lambda: _accounted(engine) == (2, 1), "two messages loaded and one dead letter", 60)
        (letter,) = json.loads(engine.run("dead", "list", "--json").stdout)
        assert (letter["reason"], letter["stage"]) == ("CRASH", "transform")
    finally:
        engine.stop()


def _accounted(engine: EngineProcess) -> tuple[int, int]:
    total = json.loads(engine.run("reconcile", "--json").stdout)["total"]
    return total["loaded"], total["dead"]
