"""Times as people write them on the command line: `2026-11-25T08:00`, or how long ago, as `2h`."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import typer
from pydantic import TypeAdapter, ValidationError

from engine.config.duration import Duration

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


def read_moment(text: str, now_us: int) -> int:
    """Microseconds since the epoch; a time without a zone is UTC, as all that is shown. Raises typer.BadParameter."""
    with suppress(ValidationError):
        return now_us - round(_DURATION.validate_python(text).total_seconds() * 1_000_000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "a time is written as 2026-11-25T08:00 or 2026-11-25, or how long ago as 30m, 2h or 7d"
        ) from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def shown(moment_us: int) -> str:
    """A time in UTC, down to the second."""
    return datetime.fromtimestamp(moment_us / 1_000_000, UTC).isoformat(timespec="seconds")
