"""Sinks in engine.yaml: what may not be is refused before anything runs, with its place and without its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.alerts.sinks.mail import Mail
from engine.alerts.sinks.opening import open_sink
from engine.alerts.sinks.webhook import Webhook
from engine.commands.check import check_files
from engine.config import read_settings
from engine.language.fault import Faults

WHOLE = """
sinks:
  - { kind: webhook, name: duty, url: "https://duty.example/alerts", secret_file: FOLDER/secret, allow: [10.0.0.0/8] }
  - { kind: alertmanager, name: ops, url: "http://alertmanager:9093", default: false }
  - { kind: mail, name: chief, host: mail.example, sender: engine@city.example, to: [chief@city.example] }
  - { kind: kafka, name: city, bootstrap: "kafka:9092", topic: city.alerts, timeout: 3s }
"""


def read(folder: Path, text: str) -> str:
    file = folder / "engine.yaml"
    file.write_text(text.replace("FOLDER", str(folder)))
    try:
        read_settings(file)
    except Faults as faults:
        return " | ".join(str(fault) for fault in faults.faults)
    return ""


def test_sinks_of_every_kind_are_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("5a" * 32 + "\n")
    assert read(tmp_path, WHOLE) == ""
    settings = read_settings(tmp_path / "engine.yaml")
    assert [(one.kind, one.default) for one in settings.sinks] == [
        ("webhook", True),
        ("alertmanager", False),
        ("mail", True),
        ("kafka", True),
    ]
    opened = [open_sink(one, lambda _: []) for one in settings.sinks]
    assert [type(one) for one in opened[::2]] == [Webhook, Mail]
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        ("{ kind: webhook, name: a, url: 'http://a.example', secret_file: s }", "would go in clear"),
        ("{ kind: webhook, name: a, url: 'https://me:pass@a.example', secret_file: s }", "holds a user"),
        ("{ kind: webhook, name: a, url: 'ftp://a.example', secret_file: s }", "is no address"),
        ("{ kind: webhook, name: a, url: 'https://a.example:0', secret_file: s }", "is no address"),
        ("{ kind: webhook, name: a, url: 'https://', secret_file: s }", "is no address"),
        ("{ kind: webhook, name: a, url: 'https://a.example', secret_file: s, allow: [0.0.0.0/0] }", "every address"),
        ("{ kind: webhook, name: a, url: 'https://a.example', secret_file: s, allow: [ten] }", "no range"),
        ("{ kind: webhook, name: a, url: 'https://a.example' }", "secret_file"),
        ("{ kind: webhook, name: A, url: 'https://a.example', secret_file: s }", "name"),
        ("{ kind: alertmanager, name: a, url: 'https://am', clinical: true }", "no place for what is clinical"),
        ("{ kind: alertmanager, name: a, url: 'http://am', token_file: t }", "in clear"),
        ("{ kind: mail, name: a, host: m, sender: 'no', to: [b@c] }", "sender"),
        ("{ kind: mail, name: a, host: m, sender: a@b, to: [] }", "to"),
        ("{ kind: mail, name: a, host: m, sender: a@b, to: ['b@c\\nBcc: d@e'] }", "to"),
        ("{ kind: mail, name: a, host: m, sender: a@b, to: [b@c], user: u }", "name both"),
        ("{ kind: mail, name: a, host: m, sender: a@b, to: [b@c], security: none }", "security"),
        ("{ kind: kafka, name: a, bootstrap: 'k:9092', topic: t, clinical: true }", "add tls"),
        ("{ kind: pager, name: a }", "kind"),
    ],
)
def test_what_may_not_be_is_refused(tmp_path: Path, sink: str, said: str) -> None:
    told = read(tmp_path, f"sinks: [{sink}]".replace("\\n", "\\n"))
    assert said in told
    assert "pass" not in told.replace("password", "").replace("passed", "")


def test_a_check_names_every_sink_whose_files_are_no_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read(tmp_path, WHOLE)
    assert check_files(lambda: read_settings(tmp_path / "engine.yaml"), "text") == 2
    assert "sinks.duty.secret_file" in capsys.readouterr().err
    (tmp_path / "secret").write_text("5a" * 32)
    assert check_files(lambda: read_settings(tmp_path / "engine.yaml"), "text") == 0


def test_two_sinks_have_two_names(tmp_path: Path) -> None:
    one = "{ kind: alertmanager, name: a, url: 'https://am' }"
    assert "two sinks have one name" in read(tmp_path, f"sinks: [{one}, {one}]")


@pytest.mark.parametrize("text", ["", "short", "x" * 31, "y" * 40 + "\nz"])
def test_a_secret_that_is_none_is_named_without_being_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)
    read(tmp_path, WHOLE)
    settings = read_settings(tmp_path / "engine.yaml")
    with pytest.raises(Faults) as told:
        open_sink(settings.sinks[0], lambda _: [])
    assert "sinks.duty.secret_file" in str(told.value)
    assert not text or text not in str(told.value)
