"""Read by every Python process that has this folder on its PYTHONPATH: plants the bug that ENGINE_PLANTED_BUG names."""

from __future__ import annotations

import os
import traceback

if os.environ.get("ENGINE_PLANTED_BUG"):
    try:
        from tests.faults.bugs import BUGS

        BUGS[os.environ["ENGINE_PLANTED_BUG"]].plant()
    except Exception:  # which Python would only tell of, and go on without the bug
        traceback.print_exc()
        os._exit(70)
