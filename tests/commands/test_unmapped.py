"""The codes that no table holds, as an operator sees them."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.canonical.unmapped import MOST_CODES, TOPIC, Tally, decode
from engine.commands.unmapped import list_unmapped
from engine.config import Settings

NOW = 1_790_000_000_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home in which two minutes were counted."""
    tally = Tally()
    records = []
    for minute, codes in enumerate((("GLU", "GLU", "K", "K"), ("K", "Nguyễn Văn An", "x" * 33))):
        for number, code in enumerate(codes):
            tally.add("79014", [("LabCodes", code)], 10 * minute + number)
        records += tally.records(NOW + minute)
        tally.clear()
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic(TOPIC, partitions=1)])
        producer = bus.producer()
        producer.publish(records, lambda _error: None)
        producer.flush(10)
        producer.close()
    return Settings(home=tmp_path)


def test_codes_are_added_up_by_facility_and_table(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_unmapped(settings, as_json=True) == 0
    (entry,) = orjson.loads(capsys.readouterr().out)
    assert entry == {"facility": "79014", "table": "LabCodes", "count": 7, "codes": {"GLU": 2, "K": 3}}


def test_a_person_sees_a_table_the_most_frequent_code_first(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    list_unmapped(settings, as_json=False)
    assert "LabCodes  7      K (3), GLU (2)" in capsys.readouterr().out


def test_what_may_be_text_is_counted_and_never_told() -> None:
    tally = Tally()
    tally.add("79014", [("T", "Nguyễn Văn An"), ("T", "a b"), ("T", "")], 1)
    for content in (2, 3):
        tally.add("79014", [("T", f"c{number}") for number in range(MOST_CODES + 5)], content)
    (record,) = tally.records(NOW)
    told = decode(record)["tables"]["T"]
    assert (told["count"], len(told["codes"])) == (2 * MOST_CODES + 13, MOST_CODES)
    assert all(code.startswith("c") for code in told["codes"])


def test_what_one_message_alone_holds_may_be_a_number_in_the_wrong_field_and_is_not_told() -> None:
    tally = Tally()
    for _resent in range(2):
        tally.add("79014", [("T", "BN0001"), ("T", "BN0001"), ("T", "GLU")], 1)
    tally.add("79902", [("T", "GLU")], 2)
    first, other = (decode(one)["tables"]["T"] for one in tally.records(NOW))
    assert (first, other) == ({"count": 6, "codes": {}}, {"count": 1, "codes": {}})
    tally.clear()
    tally.add("79014", [("T", "GLU"), ("T", "GLU")], 3)
    (record,) = tally.records(NOW)
    assert decode(record)["tables"]["T"] == {"count": 2, "codes": {"GLU": 2}}
