from __future__ import annotations

import json

from engine.transforms.bundle import bundle
from tests.transforms.folders import sample, send, shipped, whole
from tests.transforms.validity import faults_of


def test_bundle_is_valid_and_its_references_lead_to_its_entries() -> None:
    done = send(shipped(), *sample("oru-r01").split("\r")[1:-1], event="ORU^R01")
    made = bundle(done.resources)
    assert faults_of(made) == []
    urls = {entry["fullUrl"] for entry in made["entry"]}
    assert len(urls) == len(done.resources)
    references = [part.split('"')[0] for part in json.dumps(made).split('"reference": "')[1:]]
    assert references
    assert set(references) <= urls


def test_nothing_is_a_bundle_without_entries() -> None:
    assert bundle([]) == {"resourceType": "Bundle", "type": "collection"}


def test_a_message_as_a_whole_begins_with_its_header() -> None:
    done = send(whole(), *sample("adt-a01").split("\r")[1:-1])
    made = bundle(done.resources)
    assert (made["type"], made["identifier"]["value"]) == ("message", "A-1")
    kinds = [entry["resource"]["resourceType"] for entry in made["entry"]]
    assert kinds[0] == "MessageHeader"
    assert "Bundle" not in kinds
    assert faults_of(made) == []
