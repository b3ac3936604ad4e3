"""One JVM of Kafka: formatted once, then started, killed, paused and started again on the same files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.rig.kafka.properties import Settings
from tests.rig.process import Child

JARS = Path(__file__).parents[3] / ".cache" / "kafka-jars"
CLASSES = JARS.with_suffix(".jsa")
"""The classes of the jars as `python -m tests.rig.kafka` keeps them; a JVM that they do not fit does without."""

QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""What makes a JVM start soon and stay small: for tests."""

FAST = ("-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:MaxInlineLevel=15")
"""What Kafka's own script starts a broker with: slow at first, and fast in the long run."""

_LOGGING = Path(__file__).with_name("log4j2.properties")


class KafkaMissing(Exception):
    """Java or Kafka's jars are not on this machine."""


def java_command() -> str:
    """The java program. KafkaMissing if it or the jars are not there."""
    java = shutil.which("java")
    if java is None:
        raise KafkaMissing("no java on the PATH - run `tools/system-packages test`, or set KAFKA_BOOTSTRAP")
    if not list(JARS.glob("kafka_2.13-*.jar")):
        raise KafkaMissing(f"no Kafka jars in {JARS} - run `make kafka`, or set KAFKA_BOOTSTRAP")
    return java


class Node(Child):
    """A broker, a controller, or both in one. Its files are in `directory`, its log beside them."""

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        heap: str,
        flags: Sequence[str] = QUICK,
        prefix: Sequence[str] = (),
    ) -> None:
        """`prefix` stands before the command that starts it."""
        self.directory = directory
        self._flags = flags
        self.settings = {**settings, "log.dirs": str(directory / "data")}
        self._properties = directory / "server.properties"
        command = [*prefix, *self._java(heap, "kafka.Kafka", str(self._properties))]
        super().__init__(command, directory / "kafka.log")

    def format(self, cluster: str, users: Sequence[str] = ()) -> None:
        """Write the settings and lay out the data folder for the cluster id, with these SCRAM credentials in it."""
        self.directory.mkdir(parents=True)
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))
        tool = self._java("128m", "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties))
        tool += [part for user in users for part in ("--add-scram", user)]
        done = subprocess.run(tool, check=False, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"StorageTool failed ({done.returncode}): {done.stdout[-500:]}{done.stderr[-500:]}")

    def discard(self) -> None:
        """Delete the data folder; the log stays."""
        shutil.rmtree(self.directory / "data", ignore_errors=True)

    def _java(self, heap: str, *arguments: str) -> list[str]:
        return [
            java_command(),
            f"-Xmx{heap}",
            "-Xms64m",
            *([f"-XX:SharedArchiveFile={CLASSES}"] if CLASSES.exists() else []),
            *self._flags,
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={self.directory}",
            f"-Dlog4j2.configurationFile={_LOGGING}",
            "-cp",
            f"{JARS}/*",
            *arguments,
        ]
