"""What the messages of the city come to in the shipped mappings is what the truth says, with faults and without."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from engine.city.plan import Plan
from engine.city.sendings import Fate
from engine.city.truth import Case, Record
from engine.hl7.charset import decode
from engine.hl7.message import parse
from tests.city.comparing import found_facts, true_facts
from tests.city.transformed import SENDERS, Reading, header_of, reading, simulate
from tests.rig.proof import count, report

MESSAGES = count(300, 20_000)
DAYS = count(3, 60)
WHOLE = Plan(messages=MESSAGES, days=DAYS, faulty=0.0)
FAULTY = Plan(messages=MESSAGES, days=DAYS, faulty=0.4)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return reading(tmp_path_factory.mktemp("city") / "mappings")


def test_senders_are_of_every_kind_and_every_vendor() -> None:
    assert len({one.kind for one in SENDERS}) == 4
    assert len({one.vendor.name for one in SENDERS}) == 8


@pytest.mark.prove
def test_without_faults_there_is_no_dead_letter_and_the_warehouse_holds_the_truth(read: Reading) -> None:
    sendings, records = simulate(WHOLE)
    warehouse, truth = read.read(sendings), true_facts(records)
    assert warehouse.refused == []
    assert {kind for kind, _, _ in truth} >= {"patients", "visits", "orders", "documents", "charges"}
    assert found_facts(warehouse, truth) == truth
    report(
        "city",
        f"""# A simulated city

{len(sendings):,} messages of {len(SENDERS)} invented facilities and eight kinds of systems, without faults, went
through the shipped mappings: no dead letter, and of {len(truth):,} patients, visits, orders with their results,
documents, appointments, vaccinations and charges the fold says what the truth of the simulation says. The same with
faults in four of ten messages: the dead letters are those that were broken, and the fold says the truth of the others.
""",
    )


@pytest.mark.prove
def test_with_faults_the_dead_letters_are_those_injected_and_the_warehouse_holds_the_truth(read: Reading) -> None:
    sendings, records = simulate(FAULTY)
    warehouse, truth = read.read(sendings), true_facts(records)
    expected = [(one.control_id, one.reason) for one in sendings if one.fate is Fate.DEAD]
    assert [(one.control_id, reason) for one, reason in warehouse.refused] == expected
    assert len({reason for _, reason in expected}) == 4
    assert found_facts(warehouse, truth) == truth


def test_every_message_parses_and_says_what_its_line_says(read: Reading) -> None:
    for one in simulate(WHOLE)[0]:
        header, facility = header_of(one.payload), read.registry.by_code(one.facility)
        assert header
        message = parse(decode(one.payload, header.charset, facility.charset, facility.charset_default).text)
        assert message.faults == ()
        assert one.type == f"{message.code}^{message.event}"
        assert header.control_id.decode() == one.control_id
        assert read.registry.by_sender(header.field(4).decode()) == facility


def test_what_is_refused_has_no_header_or_no_control_id() -> None:
    refused = [one for one in simulate(FAULTY)[0] if one.fate is Fate.REFUSED]
    assert refused
    for one in refused:
        header = header_of(one.payload)
        assert (header is None) == (one.reason == "NOT_HL7")
        assert header is None or header.control_id == b""


def test_what_is_sent_twice_has_the_same_bytes() -> None:
    sendings, _ = simulate(FAULTY)
    times = Counter(one.payload for one in sendings if one.fate is not Fate.REFUSED)
    again = [one for one in sendings if one.fate is Fate.DUPLICATE]
    assert again
    assert all(times[one.payload] == 2 for one in again)


def test_late_messages_are_sent_after_what_was_told_later() -> None:
    sendings, _ = simulate(FAULTY)
    assert [one.sent for one in sendings] == sorted(one.sent for one in sendings)
    assert [one.told for one in sendings] != sorted(one.told for one in sendings)
    assert all((one.sent > one.told) == (one.fault in {"late", "reordered", "resent"}) for one in sendings)


def test_of_two_sayings_the_one_of_the_later_event_stands() -> None:
    record = Record("visits", "79B001", "1")
    record.say(datetime.fromisoformat("2025-07-02"), {"status": "finished"})
    record.say(datetime.fromisoformat("2025-07-01"), {"status": "in-progress", "class": "O"})
    assert record.line() == {"facility": "79B001", "number": "1", "status": "finished", "class": "O"}


def test_a_case_is_finished_when_nothing_of_it_is_to_come() -> None:
    finished: list[Case] = []
    case = Case(finished.append, datetime.fromisoformat("2025-07-01"))
    case.hold()
    case.hold()
    case.release()
    assert finished == []
    case.release()
    assert finished == [case]
