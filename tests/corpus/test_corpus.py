"""Messages of others through the shipped mappings: no exception, nothing invalid, and hardly a field unread.

`messages/` comes with the project. With ENGINE_CORPUS=FOLDER that folder is looked through as well, and with
ENGINE_PROVE=1 besides what is found there is written to docs/proofs/corpus.md.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from engine.canonical.dead import Reason
from engine.facilities.registry import read_registry
from tests.corpus.looking import Found, look_through
from tests.corpus.page import written
from tests.rig.proof import report
from tests.transforms.folders import SHIPPED, shipped, whole

HERE = Path(__file__).parent
CARRIED = HERE / "messages"
GIVEN = os.environ.get("ENGINE_CORPUS", "")
FOLDERS = [CARRIED, *([Path(GIVEN)] if GIVEN else [])]
SETS = {"as shipped": shipped, "with all optional resources": whole}
MOST_UNREAD = 0.05

DEAD = {
    "ballerina-hl7v2/00012-parser_tests.hl7:1": Reason.UNMATCHED,  # there is no event A0X
    "ballerina-hl7v2/00012-parser_tests.hl7:2": Reason.NOT_HL7,  # an MSH of its name alone
    "cosyte-hl7/00031-helpers-timing.test.hl7:1": Reason.STRUCTURE,  # medication for nobody
    "cosyte-hl7/00173-missing-required-field.hl7:1": Reason.UNMATCHED,  # no MSH-9
    "cosyte-hl7/00176-segment-case.hl7:1": Reason.STRUCTURE,  # a segment in small letters
    "efferent-hl7/00007-Sample-ADT.hl7:1": Reason.UNMATCHED,  # there is no ADT^O01
    "healthcare-data-harmonization/w1_adt_a01_msh.hl7:1": Reason.STRUCTURE,  # an admission of nobody
    "hl7apy/00002-client.hl7:1": Reason.UNMATCHED,  # a query tells nothing
    "hl7apy/00017-test_validation.hl7:1": Reason.UNMATCHED,  # an event of the sender's own
    "rethink-hl7v2/00027-README.hl7:1": Reason.UNMATCHED,  # no event
}
"""The dead letters among the messages that are carried, each rightly one."""

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]
over_folders = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
over_sets = pytest.mark.parametrize("name", SETS)


@cache
def found(folder: Path, name: str) -> Found:
    return look_through(folder, SETS[name](), read_registry(SHIPPED / "facilities/registry.yaml"))


@over_folders
@over_sets
def test_no_message_raises(folder: Path, name: str) -> None:
    assert found(folder, name).raised == []


@over_folders
@over_sets
def test_every_resource_is_valid_and_every_reference_leads_to_one(folder: Path, name: str) -> None:
    assert found(folder, name).faults == []


@over_folders
def test_hardly_a_field_with_a_value_is_unread(folder: Path) -> None:
    assert found(folder, "with all optional resources").sightings.share <= MOST_UNREAD


def test_the_dead_letters_are_those_that_are_known() -> None:
    assert found(CARRIED, "as shipped").letters == DEAD


@over_folders
def test_what_is_found_is_a_page(folder: Path) -> None:
    kept, every = (found(folder, name) for name in SETS)
    page = written(dict(zip(SETS, (kept, every), strict=True)))
    assert f"{len(kept.letters):,} dead letters" in page
    if folder != CARRIED:
        report("corpus", page)
