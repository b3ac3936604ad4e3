"""Mappings that change under a running transform role: one version or the other, never half, and never a broken one."""

from __future__ import annotations

import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from engine.bus.bus import BusError
from engine.bus.record import Position, Record
from engine.canonical import envelope, raw, receipt
from engine.canonical.raw import Raw
from engine.config import Settings
from engine.config.settings import BusSettings
from engine.observe.metrics import Metrics
from engine.parts import open_bus
from engine.roles import in_use, transform, working_set
from engine.roles.child import Lifeline
from engine.roles.working_set import Watch, WorkingSet
from engine.routes.router import Router
from engine.transforms.activation import activate, read_activations
from engine.transforms.load import version_of
from engine.transforms.mapping_set import MappingSet
from tests.rig.kafka import Kafka
from tests.transforms.folders import SHIPPED, write

SECONDS = 30
ADMISSION = (
    "MSH|^~\\&|HIS|79991|||20251001080000||ADT^A01^ADT_A01|{0}|P|2.5\r"
    "PID|1||BN{0}^^^79991^PI||Nguyen^An||19800102|M|||1 Le Loi||||||||||||||||||202510011402\r"
)
PID = "standard/segments/PID.Patient.yaml"
SEX = "standard/tables/AdministrativeSex.yaml"


def lay(folder: Path) -> None:
    """Of the shipped mappings what makes patients, which is read in a fifth of the time, and an overlay."""
    for part in ("standard/datatypes", "standard/tables", "routes"):
        shutil.copytree(SHIPPED / part, folder / part)
    files = {one: (SHIPPED / one).read_text("utf-8") for one in (PID, "facilities/registry.yaml")}
    files["standard/messages/ADT_A01.yaml"] = "message: ADT_A01\nevents: [A01]\nresources: { Patient: { from: PID } }\n"
    files["facilities/79902.yaml"] = "facility: '79902'\ntables: { AdministrativeSex: { '1': male, '2': female } }\n"
    write(folder, files)


class Engine:
    """The transform role on a thread over mappings behind a link, and messages for it."""

    def __init__(self, folder: Path, bus: BusSettings | None = None) -> None:
        self.mappings = folder / "mappings"
        lay(folder / "first")
        self.mappings.symlink_to(folder / "first")
        self.settings = Settings(home=folder / "home", mappings=self.mappings, bus=bus or BusSettings())
        self.counted = CollectorRegistry()
        self.lifeline = Lifeline(None)
        self.bus = open_bus(self.settings)
        self._metrics = Metrics(self.counted)
        self._sent = 0
        self._thread = threading.Thread(target=transform.run, args=(self.settings, self.lifeline, self._metrics))

    def start(self) -> None:
        self._thread.start()
        self.until(lambda: self.generation() > 0)

    def stop(self) -> None:
        self.lifeline.stop.set()
        self._thread.join()
        self.bus.close()

    def until(self, holds: Callable[[], bool]) -> None:
        limit = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < limit, "it does not come to hold"
            assert self._thread.is_alive()
            time.sleep(0.02)

    def edit(self, file: str, old: str, new: str) -> str:
        """Change a file in its place; gives the version that is then on disk."""
        path = self.mappings / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        return version_of(self.mappings)

    def send(self, count: int = 1) -> None:
        producer = self.bus.producer()
        messages = [ADMISSION.format(self._sent + number).encode() for number in range(count)]
        named = [Raw("r", one, "79991", "s", "k", "ADT^A01", 1_790_000_000_000_000, "mllp") for one in messages]
        producer.publish([raw.encode(one) for one in named], lambda _error: None)
        producer.close()
        self._sent += count

    def read(self, topic: str) -> list[Record]:
        spans = self.bus.spans(topic).items()
        return [record for part, span in spans for record in self.bus.read(part, span.first, span.next)]

    def versions(self) -> dict[Position, str]:
        """By raw record, the version that its receipt names."""
        return {one.origin.raw: one.origin.mapping for one in map(receipt.decode, self.read(receipt.TOPIC))}

    def finish(self) -> dict[Position, str]:
        self.until(lambda: len(self.versions()) == self._sent)
        return self.versions()

    def total(self, name: str) -> float:
        return self.counted.get_sample_value(f"engine_{name}_total") or 0.0

    def generation(self) -> float:
        return self.counted.get_sample_value("engine_mapping_generation") or 0.0


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(working_set, "LOOK", 0.1)
    monkeypatch.setattr(in_use, "AGREE", 0.1)
    engine = Engine(tmp_path)
    engine.start()
    yield engine
    engine.stop()


def test_each_message_that_flows_while_a_mapping_is_edited_has_one_version_and_what_that_makes(engine: Engine) -> None:
    old = version_of(engine.mappings)
    engine.send(50)
    new = engine.edit(PID, "gender:               PID-8 via", "gender:               PID-40 via")
    while engine.generation() == 1:
        engine.send(20)
    engine.send(50)
    versions = engine.finish()
    assert set(versions.values()) == {old, new}
    for event in map(envelope.decode, engine.read("fhir.patient")):
        assert event.origin.mapping == versions[event.origin.raw]
        assert event.body["gender"] == {old: "male", new: "unknown"}[event.origin.mapping]
        assert event.origin.generation == {old: 1, new: 2}[event.origin.mapping]
    assert (engine.total("mapping_reloads"), engine.total("mapping_faults")) == (1, 0)


BOMB = "a: " + "[" * 40 + "]" * 40
FAULTS = {
    "syntax": (PID, "elements:", "elements: ["),
    "unknown table": (PID, "PID-8 via AdministrativeSex", "PID-8 via Sexes"),
    "type change": (PID, "PID-7 as date", "PID-7 as decimal"),
    "partial write": (PID, "birthDate:            PID-7 as date", "birthDate"),
    "empty file": (SEX, (SHIPPED / SEX).read_text("utf-8"), ""),
    "aliases": (SEX, "codes:", "x: &x [1]\ny: [*x, *x]\ncodes:"),
    "nested too deep": (SEX, "codes:", f"{BOMB}\ncodes:"),
    "too large": (SEX, "codes:", f"# {'x' * (1 << 20)}\ncodes:"),
    "condition too deep": (PID, "when: PID-29 valued", f"when: {'(' * 200}PID-29 valued{')' * 200}"),
    "route": ("routes/watched.yaml", "when:", "whenever:"),
}


def test_a_set_at_fault_changes_nothing_until_it_is_corrected(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    old = version_of(engine.mappings)
    file, before, after = FAULTS["unknown table"]
    engine.edit(file, before, after)
    engine.until(lambda: engine.total("mapping_faults") == 1)
    engine.send(5)
    assert set(engine.finish().values()) == {old}
    assert (engine.generation(), engine.total("mapping_reloads")) == (1, 0)
    told = capsys.readouterr().out
    assert told.count("mappings not reloaded") == 1
    assert "PID.Patient.yaml" in told
    assert engine.edit(file, after, before) == old
    engine.until(lambda: engine.total("mapping_reloads") == 1)
    engine.send(5)
    engine.finish()
    assert (engine.generation(), engine.total("mapping_faults")) == (1, 1)


def test_on_kafka_a_set_at_fault_is_not_taken_and_the_next_one_is_without_a_restart(
    tmp_path: Path, kafka_single: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_set, "LOOK", 0.1)
    monkeypatch.setattr(in_use, "AGREE", 0.1)
    engine = Engine(tmp_path, BusSettings(kind="kafka", bootstrap=kafka_single.bootstrap, partitions=2))
    engine.start()
    try:
        old = version_of(engine.mappings)
        file, before, after = FAULTS["unknown table"]
        engine.edit(file, before, after)
        engine.until(lambda: engine.total("mapping_faults") == 1)
        engine.send(20)
        assert set(engine.finish().values()) == {old}
        new = engine.edit(file, after, "PID-40 via AdministrativeSex")
        engine.until(lambda: engine.generation() == 2)
        engine.send(20)
        versions = engine.finish()
        assert sorted(versions.values()) == sorted([old] * 20 + [new] * 20)
        for event in map(envelope.decode, engine.read("fhir.patient")):
            assert event.origin.mapping == versions[event.origin.raw]
            assert event.body["gender"] == {old: "male", new: "unknown"}[event.origin.mapping]
        assert [one.version for one in read_activations(engine.bus)] == [old, new]
    finally:
        engine.stop()


def test_a_folder_exchanged_by_its_link_is_taken_whole(tmp_path: Path, engine: Engine) -> None:
    old, second = version_of(engine.mappings), tmp_path / "second"
    lay(second)
    for file, before, after in ((PID, "PID-8 via", "PID-40 via"), (SEX, "M: male", "M: other")):
        text = (second / file).read_text("utf-8")
        (second / file).write_text(text.replace(before, after), "utf-8")
    (tmp_path / "next").symlink_to(second)
    (tmp_path / "next").replace(engine.mappings)
    while engine.generation() == 1:
        engine.send(20)
    assert set(engine.finish().values()) <= {old, version_of(second)}
    assert engine.total("mapping_reloads") == 1


def test_a_route_that_is_added_has_its_topic_and_its_events(engine: Engine) -> None:
    engine.send(1)
    engine.finish()
    route = "routes:\n  - { route: men, when: gender = male, to: review.men }\n"
    (engine.mappings / "routes" / "men.yaml").write_text(route, "utf-8")
    engine.until(lambda: engine.total("mapping_reloads") == 1)
    engine.send(1)
    engine.until(lambda: len(engine.read("review.men")) == 1)
    assert engine.generation() == 1, "routes are no part of the version"


def test_a_changed_registry_is_taken_without_a_new_generation(engine: Engine) -> None:
    engine.send(1)
    engine.finish()
    entries = "facilities:\n  - { code: '79991', name: A, zone: Asia/Tokyo }\n"
    (engine.mappings / "facilities" / "registry.yaml").write_text(entries, "utf-8")
    engine.until(lambda: engine.total("registry_reloads") == 1)
    engine.send(1)
    engine.finish()
    told = [one.body["deceasedDateTime"] for one in map(envelope.decode, engine.read("fhir.patient"))]
    assert sorted(told) == ["2025-10-01T14:02:00+07:00", "2025-10-01T14:02:00+09:00"]
    assert engine.total("mapping_reloads") == 0
    assert engine.generation() == 1


def test_a_version_that_others_activated_again_goes_on_under_their_generation(engine: Engine) -> None:
    producer = engine.bus.producer()
    version = version_of(engine.mappings)
    assert activate(engine.bus, producer, "other", 0) == 2
    assert activate(engine.bus, producer, version, 0) == 3
    engine.until(lambda: engine.generation() == 3)
    producer.close()
    engine.send(1)
    assert set(engine.finish().values()) == {version}
    assert [one.version for one in read_activations(engine.bus)] == [version, "other", version]


def test_another_set_that_others_activated_is_left_to_them(engine: Engine) -> None:
    producer = engine.bus.producer()
    activate(engine.bus, producer, "other", 0)
    producer.close()
    version = engine.edit(PID, "PID-8 via", "PID-40 via")
    engine.until(lambda: engine.generation() == 3)
    assert [one.version for one in read_activations(engine.bus)][1:] == ["other", version]


class Files:
    """A watch over mappings, looked at by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mappings"
        lay(self.folder)
        self.counted = CollectorRegistry()
        self.watch = Watch(Settings(home=folder / "home", mappings=self.folder), Metrics(self.counted))

    def look(self, ensure: Callable[[WorkingSet], None] | None = None) -> None:
        """Two looks, as a change needs."""
        for _ in range(2):
            self.watch.look(ensure or (lambda _found: None), threading.Event())

    def faults(self) -> float:
        return self.counted.get_sample_value("engine_mapping_faults_total") or 0.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_of_a_set_at_fault_is_taken(files: Files, fault: str) -> None:
    file, before, after = FAULTS[fault]
    path, used, faults = files.folder / file, files.watch.read, files.faults()
    kept = path.read_text("utf-8")
    assert before in kept
    path.write_text(kept.replace(before, after), "utf-8")
    files.look()
    files.look()
    assert files.watch.read is used
    assert files.faults() == faults + 1
    path.write_text(kept, "utf-8")
    files.look()
    assert files.watch.read.mappings.version == used.mappings.version


def test_a_folder_that_is_gone_is_told_and_changes_nothing(files: Files) -> None:
    used, faults = files.watch.read, files.faults()
    aside = files.folder.rename(files.folder.with_name("aside"))
    files.look()
    assert (files.watch.read, files.faults()) == (used, faults + 1)
    aside.rename(files.folder)
    files.look()


def test_a_set_that_changes_while_it_is_read_is_not_taken_until_it_rests(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, file = files.watch.read, files.folder / PID
    text = file.read_text("utf-8")

    def read_and_write(*asked: Any) -> tuple[MappingSet, Router]:
        found = working_set_read(*asked)
        file.write_text(text + "# two\n", "utf-8")
        return found

    working_set_read = working_set.read_set
    monkeypatch.setattr(working_set, "read_set", read_and_write)
    file.write_text(text + "# one and more\n", "utf-8")
    files.look()
    assert files.watch.read is used
    monkeypatch.undo()
    files.look()
    assert files.watch.read.mappings.version == version_of(files.folder)
    file.write_text(text, "utf-8")
    files.look()


def test_a_set_whose_topics_cannot_be_made_is_tried_again_and_then_taken(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_set, "FIRST_PAUSE", 0.01)
    attempts = []

    def ensure(found: WorkingSet) -> None:
        attempts.append(found)
        if len(attempts) < 3:
            raise BusError("away")

    text = (files.folder / PID).read_text("utf-8")
    (files.folder / PID).write_text(text + "# again\n", "utf-8")
    files.look(ensure)
    assert len(attempts) == 3
    assert files.watch.read is attempts[-1]


def test_a_set_is_compiled_before_it_is_taken_as_far_as_the_one_before_was(files: Files) -> None:
    used = files.watch.read.mappings
    for facility in ("79991", "79902"):
        view = used.view(facility)
        mapping = view.match("ADT", "A01", "")
        assert mapping
        view.plan(mapping)
    (files.folder / PID).write_text((files.folder / PID).read_text("utf-8") + "# more\n", "utf-8")
    files.look()
    mappings = files.watch.read.mappings
    assert mappings is not used
    assert all(list(mappings.view(one)._plans) == [("ADT_A01", False)] for one in ("79991", "79902"))


def test_a_look_that_fails_is_not_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    class Failing(Watch):
        def look(self, ensure: working_set.Ensure, stop: threading.Event) -> None:
            looks.append(ensure)
            raise RecursionError

    monkeypatch.setattr(working_set, "LOOK", 0.01)
    watch = Failing(Settings(home=tmp_path, mappings=SHIPPED), Metrics(CollectorRegistry()))
    with watch.running(lambda _found: None):
        limit = time.monotonic() + SECONDS
        while len(looks) < 3:
            assert time.monotonic() < limit
            time.sleep(0.01)


def test_the_set_before_is_let_go_with_all_its_code(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    sets: list[MappingSet] = []
    read_set = working_set.read_set

    def read_and_note(*asked: Any) -> tuple[MappingSet, Router]:
        found = read_set(*asked)
        sets[:] = [found[0]]
        return found

    monkeypatch.setattr(working_set, "read_set", read_and_note)
    engine.send(1)
    engine.finish()
    engine.edit(PID, "PID-8 via", "PID-40 via")
    engine.until(lambda: engine.generation() == 2)
    code = weakref.ref(sets[0].standard._plans["ADT_A01", True].top.resources[0].make.get())
    assert code()
    engine.edit(PID, "PID-40 via", "PID-39 via")
    engine.until(lambda: engine.generation() == 3)
    engine.until(lambda: code() is None)
