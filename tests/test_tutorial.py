"""Pages that are followed word by word: each file is written, each command run, each line shown is seen."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [("tutorial-z-segment.md", 7), ("how-to/write-an-alert-rule.md", 2)]
"""Each page with how many of its commands are run."""
BLOCK = re.compile(r"^```(?P<head>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of the page."""

    head: str
    body: str


def blocks(page: str) -> Iterator[Block]:
    for found in BLOCK.finditer((ROOT / "docs" / page).read_text("utf-8")):
        yield Block(found["head"], found["body"])


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", *shlex.split(command.removeprefix("$ "))]
    environment = os.environ | {"ENGINE_MAPPINGS": str(folder / "mappings"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize(("page", "commands"), PAGES)
def test_the_page_works_as_it_is_written(page: str, commands: int, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    shown, ran = "", 0
    for block in blocks(page):
        if "file=" in block.head:
            (tmp_path / block.head.partition("file=")[2]).write_text(block.body, "utf-8")
        elif "append=" in block.head:
            with (tmp_path / block.head.partition("append=")[2]).open("a", encoding="utf-8") as file:
                file.write(block.body)
        elif block.head.startswith("console followed"):
            done = run(block.body.strip(), tmp_path)
            shown, ran = done.stdout + done.stderr, ran + 1
            assert (done.returncode != 0) == block.head.endswith("fails"), f"{block.body}\n{shown}"
        elif not block.head:
            for line in block.body.splitlines():
                assert line in shown, f"{line!r} is not in\n{shown}"
    assert ran == commands
