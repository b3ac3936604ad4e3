"""S11: what a sender wrote steers no terminal of those who look at it, and a name makes no line of its own."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from engine.bus.record import Record
from engine.commands.dead.show import readable
from engine.commands.inspect import inspect_file
from engine.commands.tail.row import describe
from engine.commands.terminal import Console
from engine.language.fault import Fault, Faults, Mark, show
from engine.language.plain import plain
from engine.listeners.messages import Outgoing
from engine.transforms.load import load_mappings
from tests.test_sources import trees
from tests.transforms.folders import write

EVIL = ("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x08\x08", "\x00", "\x7f", "\u202e", "\u2028", "\x0c", "\u200b")
STEERS = re.compile(r"[^\n\x20-\x7e\u2500-\u257f]")


CONSOLES = {"rich.print", "rich.console", "rich.console.Console", "rich.get_console"}


def imported(tree: ast.Module) -> Iterator[str]:
    """What a module imports, by whole names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def lines_of(text: str) -> str:
    """A message with the text in every field from MSH-3 on."""
    fields = "|".join(f"F{text}{number}" for number in range(3, 30))
    return f"MSH|^~\\&|HIS|79901|||20251001||ADT^A01|C1|P|2.5\rPID|{fields}\rZ{text[:1]}1|{text}\r"


@pytest.mark.parametrize("text", EVIL)
def test_s11_no_field_of_a_message_steers_the_terminal_of_who_looks_at_it(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.hl7"
    file.write_bytes(lines_of(text).replace("P|2.5\r", "P|2.5||||||UNICODE UTF-8\r").encode())
    inspect_file(file)
    table = Table("name")
    table.add_row(f"A{text}B")
    Console().print(f"A{text}B", table)
    record = Record("hl7.raw", b"k", b"v", {"type": f"ADT^{text}".encode(), "facility": text.encode()})
    shown = capsys.readouterr()
    assert "PID-5" in shown.out
    others = [describe(record).text(), readable(lines_of(text).encode()), str(Outgoing(Path(text), 1, b""))]
    assert STEERS.findall("\n".join((shown.out, shown.err, *others))) == []


@given(st.text())
def test_s11_plain_text_is_what_it_was_or_is_spelled_out(text: str) -> None:
    shown = plain(text)
    assert shown.replace("\n", "").isprintable()
    assert plain(shown) == shown
    assert shown == text or not text.isprintable()


@pytest.mark.parametrize("text", EVIL)
def test_s11_no_name_of_a_mapping_steers_the_terminal_of_who_checks_it(text: str, tmp_path: Path) -> None:
    name = json.dumps(f"A{text}B")
    written = f"message: ADT_A01\nevents: [{name}]\n{name}: 1\nresources:\n  {name}: {{ from: {name} }}\n"
    folder = write(tmp_path / "mappings", {"standard/messages/ADT_A01.yaml": written})
    with pytest.raises(Faults) as caught:
        load_mappings(folder)
    marked = Fault(Mark(f"A{text}B.yaml", 1, 1), "M000", text, text, text)
    assert STEERS.findall("\n".join((show(caught.value.faults), str(marked)))) == []


def test_s11_no_name_adds_a_line_to_the_log(logs: io.StringIO) -> None:
    for text in (*EVIL, "\r\n", "\n", '"}\n{"event":"forged"'):
        structlog.get_logger(text).warning(f"event {text}", facility=text)
    lines = logs.getvalue().split("\n")
    assert len(lines) == len(EVIL) + 3 + 1
    assert [json.loads(line)["level"] for line in lines[:-1]] == ["warning"] * (len(EVIL) + 3)
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", logs.getvalue()) == []


def test_s11_commands_print_by_the_console_that_makes_text_plain() -> None:
    found = [
        path
        for path, tree in trees("engine/*.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import) and path != "engine/commands/terminal.py"
        for name in node.names
        if (getattr(node, "module", ""), name.name)
        in {("rich", "print"), ("rich", "console"), ("rich.console", "Console")}
        or name.name == "rich.console"
    ]
    assert found == []
