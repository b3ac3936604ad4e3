from __future__ import annotations

import os
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from engine.facilities.watch import RegistryWatch
from engine.language.fault import Faults
from engine.observe.metrics import Metrics

ONE = 'facilities:\n  - code: "1"\n    name: A\n'
TWO = ONE + '  - code: "2"\n    name: B\n'


class Scene:
    """A watch over a folder with a registry of one facility."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "registry.yaml"
        self.path.write_text(ONE, "utf-8")
        self.counted = CollectorRegistry()
        self.watch = RegistryWatch(self.path, ("mllp",), Metrics(self.counted))
        assert len(self.watch.read()) == 1

    def total(self, name: str) -> float:
        return self.counted.get_sample_value(f"engine_registry_{name}_total") or 0.0

    def codes(self) -> list[str] | None:
        found = self.watch.look()
        return None if found is None else [one.code for one in found]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_does_not_change_is_not_read_again(scene: Scene) -> None:
    assert scene.codes() is None
    assert scene.total("reloads") == scene.total("faults") == 0


def test_a_changed_registry_is_taken_once(scene: Scene) -> None:
    scene.path.write_text(TWO, "utf-8")
    assert scene.codes() == ["1", "2"]
    assert scene.codes() is None
    assert scene.total("reloads") == 1


def test_a_file_put_in_its_place_with_the_same_time_and_size_is_seen(scene: Scene) -> None:
    new = scene.path.with_name("new")
    new.write_text(ONE.replace('"1"', '"7"'), "utf-8")
    times = scene.path.stat()
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(scene.path)
    assert scene.codes() == ["7"]


def test_a_sheet_that_appears_beside_it_is_read_too(scene: Scene) -> None:
    scene.path.with_suffix(".csv").write_text("code,name\n3,C\n", "utf-8")
    assert scene.codes() == ["3", "1"]


@pytest.mark.parametrize("text", ["facilities: [", ONE + "    zone: Mars/Base\n", ONE + "    listeners: [other]\n"])
def test_a_registry_at_fault_leaves_the_old_one_and_is_told_once(
    scene: Scene, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.path.write_text(text, "utf-8")
    assert scene.codes() is None
    assert scene.codes() is None
    assert scene.total("faults") == 1
    assert capsys.readouterr().out.count("registry not reloaded") == 1
    scene.path.write_text(TWO, "utf-8")
    assert scene.codes() == ["1", "2"]


def test_a_registry_that_is_gone_leaves_the_old_one_until_it_is_back(scene: Scene) -> None:
    sheet = scene.path.with_suffix(".csv")
    sheet.write_text("code,name\n3,C\n", "utf-8")
    scene.watch.look()
    sheet.unlink()
    assert scene.codes() is None
    scene.path.unlink()
    assert scene.codes() is None
    scene.path.write_text(TWO, "utf-8")
    assert scene.codes() is None
    assert scene.total("faults") == 3
    sheet.write_text("code,name\n4,D\n", "utf-8")
    assert scene.codes() == ["4", "1", "2"]


def test_a_registry_at_fault_from_the_start_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text("facilities: [", "utf-8")
    with pytest.raises(Faults):
        RegistryWatch(path, ("mllp",), Metrics(CollectorRegistry())).read()
