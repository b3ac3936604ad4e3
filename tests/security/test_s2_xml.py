"""S2: XML is refused before anything reads it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.listeners.running import framed, listening
from tests.listeners.running import message as admission

HEADS = ("<?xml version='1.0'?>", "", "\ufeff<?xml version='1.0' encoding='utf-8'?>", "\r\n<?xml version='1.1'?>", "  ")
BODIES = (
    '<!DOCTYPE a [<!ENTITY b SYSTEM "{url}/e">]><a>&b;</a>',
    '<!DOCTYPE a [<!ENTITY % b SYSTEM "{url}/p"> %b;]><a/>',
    '<!DOCTYPE a SYSTEM "{url}/dtd"><a/>',
    '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{url}/i"/></a>',
    '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;">]><a>&d;</a>',
    '<a xmlns:xsi="x" xsi:schemaLocation="urn:hl7-org:v3 {url}/s"><!ENTITY b SYSTEM "file:///etc/passwd"></a>',
)


@contextmanager
def web() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback: its address, and the paths that anybody asked it for."""
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with HTTPServer(("127.0.0.1", 0), Canary) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_s2_no_xml_is_parsed_and_none_of_its_entities_is_fetched(tmp_path: Path) -> None:
    with web() as (url, asked), listening(tmp_path) as running, running.connect() as peer:
        payloads = [f"{head}{body.format(url=url)}".encode() for head in HEADS for body in BODIES]
        for number, payload in enumerate(payloads):
            peer.send(framed(payload) + framed(admission(str(number))))
            assert (peer.code(), peer.code()) == ("AR ", f"AA {number}")
        kept = {record.value: record.text("dead_reason") for record in running.dead()}
    assert len(payloads) == 30
    assert kept == dict.fromkeys(payloads, "NOT_HL7")
    assert asked == []


@pytest.mark.parametrize("place", ["OBX|1|ED|||^application^xml^A^{}\r", "PID|1||7||{}\r", "{}\r"])
def test_s2_xml_inside_of_a_message_is_text(tmp_path: Path, place: str) -> None:
    with web() as (url, asked), listening(tmp_path) as running, running.connect() as peer:
        for number, body in enumerate(BODIES):
            payload = admission(str(number), rest=place.replace("{}", body.format(url=url)))
            peer.send(framed(payload))
            assert peer.code() == f"AA {number}"
            assert payload in running.raw()
    assert asked == []
