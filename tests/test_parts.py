from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import Settings
from engine.language.fault import Faults
from engine.parts import declare_topics, read_secret


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    secret = read_secret(settings)
    assert len(secret) == 32
    assert read_secret(settings) == secret
    assert (tmp_path / "home" / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "zz" * 32])
def test_a_key_file_that_holds_no_key_is_a_fault_that_shows_nothing_of_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content, "ascii")
    with pytest.raises(Faults) as caught:
        read_secret(Settings(home=tmp_path, key_file=path))
    assert "openssl rand -hex 32" in str(caught.value)
    assert not content or content not in str(caught.value)


def test_a_named_key_file_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(Faults):
        read_secret(Settings(home=tmp_path, key_file=tmp_path / "none"))


def test_each_topic_is_declared_once_and_activations_have_one_order() -> None:
    topics = {topic.name: topic.partitions for topic in declare_topics(Settings(), ["Patient"], ["dead", "alerts.x"])}
    many = ["hl7.raw", "receipts", "dead", "fhir.patient", "alerts.x", "feed_counts", "feed_states", "baselines"]
    many += ["cases", "case_moves", "case_table", "alert_table"]
    single = ["mappings", "sequences", "audit", "unmapped", "resolutions", "stops", "held", "gaps", "places"]
    single += ["person-decisions", "alerting", "alert_settings", "alert_state"]
    assert topics == dict.fromkeys(many, 6) | dict.fromkeys(single, 1)
