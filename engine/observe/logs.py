"""Logs: one line an event on stderr, JSON unless a person reads along; positions and codes, no patient data.

Control characters are escaped and values cut at 256 characters, so that one event is one line whatever it holds.
Of an exception only its class and place are written: its text may quote what a sender sent.
"""

from __future__ import annotations

import logging
import sys
from asyncio import AbstractEventLoop
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]

LONGEST = 256
"""Characters of a value that are written."""

FRAMES = 3
"""Innermost places of an exception that are written."""

_CONTROLS = (*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
"""Line ends, what steers a terminal, and what turns the direction in which a line reads."""

_ESCAPES = {code: f"\\x{code:02x}" for code in _CONTROLS}


def configure_logs(level: Level, stream: TextIO | None = None) -> None:
    """Send the logs of the engine and of the libraries, from `level` up, to `stream` (stderr)."""
    out = stream or sys.stderr
    least = logging.getLevelNamesMapping()[level.upper()]
    last = _plain if out.isatty() else _json
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        place_exception,
        clean,
    ]
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(out, max(least, logging.WARNING), [structlog.stdlib.add_logger_name, *shared], last)


def _configure_libraries(out: TextIO, least: int, before: list[Processor], last: Processor) -> None:
    target = logging.StreamHandler(out)
    target.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            use_get_message=True,
            keep_exc_info=False,
            keep_stack_info=False,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [target]
    root.setLevel(least)


def log_loop_faults(loop: AbstractEventLoop) -> None:
    """Have the loop log what nobody caught by class and place; its own way prints the arguments, what was sent."""
    loop.set_exception_handler(_log_uncaught)


def _log_uncaught(_loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    structlog.get_logger().error("uncaught in the event loop", exc_info=context.get("exception", False))


def place_exception(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by the class of the exception and the innermost places it passed."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error"] = type(error).__qualname__
        event["at"] = " < ".join(_places(error.__traceback__))
    return event


def clean(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Escape the control characters of every text and cut what is longer than 256 characters."""
    return {key: _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = (value if isinstance(value, str) else repr(value)).translate(_ESCAPES)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _exception(found: Any) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    triple = found if isinstance(found, tuple) else sys.exc_info() if found else (None, None, None)
    error: BaseException | None = triple[1]
    return error


def _places(trace: TracebackType | None) -> list[str]:
    innermost = reversed(extract_tb(trace)[-FRAMES:])
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in innermost]


def _json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    first = {key: event.pop(key) for key in ("timestamp", "level", "event")}
    return orjson.dumps({**first, **event}).decode()


def _plain(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    when, level, what = event.pop("timestamp"), event.pop("level"), event.pop("event")
    rest = "".join(f" {key}={value}" for key, value in event.items())
    return f"{when[11:19]} {level:<7} {what}{rest}"
