"""The logs: one event one line, and nothing in it that a sender wrote."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from engine.observe.logs import LONGEST, clean, configure_logs, log_loop_faults


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_json_line_when_no_person_reads_along() -> None:
    out = io.StringIO()
    configure_logs("info", out)
    structlog.get_logger().info("listening", listener="mllp", port=2575)
    line = json.loads(out.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "listening", "level": "info", "listener": "mllp", "port": 2575}


def test_an_event_is_one_plain_line_on_a_terminal() -> None:
    out = Terminal()
    configure_logs("info", out)
    structlog.get_logger().warning("junk before a frame", bytes=12)
    assert out.getvalue().endswith("warning junk before a frame bytes=12\n")
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("terminal", [io.StringIO, Terminal])
@given(text=st.text(st.characters(codec="utf-8"), max_size=2000))
def test_any_text_is_one_line_without_control_characters(terminal: type[io.StringIO], text: str) -> None:
    out = terminal()
    configure_logs("info", out)
    structlog.get_logger().info("odd", value=text)
    line = out.getvalue()
    assert line.endswith("\n")
    assert len(line[:-1].splitlines()) == 1
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in line[:-1])


def test_a_long_value_is_cut() -> None:
    event = clean(None, "", {"value": "x" * 10_000, "raw": b"\x00" * 10_000})
    assert [len(value) for value in event.values()] == [LONGEST, LONGEST]


def test_the_level_decides_what_is_written() -> None:
    out = io.StringIO()
    configure_logs("warning", out)
    structlog.get_logger().info("quiet")
    assert out.getvalue() == ""


@pytest.mark.parametrize("terminal", [io.StringIO, Terminal])
def test_an_exception_is_written_by_class_and_place_without_its_text(terminal: type[io.StringIO]) -> None:
    out = terminal()
    configure_logs("info", out)
    try:
        int("NGUYEN-CANARY")
    except ValueError as error:
        structlog.get_logger().error("cannot go on", exc_info=error)
        structlog.get_logger().exception("cannot go on")
        logging.getLogger("library").exception("library")
    assert "CANARY" not in out.getvalue()
    assert out.getvalue().count("ValueError") == 3
    assert out.getvalue().count("test_logs.py") == 3


def test_what_the_event_loop_catches_is_written_without_its_arguments() -> None:
    out = io.StringIO()
    configure_logs("info", out)

    def fail(_received: bytes) -> None:
        raise ValueError("NGUYEN-CANARY")

    async def run() -> None:
        loop = asyncio.get_running_loop()
        log_loop_faults(loop)
        loop.call_soon(fail, b"NGUYEN-CANARY")
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert json.loads(out.getvalue())["error"] == "ValueError"
    assert "CANARY" not in out.getvalue()
