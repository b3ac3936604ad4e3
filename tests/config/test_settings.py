from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.config import FilesSettings, MllpSettings, Settings, WebSettings, read_settings
from engine.language.fault import Fault, Faults


def faults_in(path: Path, text: str) -> tuple[Fault, ...]:
    path.write_text(text, "utf-8")
    with pytest.raises(Faults) as caught:
        read_settings(path)
    return caught.value.faults


def test_without_a_file_the_embedded_defaults_listen_on_loopback_only() -> None:
    settings = read_settings(None)
    assert (settings.bus.kind, settings.warehouse.kind) == ("embedded", "duckdb")
    assert [(one.host, one.port) for one in settings.listeners if isinstance(one, MllpSettings)] == [
        ("127.0.0.1", 2575)
    ]
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 9464)


def test_all_faults_come_at_once_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "engine.yaml"
    found = faults_in(
        path, "bus:\n  kind: rabbit\n  partitons: 3\nlisteners:\n  - port: 99999\n    frame_deadline: soon\n"
    )
    places = [(fault.mark.line, fault.mark.column, fault.where) for fault in found]
    assert places == [
        (2, 3, "bus.kind"),
        (3, 3, "bus.partitons"),
        (5, 5, "listeners.0.port"),
        (6, 5, "listeners.0.frame_deadline"),
    ]
    assert found[1].hint == "did you mean 'partitions'?"
    assert "20s" in found[3].what


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Faults):
        read_settings(tmp_path / "engine.yaml")


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "engine.yaml"
    path.write_text("# nothing\n", "utf-8")
    assert read_settings(path).bus.kind == "embedded"


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "engine.yaml"
    path.write_text("bus:\n  partitions: 3\n  kind: embedded\n", "utf-8")
    monkeypatch.setenv("ENGINE_BUS__KIND", "kafka")
    settings = read_settings(path)
    assert (settings.bus.kind, settings.bus.partitions) == ("kafka", 3)


def test_a_fault_of_the_environment_names_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_BUS__KIND", "rabbit")
    with pytest.raises(Faults) as caught:
        read_settings(None)
    assert caught.value.faults[0].mark.file.startswith("environment")


def test_durations_and_sizes_are_written_with_units(tmp_path: Path) -> None:
    path = tmp_path / "engine.yaml"
    path.write_text("listeners:\n  - frame_deadline: 1.5m\n    max_frame: 32MiB\n", "utf-8")
    (listener,) = read_settings(path).listeners
    assert isinstance(listener, MllpSettings)
    assert listener.frame_deadline == timedelta(seconds=90)
    assert listener.max_frame == 32 << 20


def test_secrets_never_show_in_the_text_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_WAREHOUSE__URL", "postgresql://engine:hunter2@db/city")
    assert "hunter2" not in repr(read_settings(None))


def test_listeners_have_three_kinds_and_mllp_needs_no_word(tmp_path: Path) -> None:
    path = tmp_path / "engine.yaml"
    path.write_text("listeners:\n  - {}\n  - kind: http\n  - {kind: files, folder: in}\n", "utf-8")
    assert [type(one) for one in read_settings(path).listeners] == [MllpSettings, WebSettings, FilesSettings]


def test_faults_inside_a_listener_stand_where_they_are_whatever_its_kind(tmp_path: Path) -> None:
    text = "listeners:\n  - kind: files\n    folder: in\n    setle: 2s\n  - kind: http\n    tls:\n      crll: a\n"
    found = faults_in(tmp_path / "engine.yaml", text)
    places = {(fault.mark.line, fault.mark.column, fault.where): fault.hint for fault in found}
    assert places[(4, 5, "listeners.0.setle")] == "did you mean 'settle'?"
    assert places[(7, 7, "listeners.1.tls.crll")] == "did you mean 'crl'?"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "hospital.example"])
def test_plain_tcp_off_loopback_needs_a_reason(tmp_path: Path, host: str) -> None:
    path = tmp_path / "engine.yaml"
    (fault,) = faults_in(path, f"listeners:\n  - host: '{host}'\n")
    assert "insecure_reason" in fault.what
    path.write_text(f"listeners:\n  - host: '{host}'\n    insecure_reason: a tunnel ends here\n", "utf-8")
    assert read_settings(path).listeners[0].unknown == "refuse"


def test_unknown_facilities_are_accepted_on_loopback_only_by_default() -> None:
    assert MllpSettings().unknown == "accept"
    assert MllpSettings(host="10.0.0.1", insecure_reason="a tunnel").unknown == "refuse"


def test_two_listeners_of_one_name_are_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_in(tmp_path / "engine.yaml", "listeners:\n  - port: 1\n  - port: 2\n")
    assert "one name" in fault.what


def test_workers_need_a_port_and_no_sequence_numbers(tmp_path: Path) -> None:
    path = tmp_path / "engine.yaml"
    assert "port" in faults_in(path, "listeners:\n  - {port: 0, workers: 2}\n")[0].what
    assert "sequence" in faults_in(path, "listeners:\n  - {workers: 2}\n")[0].what


def test_a9_a_certificate_for_application_acknowledgments_comes_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "engine.yaml"
    (fault,) = faults_in(path, "application_acknowledgments:\n  give_up: 2h\n  tls:\n    certificate: own.pem\n")
    assert "alone - name both" in f"{fault.what} - {fault.hint}"
    path.write_text("application_acknowledgments:\n  give_up: 2h\n", "utf-8")
    assert read_settings(path).application_acknowledgments.give_up == timedelta(hours=2)


def test_profiles_are_those_of_the_mappings_and_those_that_listeners_name(tmp_path: Path) -> None:
    folder = tmp_path / "mappings" / "profiles"
    folder.mkdir(parents=True)
    for path in (folder / "a.yaml", tmp_path / "b.yaml"):
        path.write_text("profile: any\n", "utf-8")
    listeners = [{"name": "x", "profile": str(folder / "a.yaml")}, {"name": "y", "profile": str(tmp_path / "b.yaml")}]
    settings = Settings(mappings=tmp_path / "mappings", listeners=listeners)
    assert settings.profile_files() == [tmp_path / "b.yaml", folder / "a.yaml"]
