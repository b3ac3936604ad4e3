"""The security events as a person sees them, and what is said when one of them was touched."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.canonical.audit import TOPIC, Event, SecurityEvent, encode
from engine.canonical.chain import Chain
from engine.commands.audit import list_events, verify_events
from engine.config import Settings
from engine.language.fault import Faults

NOW = 1_790_000_000_000_000


def home(folder: Path, touched: bytes | None = None) -> Settings:
    """A home with six events, the third of them with this body if somebody touched it."""
    chain = Chain("a")
    events = [SecurityEvent(Event.MISMATCH, "mllp", NOW + n, "10.1.2.3", "79014", count=n + 1) for n in range(6)]
    records = [chain.seal(event) for event in events]
    if touched is not None:
        records[2] = records[2]._replace(value=touched)
    with EmbeddedBus(folder / "bus") as bus:
        bus.ensure([Topic(TOPIC, partitions=1)])
        producer = bus.producer()
        producer.publish([*records, *records[4:]], lambda _error: None)  # as when the bus was not sure
        producer.flush(10)
        producer.close()
    return Settings(home=folder)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return home(tmp_path)


def test_events_are_listed_for_people_and_for_programs(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_events(settings, as_json=False) == 0
    shown = capsys.readouterr().out
    assert "6 security events" in shown
    assert "mismatch" in shown
    assert "10.1.2.3" in shown
    assert list_events(settings, as_json=True) == 0
    listed = orjson.loads(capsys.readouterr().out)
    assert [event["count"] for event in listed] == [1, 2, 3, 4, 5, 6]
    assert listed[0]["facility"] == "79014"


def test_events_that_nobody_touched_stand(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_events(settings) == 0
    assert "8 records of 1 writers" in capsys.readouterr().out


def test_an_edited_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited = encode(SecurityEvent(Event.MISMATCH, "mllp", NOW + 2, "10.1.2.4", "79014", count=3), "a-2")
    assert verify_events(home(tmp_path, edited)) == 1
    assert "broken at audit/0/2" in capsys.readouterr().out


def test_a_record_that_tells_nothing_any_more_is_listed_as_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_events(home(tmp_path, b"\0"), as_json=True) == 0
    assert orjson.loads(capsys.readouterr().out)[2]["event"] == "broken"


def test_where_no_engine_ran_there_is_nothing_to_verify(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="C009"):
        verify_events(Settings(home=tmp_path / "none"))
