from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bus.bus import Bus, BusError, Durable, Producer
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.canonical import dead, envelope, raw, receipt, unmapped
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome
from engine.canonical.resource import Resource
from engine.facilities.destination import Destination
from engine.facilities.facility import Facility, Registry
from engine.transforms import publishing
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.in_work import MOST_ENDS, InWork
from engine.transforms.load import load_mappings
from engine.transforms.publishing import Handover, publish_all, slices
from engine.transforms.transformer import GROUP, Transformer
from tests.transforms.folders import shipped

MAPPINGS = Path(__file__).parents[2] / "mappings"
TOPICS = (
    *(envelope.topic_of(kind) for kind in shipped().resource_types),
    raw.TOPIC,
    receipt.TOPIC,
    dead.TOPIC,
    unmapped.TOPIC,
)
NOW_US = 1_790_000_000_000_000
ADMISSION = (
    b"MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|C1|P|2.5\r"
    b"EVN|A01|20251001080000\r"
    b"PID|1||BN1^^^79901^PI||Nguy\xe1\xbb\x85n^An||19800102|M\r"
    b"PV1|1|I|K11||||||||||||||||V1\r"
)


class Heard:
    """Counts what the transformer tells, and stops it when it has done all."""

    def __init__(self, expected: int) -> None:
        self.stop = threading.Event()
        self.batch: list[Converted] = []
        self._expected = expected

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        assert seconds >= 0
        self.batch += batch
        if len(self.batch) >= self._expected:
            self.stop.set()


@pytest.fixture(scope="module")
def conversion() -> Conversion:
    return Conversion(load_mappings(MAPPINGS, ()), 1, Registry(), lambda resource: [envelope.topic_of(resource.type)])


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure(Topic(name, partitions=2) for name in TOPICS)
        yield bus


def store(bus: Bus, *payloads: bytes) -> None:
    producer = bus.producer()
    records = [
        raw.encode(Raw(f"r{number}", payload, "79901", f"s{number}", f"k{number}", "ADT^A01", NOW_US, "mllp"))
        for number, payload in enumerate(payloads)
    ]
    producer.publish(records, lambda _error: None)
    producer.close()


def run(bus: Bus, conversion: Conversion, expected: int) -> list[Converted]:
    heard = Heard(expected)
    producer = bus.producer()
    limit = threading.Timer(20, heard.stop.set)
    limit.start()
    Transformer(bus, producer, lambda: conversion, lambda: NOW_US, heard).run(heard.stop)
    limit.cancel()
    producer.close()
    return heard.batch


def read_all(bus: Bus, topic: str) -> list[Record]:
    return [record for part, span in bus.spans(topic).items() for record in bus.read(part, span.first, span.next)]


def test_a_message_becomes_events_on_their_topics_and_a_receipt_that_counts_them(
    bus: EmbeddedBus, conversion: Conversion
) -> None:
    store(bus, ADMISSION)
    run(bus, conversion, 1)
    receipts = [receipt.decode(record) for record in read_all(bus, receipt.TOPIC)]
    events = [record for topic in TOPICS if topic.startswith("fhir.") for record in read_all(bus, topic)]
    assert [(one.outcome, one.events) for one in receipts] == [(Outcome.MAPPED, len(events))]
    (patient,) = read_all(bus, "fhir.patient")
    assert envelope.decode(patient).body["gender"] == "male"
    assert len(read_all(bus, "fhir.encounter")) == 1
    assert read_all(bus, "fhir.location")


def test_a_topic_may_be_keyed_by_other_than_the_subject(conversion: Conversion) -> None:
    class ByFacility:
        def of(self, resource: Resource) -> bytes:
            return resource.origin.facility.encode()

    keyed = replace(
        conversion, route=lambda one: [envelope.topic_of(one.type), "alerts.a"], keys={"alerts.a": ByFacility()}
    )
    record = raw.encode(Raw("r", ADMISSION, "79901", "s", "k", "ADT^A01", NOW_US, "mllp"))
    records = keyed.convert(record._replace(partition=0, offset=7), NOW_US).records
    assert {one.key for one in records if one.topic == "alerts.a"} == {b"79901"}
    assert {one.key for one in records if one.topic != "alerts.a"} == {b"s"}


def test_what_cannot_be_mapped_is_a_dead_letter_with_the_bytes_as_they_came(
    bus: EmbeddedBus, conversion: Conversion
) -> None:
    broken = ADMISSION.replace(b"19800102", b"19801345")
    store(bus, broken, ADMISSION.replace(b"ADT^A01^ADT_A01", b"ZZZ^Z99"))
    run(bus, conversion, 2)
    letters = {record.text("dead_reason"): record for record in read_all(bus, dead.TOPIC)}
    assert set(letters) == {"VALUE", "UNMATCHED"}
    assert letters["VALUE"].value == broken
    assert letters["VALUE"].text("dead_where") == "PID-7"
    assert dead.raw_position(letters["VALUE"]) is not None
    outcomes = [receipt.decode(record).outcome for record in read_all(bus, receipt.TOPIC)]
    assert outcomes == [Outcome.DEAD, Outcome.DEAD]


def test_a_record_that_is_no_raw_message_is_a_dead_letter_and_the_rest_goes_on(
    bus: EmbeddedBus, conversion: Conversion
) -> None:
    producer = bus.producer()
    producer.publish([Record(raw.TOPIC, b"k", b"?")], lambda _error: None)
    producer.close()
    store(bus, ADMISSION)
    outcomes = [converted.outcome for converted in run(bus, conversion, 2)]
    assert sorted(outcomes) == [Outcome.DEAD, Outcome.MAPPED]
    assert [record.text("dead_reason") for record in read_all(bus, dead.TOPIC)] == ["NOT_HL7"]


def test_the_offset_moves_only_behind_what_is_durable(bus: EmbeddedBus, conversion: Conversion) -> None:
    store(bus, *[ADMISSION] * 10)
    run(bus, conversion, 10)
    committed = bus.committed(GROUP, raw.TOPIC)
    ends = {part: span.next for part, span in bus.spans(raw.TOPIC).items() if span.next}
    assert committed == ends


class Watched:
    """A producer that knows how many records each call brought."""

    def __init__(self, producer: Producer) -> None:
        self.sizes: list[int] = []
        self.flushes = 0
        self._producer = producer

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        self.sizes.append(len(records))
        self._producer.publish(records, durable)

    def flush(self, timeout: float) -> None:
        self.flushes += 1
        self._producer.flush(timeout)

    def close(self) -> None:
        self._producer.close()


def test_a_batch_is_handed_over_in_slices_that_a_producer_holds(
    bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_RECORDS", 10)
    records = tuple(Record("fhir.patient", b"k", b"%d" % number) for number in range(105))
    producer = Watched(bus.producer())
    publish_all(producer, [Converted(Outcome.MAPPED, records[:50]), Converted(Outcome.MAPPED, records[50:])])
    producer.close()
    assert producer.sizes == [10] * 10 + [5]
    assert [record.value for record in read_all(bus, "fhir.patient")] == [record.value for record in records]


def test_what_is_handed_over_is_let_go_of_and_much_of_it_waited_for(
    bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_HANDED", 10)
    records = tuple(Record("fhir.patient", b"k", b"%d" % number) for number in range(12))
    producer = Watched(bus.producer(gathers=True))
    handover = Handover(producer)
    for place in range(0, 12, 4):
        assert handover.give([Converted(Outcome.MAPPED, records[place : place + 4])]) == [Converted(Outcome.MAPPED, ())]
    assert (producer.sizes, producer.flushes) == ([4, 4, 4], 1)
    assert len(read_all(bus, "fhir.patient")) == 8
    handover.settle()
    assert [record.value for record in read_all(bus, "fhir.patient")] == [record.value for record in records]
    handover.give([Converted(Outcome.MAPPED, (Record("lacking", b"k", b"1"),))])
    with pytest.raises(BusError):
        handover.settle()
    producer.close()


def test_slices_are_bounded_by_bytes_too_and_a_larger_record_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_BYTES", 10)
    records = [Record("t", b"k", b"x" * size) for size in (4, 6, 1, 20, 3)]
    assert [[len(one.value) for one in part] for part in slices(records)] == [[4, 6], [1], [20], [3]]
    assert list(slices([])) == []


@pytest.mark.parametrize("answers_to", [None, Destination("his", 2576)])
def test_a9_a_replay_owes_no_sender_an_answer(conversion: Conversion, answers_to: Destination | None) -> None:
    registry = Registry([Facility("79901", "A", answers_to=answers_to)])
    asked = ADMISSION.replace(b"|P|2.5", b"|P|2.5|||AL|AL")
    record = raw.encode(Raw("r", asked, "79901", "s", "k", "ADT^A01", NOW_US, "mllp"))
    for replay in (False, True):
        done = replace(conversion, registry=registry, replay=replay).convert(record, NOW_US)
        assert receipt.decode(done.records[-1]).owed is not replay
        assert done.unaddressed is (answers_to is None and not replay)


def test_codes_that_no_table_holds_are_told_by_sender_at_the_end(bus: EmbeddedBus, conversion: Conversion) -> None:
    strange = ADMISSION.replace(b"||19800102|M", b"||19800102|W")
    store(bus, strange, strange.replace(b"C1", b"C2"), ADMISSION.replace(b"C1", b"C3"))
    run(bus, conversion, 3)
    (record,) = read_all(bus, unmapped.TOPIC)
    assert record.key == b"79901"
    assert unmapped.decode(record)["tables"] == {"AdministrativeSex": {"count": 2, "codes": {"W": 2}}}


def test_codes_that_no_table_holds_are_told_each_minute(bus: EmbeddedBus, conversion: Conversion) -> None:
    strange = ADMISSION.replace(b"||19800102|M", b"||19800102|W")
    store(bus, strange, strange.replace(b"C1", b"C2"))
    minutes = iter(range(1000))
    stop, producer = threading.Event(), bus.producer()
    heard = Heard(expected=3)
    told = Transformer(bus, producer, lambda: conversion, lambda: NOW_US + next(minutes) * 60_000_000, heard)
    working = threading.Thread(target=told.run, args=(stop,))
    working.start()
    limit = threading.Timer(20, stop.set)
    limit.start()
    while not read_all(bus, unmapped.TOPIC) and not stop.is_set():
        stop.wait(0.02)
    found = read_all(bus, unmapped.TOPIC)
    stop.set()
    working.join()
    limit.cancel()
    producer.close()
    assert [unmapped.decode(record)["tables"] for record in found] == [
        {"AdministrativeSex": {"count": 2, "codes": {"W": 2}}}
    ]
    assert len(read_all(bus, unmapped.TOPIC)) == 1


def test_a_message_that_ended_the_process_twice_is_given_up_unread(bus: EmbeddedBus, conversion: Conversion) -> None:
    store(bus, ADMISSION)
    (record,) = read_all(bus, raw.TOPIC)
    place = bytearray(InWork.SIZE)
    for _ in range(MOST_ENDS):
        InWork(place).enter(record.position)
    heard, producer = Heard(1), bus.producer()
    Transformer(bus, producer, lambda: conversion, lambda: NOW_US, heard, in_work=InWork(place)).run(heard.stop)
    producer.close()
    (letter,) = read_all(bus, dead.TOPIC)
    assert (letter.text("dead_reason"), letter.value) == ("CRASH", ADMISSION)
    (told,) = [receipt.decode(one) for one in read_all(bus, receipt.TOPIC)]
    assert (told.outcome, told.reason, told.events) == (Outcome.DEAD, "CRASH", 0)
