"""What the observing process knew when it ended, in a file, so that the next one goes on from it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import structlog

from engine.watch.observer import Observer

log = structlog.get_logger("observe")


def restore(observer: Observer, path: Path) -> None:
    """Go on from the file; from nothing when there is none, or none that can be read."""
    try:
        observer.restore(orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("what was counted before is lost", file=path.name, problem=type(error).__name__)


def keep(observer: Observer, path: Path) -> None:
    """Write the file anew, whole or not at all; a disk that takes nothing costs counts, no more."""
    with observer.lock:
        body: dict[str, Any] = observer.body()
    written = path.with_suffix(".new")
    with suppress(OSError):
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(body))
        written.replace(path)
