"""The pipeline that one writes first: `python -m benchmarks.naive MAPPING BOOTSTRAP` in a process of its own.

python-hl7's asyncio server, a mapping, a `send_and_wait` of aiokafka for each record, and AA when all of them are
there. `by-hand` maps to four resources and stores nothing else; `interpreted` walks the engine's own rules, and stores
what the engine stores of a message. It prints its port and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import hl7
from aiokafka import AIOKafkaProducer
from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server

from benchmarks.interpreted import Interpreter
from benchmarks.naive_records import know, raw_of, records_of
from benchmarks.traffic import ADT
from engine.config.settings import ROOT
from engine.hl7.message import parse
from engine.transforms.load import load_mappings

HOST = "127.0.0.1"
FACILITY = "79014"
TOPICS = "naive."
"""How the names of its topics begin; each type of resource has one."""
GENDERS = {"M": "male", "F": "female"}

Body = dict[str, Any]
Mapping = Callable[[Any, str], list[Body]]
"""Gives the bodies of a message; the hash of its bytes names what has no number."""


def by_hand() -> Mapping:
    """A patient, an encounter, a diagnosis and a coverage, each with what one reads first."""
    return lambda message, _: [*_by_hand(message)]


def _by_hand(message: Any) -> Iterator[Body]:
    pid, pv1 = message.segment("PID"), message.segment("PV1")
    dg1, in1 = message.segment("DG1"), message.segment("IN1")
    patient, visit = str(pid(3)(1)(1)), str(pv1[19])
    subject = {"reference": f"Patient/{patient}"}
    yield {
        "resourceType": "Patient",
        "id": patient,
        "identifier": [{"value": str(one(1)), "system": str(one(4))} for one in pid(3)],
        "name": [{"family": str(pid(5)(1)(1)), "given": [str(pid(5)(1)(2)), str(pid(5)(1)(3))]}],
        "birthDate": _date(str(pid[7])),
        "gender": GENDERS.get(str(pid[8]), "unknown"),
        "address": [{"line": [str(pid(11)(1)(1))], "district": str(pid(11)(1)(3)), "city": str(pid(11)(1)(4))}],
        "telecom": [{"system": "phone", "value": str(pid[13])}],
    }
    yield {
        "resourceType": "Encounter",
        "id": visit,
        "status": "in-progress",
        "class": {"code": "IMP" if str(pv1[2]) == "I" else "AMB"},
        "subject": subject,
        "location": [{"location": {"display": str(pv1[3])}}],
        "participant": [{"individual": {"display": str(pv1(7)(1)(2))}}],
        "period": {"start": _date(str(pv1[44]))},
    }
    yield {
        "resourceType": "Condition",
        "id": f"{visit}-{dg1[1]}",
        "subject": subject,
        "encounter": {"reference": f"Encounter/{visit}"},
        "code": {"coding": [{"code": str(dg1(3)(1)(1)), "display": str(dg1(3)(1)(2))}], "text": str(dg1[4])},
        "recordedDate": _date(str(dg1[5])),
    }
    yield {
        "resourceType": "Coverage",
        "id": f"{patient}-{in1[1]}",
        "status": "active",
        "beneficiary": subject,
        "payor": [{"display": str(in1[4])}],
        "period": {"start": _date(str(in1[12])), "end": _date(str(in1[13]))},
    }


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def interpreted() -> Mapping:
    """The rules that the engine compiles, walked for each message."""
    view = load_mappings(ROOT / "mappings", ()).view(FACILITY)
    message = parse(ADT.decode())
    mapping = view.match(message.code, message.event, message.structure)
    assert mapping is not None
    return Interpreter(view.sources, mapping, view.plan(mapping), FACILITY).map_parsed


Publish = Callable[[AIOKafkaProducer, hl7.Message, Mapping], Awaitable[None]]


async def publish_bodies(producer: AIOKafkaProducer, message: hl7.Message, mapping: Mapping) -> None:
    """Each body as it is."""
    key = str(message.segment("PID")(3)(1)(1)).encode()
    for body in mapping(message, ""):
        await producer.send_and_wait(f"{TOPICS}{body['resourceType'].lower()}", json.dumps(body).encode(), key)


async def publish_all(producer: AIOKafkaProducer, message: hl7.Message, mapping: Mapping) -> None:
    """What the engine stores of a message, and the message itself first."""
    known = know(message)
    key, raw = known.subject.encode(), raw_of(known)
    stored = await producer.send_and_wait(TOPICS + raw.topic, raw.value, key, headers=raw.headers)
    position = f"{stored.topic}/{stored.partition}/{stored.offset}"
    for made in records_of(known, position, mapping(message, known.digest)):
        await producer.send_and_wait(TOPICS + made.topic, made.value, key, headers=made.headers)


PIPELINES: dict[str, tuple[Callable[[], Mapping], Publish]] = {
    "by-hand": (by_hand, publish_bodies),
    "interpreted": (interpreted, publish_all),
}


async def serve(mapping: Mapping, publish: Publish, bootstrap: str) -> None:
    """Take messages until the standard input ends."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()

    async def answer(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                message = await reader.readmessage()
                await publish(producer, message, mapping)
                writer.writemessage(message.create_ack())
                await writer.drain()
        writer.close()

    async with await start_hl7_server(answer, HOST, 0, backlog=4096, encoding="utf-8") as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
    await producer.stop()


def main(name: str, bootstrap: str) -> None:
    """Serve as the pipeline of this name."""
    mapping, publish = PIPELINES[name]
    asyncio.run(serve(mapping(), publish, bootstrap))


if __name__ == "__main__":
    main(*sys.argv[1:])
