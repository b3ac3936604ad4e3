"""The folder of a simulation: the messages, what became true by them, and who the facilities are."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from engine.city.sendings import Sending
from engine.city.truth import KINDS, Record

MESSAGES, TRUTH, FACILITIES = "messages", "truth", "facilities"
START, END = b"\x0b", b"\x1c\r"


class NotEmpty(Exception):
    """The folder holds something already."""


class Folder:
    """Writes a new folder: each message to a file of its own, or `batch` of them to one as MLLP frames."""

    def __init__(self, root: Path, batch: int) -> None:
        if root.exists() and any(root.iterdir()):
            raise NotEmpty(f"{root} is not empty - name a folder that is not there yet")
        self.root = root
        self._batch = batch
        self._count = 0
        self._open = ExitStack()
        self._file: BufferedWriter | None = None
        self._day = ""
        for name in (MESSAGES, TRUTH, FACILITIES):
            (root / name).mkdir(parents=True, exist_ok=True)
        self._lines = {name: self._opened(root / TRUTH / f"{name}.jsonl") for name in (MESSAGES, *KINDS)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if self._file:
            self._file.close()

    def put(self, one: Sending) -> None:
        """Write the next message, and a line that says what it is."""
        place = self._put_framed(one.payload) if self._batch > 1 else self._put_alone(one)
        self._count += 1
        self._write(MESSAGES, one.line(place))

    def record(self, one: Record) -> None:
        """Write what is finally true of a thing."""
        self._write(one.kind, one.line())

    def document(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file beside the lines of truth."""
        (self.root / TRUTH / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))

    def _write(self, name: str, line: Mapping[str, Any]) -> None:
        self._lines[name].write(orjson.dumps(line) + b"\n")

    def _put_alone(self, one: Sending) -> str:
        day = f"{one.sent:%Y-%m-%d}"
        if day != self._day:
            (self.root / MESSAGES / day).mkdir(exist_ok=True)
            self._day = day
        name = f"{day}/{self._count + 1:09d}.hl7"
        with (self.root / MESSAGES / name).open("wb", buffering=0) as file:
            file.write(one.payload)
        return name

    def _put_framed(self, payload: bytes) -> str:
        number, place = divmod(self._count, self._batch)
        name = f"{number + 1:06d}.mllp"
        if not place:
            if self._file:
                self._file.close()
            self._file = (self.root / MESSAGES / name).open("wb")
        if self._file:
            self._file.write(START + payload + END)
        return f"{name}:{place + 1}"

    def _opened(self, path: Path) -> BufferedWriter:
        return self._open.enter_context(path.open("wb"))
