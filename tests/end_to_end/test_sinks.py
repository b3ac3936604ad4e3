"""An alert of a running engine at its receivers: once over a restart, and what it rests on at a clinical one alone."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from engine.alerts.alert import Status
from engine.alerts.standing import TOPIC, Standing, encode
from engine.bus.bus import read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.parts import now_us
from tests.rig.engine_process import EngineProcess
from tests.rig.process import free_port, wait_until
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits
from tests.rig.web_box import WebBox
from tests.watch.stage import publish, standing

SECRET = "5a" * 32


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[tuple[WebBox, WebBox]]:
    """Two receivers under TLS, whose authority is written down."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "secret").write_text(SECRET)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with WebBox(context) as plain, WebBox(context) as clinical:
        yield plain, clinical


def sinks(folder: Path, plain: int, clinical: int) -> str:
    """The settings of both, and of one that nobody answers."""
    shared: dict[str, Any] = {"kind": "webhook", "secret_file": str(folder / "secret"), "ca": str(folder / "ca.pem")}
    shared |= {"allow": ["127.0.0.0/8", "::1/128"], "timeout": "2s"}
    return json.dumps(
        [
            {**shared, "name": "dead", "url": f"https://localhost:{free_port()}/"},
            {**shared, "name": "duty", "url": f"https://localhost:{plain}/"},
            {**shared, "name": "ward", "url": f"https://localhost:{clinical}/", "clinical": True},
        ]
    )


def tell(home: Path, told: Standing) -> None:
    with EmbeddedBus(home / "bus") as bus:
        bus.ensure([Topic(TOPIC, 1, compacted=True)])
        publish(bus, [encode(told)])


def patient_event(home: Path) -> str:
    """The id of the event that tells of the patient."""
    with EmbeddedBus(home / "bus") as bus:
        return next(record.text("ce_id") for record in read_topic(bus, "fhir.patient"))


def bodies(box: WebBox) -> list[Mapping[str, Any]]:
    return [json.loads(post.body) for post in box.posts]


@pytest.mark.timeout(180)
def test_an_alert_goes_out_once_by_each_sink_over_a_restart_and_a_dead_one_holds_no_other(
    tmp_path: Path, boxes: tuple[WebBox, WebBox]
) -> None:
    plain, clinical = boxes
    home = tmp_path / "home"
    engine = EngineProcess(home, {"ENGINE_SINKS": sinks(tmp_path, plain.port, clinical.port)})
    with engine:
        sender = StubbornSender(engine.port, visits(1))
        sender.start()
        sender.wait(60)
        wait_until(lambda: 'table="current"' in engine.get("/metrics").text, "the warehouse", 60)
        began = standing("critical-potassium", started_us=now_us())
        began = replace(began, alert=replace(began.alert, evidence=(patient_event(home),)))
        tell(home, began)
        wait_until(lambda: len(plain.posts) == len(clinical.posts) == 1, "the alert at both", 60)
        shown = engine.get("/metrics").text
        assert 'engine_sink_failing_active{sink="dead"} 1.0' in shown
        assert 'engine_sink_alerts_total{result="sent",sink="duty"} 1.0' in shown
    with engine:
        ended = replace(began.alert, status=Status.RESOLVED, ended_us=now_us())
        tell(home, replace(began, alert=ended))
        wait_until(lambda: len(plain.posts) == len(clinical.posts) == 2, "its end at both", 60)
    assert [one["status"] for one in bodies(plain)] == ["firing", "resolved"]
    [detail] = bodies(clinical)[0]["detail"]
    assert detail["resourceType"] == "Patient"
    assert "detail" not in bodies(plain)[0]
    assert "Nguyễn" not in plain.posts[0].body.decode()
    assert "Nguyễn" in clinical.posts[0].body.decode()
    log = engine.log.read_text()
    assert "an alert did not go out" in log
    assert SECRET not in log
