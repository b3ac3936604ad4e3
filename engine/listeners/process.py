"""What a process needs that does nothing but listen."""

from __future__ import annotations

import gc
import resource

COLLECT_AFTER = 100_000
"""Objects made before Python looks for cycles. A message leaves none, and its answer waits while Python looks."""


def dedicate_process() -> None:
    """Let the process hold as many sockets as it may, and look for cycles less often; before the first connection."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)
