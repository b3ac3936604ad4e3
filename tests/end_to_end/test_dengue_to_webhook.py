"""From a positive test for dengue at the socket to the webhook of disease control, while others send."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import trustme

from tests.end_to_end.conftest import PAIRS
from tests.faults.feed import feed
from tests.faults.sending import Senders
from tests.listeners.running import Peer, framed
from tests.rig.engine_process import EngineProcess
from tests.rig.process import wait_until
from tests.rig.proof import count, proving, report
from tests.rig.web_box import WebBox

ROOT = Path(__file__).parents[2]
RESULTS = count(3, 200)
A_SECOND = count(20, 500)
LANES = 8
WARM_UP = count(40, 5_000)
"""Messages before the first result."""
MOST = 2.0
"""Seconds within which 99 of 100 alerts are at the webhook."""
PATIENCE = 60.0


@pytest.fixture
def box(tmp_path: Path) -> Iterator[WebBox]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "secret").write_text("5a" * 32)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with WebBox(context) as running:
        yield running


@pytest.fixture(params=PAIRS[: count(1, 2)])
def engine(request: pytest.FixtureRequest, tmp_path: Path, box: WebBox) -> Iterator[EngineProcess]:
    """An engine whose alerts go to the box."""
    sink = {"kind": "webhook", "name": "disease-control", "url": f"https://localhost:{box.port}/"}
    sink |= {"secret_file": str(tmp_path / "secret"), "ca": str(tmp_path / "ca.pem")}
    environment = {"ENGINE_SINKS": json.dumps([{**sink, "allow": ["127.0.0.0/8", "::1/128"]}])}
    if request.param == "Kafka and PostgreSQL":
        kafka: Any = request.getfixturevalue("kafka_single")
        environment |= {"ENGINE_BUS__KIND": "kafka", "ENGINE_BUS__BOOTSTRAP": kafka.bootstrap}
        environment |= {
            "ENGINE_WAREHOUSE__KIND": "postgres",
            "ENGINE_WAREHOUSE__URL": request.getfixturevalue("postgres_database"),
        }
    process = EngineProcess(tmp_path / "home", environment)
    yield process
    process.stop(60)


def positive(number: int) -> bytes:
    """A positive test for the NS1 antigen of dengue, of a patient of its own."""
    now = time.strftime("%Y%m%d%H%M%S+0700", time.gmtime(time.time() + 7 * 3600))
    segments = (
        f"MSH|^~\\&|LIS|79901|HUB|CITY|{now}||ORU^R01^ORU_R01|D{number}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||DX{number:05d}^^^79901^PI||Trần^Thị Bình||19900101|F",
        f"OBR|1|P{number}|F{number}|DENNS1^NS1|||{now}|||||||||||||||{now}||LAB|F",
        f"OBX|1|CWE|75377-2^Dengue virus NS1 Ag^LN||POS^Dương tính||||A||F|||{now}",
    )
    return "\r".join((*segments, "")).encode()


def told(box: WebBox) -> set[str]:
    """The alerts of dengue that are at the webhook; rules about feeds may tell of the others' messages meanwhile."""
    alerts = [json.loads(post.body) for post in list(box.posts)]
    return {one["id"] for one in alerts if one["rule"] == "notifiable-48h"}


def alarm(port: int, box: WebBox, number: int) -> float:
    """Send a result; the seconds until one alert more is at the webhook."""
    before, began = len(told(box)), time.monotonic()
    with Peer(port) as peer:
        peer.send(framed(positive(number)))
        assert peer.code() == f"AA D{number}"
        wait_until(lambda: len(told(box)) > before, f"the alert of result {number}", PATIENCE)
    return time.monotonic() - began


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_positive_test_for_dengue_is_at_the_webhook_in_seconds(
    engine: EngineProcess, box: WebBox, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine.start(90)
    feeds = [feed(5, lane) for lane in range(LANES)]
    others = Senders(engine.port, feeds, tmp_path / "journal.txt", A_SECOND, WARM_UP)
    others.start()
    wait_until(lambda: len(others.answers) >= WARM_UP, "messages of others", 120)
    began, sent = time.monotonic(), len(others.answers)
    took = sorted(alarm(engine.port, box, number) for number in range(RESULTS))
    rate = (len(others.answers) - sent) / (time.monotonic() - began)
    others.finish()
    wait_until(lambda: others.done, "the end of the others", PATIENCE)
    assert len(told(box)) == RESULTS
    slow = took[max(0, len(took) * 99 // 100 - 1)]
    if proving():
        assert slow < MOST
        assert rate > 0.95 * A_SECOND
    pair = request.node.callspec.params["engine"]
    report(
        f"dengue-to-webhook-{pair.split()[0].lower()}",
        f"# From a positive dengue test to the webhook: {pair}\n\n{RESULTS} results one after the other, from the "
        f"first byte at the socket to the signed request at the webhook; others sent {rate:.0f} messages a second.\n\n"
        "| median | 99 of 100 | slowest |\n|---|---|---|\n"
        f"| {median(took):.2f} s | {slow:.2f} s | {took[-1]:.2f} s |\n",
    )
