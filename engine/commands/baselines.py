"""`engine surveillance baselines`: histories of diseases, from files onto their topic, and what the topic holds."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import typer

from engine.alerts.surveillance import records
from engine.alerts.surveillance.history_file import read_history
from engine.bus.bus import BusError, read_topic
from engine.bus.record import Record
from engine.config import Settings
from engine.parts import declare_topics, now_us, open_bus

FLUSH = 60.0
AT_ONCE = 1_000


def load_baselines(settings: Settings, paths: list[Path]) -> int:
    """Publish what files tell of the years before, each the last word on its disease and commune; raises Faults."""
    found = [read_history(path) for path in paths]
    at_us = now_us()
    told = [
        records.encode_baseline(disease, commune, history, at_us)
        for one in found
        for (disease, commune), history in one.histories.items()
    ]
    try:
        _publish(settings, told)
    except BusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    cases, divided = sum(one.cases for one in found), sum(one.divided for one in found)
    typer.echo(f"{len(told)} histories of {cases} cases, {divided} of them of wards that were divided since")
    return 0


def _publish(settings: Settings, told: list[Record]) -> None:
    with open_bus(settings) as bus:
        bus.ensure(declare_topics(settings, (), ()))
        producer = bus.producer()
        for first in range(0, len(told), AT_ONCE):
            producer.publish(told[first : first + AT_ONCE], lambda _error: None)
            producer.flush(FLUSH)
        producer.close()


def list_baselines(settings: Settings, json: bool) -> int:
    """Show which diseases and communes have a history, and of which years."""
    with open_bus(settings) as bus:
        newest = {record.key: record.value for record in read_topic(bus, records.BASELINES)}
    for key, value in sorted(newest.items()):
        body = orjson.loads(value)
        years = sorted({*body["weeks"], *body["months"]})
        if json:
            sys.stdout.buffer.write(value + b"\n")
        else:
            typer.echo(f"{key.decode()}  {years[0]}-{years[-1]}" if years else f"{key.decode()}  no year")
    return 0
