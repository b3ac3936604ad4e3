"""Coverage-guided fuzzing in a process of its own: `python -m tests.fuzz.child framing|receiving ARGUMENTS`.

The arguments are libFuzzer's (llvm.org/docs/LibFuzzer.html), which ends the process as it sees fit.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["engine.hl7", "engine.listeners", "engine.canonical"]):
    from tests.fuzz.targets import TARGETS, within_a_second

if __name__ == "__main__":
    check = within_a_second(TARGETS[sys.argv[1]])
    atheris.Setup([sys.argv[0], *sys.argv[2:]], check)
    atheris.Fuzz()
