"""Keep Kafka's classes as the JVM has them once it runs: a broker then starts in half the time (`make kafka`)."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from tests.rig.kafka import Kafka
from tests.rig.kafka.node import CLASSES, JARS, QUICK


def keep_classes() -> None:
    """Start a broker and have the JVM write its classes at the end; one that cannot is well without."""
    CLASSES.unlink(missing_ok=True)
    part = CLASSES.with_suffix(".part")
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.suppress(RuntimeError),
        Kafka.single(Path(folder) / "kafka", flags=(*QUICK, f"-XX:ArchiveClassesAtExit={part}")),
    ):
        pass
    if part.exists():
        part.replace(CLASSES)


if __name__ == "__main__" and not (CLASSES.exists() and CLASSES.stat().st_mtime > (JARS / "pom.xml").stat().st_mtime):
    keep_classes()
