"""Read by every Python process that has this folder on its PYTHONPATH: plants the bug that ENGINE_PLANTED_BUG names."""

from __future__ import annotations

import os

if os.environ.get("ENGINE_PLANTED_BUG"):
    from tests.faults.bugs import BUGS

    BUGS[os.environ["ENGINE_PLANTED_BUG"]].plant()
