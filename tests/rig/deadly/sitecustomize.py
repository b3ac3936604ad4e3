"""Read by every Python process that has this folder on its PYTHONPATH: a transformer dies of messages named DEADLY."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any

if "role" in sys.orig_argv and "transform" in sys.orig_argv:
    conversion: Any = import_module("engine.transforms.conversion")
    transform = conversion.transform

    def deadly(raw: Any, *rest: Any) -> Any:
        if b"|DEADLY|" in raw.payload:
            os.kill(os.getpid(), signal.SIGKILL)
        return transform(raw, *rest)

    conversion.transform = deadly
