"""`engine transform`: the FHIR resources of messages out of files, with no engine running."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import orjson

from engine.bus.record import Position
from engine.canonical import raw
from engine.canonical.raw import Raw
from engine.commands.message_files import header_of, outgoing_of
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.listeners.intake import Intake
from engine.listeners.messages import Outgoing
from engine.parts import now_us
from engine.transforms.bundle import bundle
from engine.transforms.load import load_mappings
from engine.transforms.transform import Transformed, transform

Form = Literal["bundle", "ndjson"]
DEAD = 1


def transform_paths(settings: Settings, paths: Sequence[Path], facility: str | None, form: Form) -> int:
    """Print what each message comes to; returns 1 when one of them would be a dead letter."""
    mappings, registry = (
        load_mappings(settings.mappings, settings.optional_resources),
        read_registry(settings.registry_file()),
    )
    intake = Intake(registry, bytes(32), "transform")
    worst = 0
    for number, outgoing in enumerate(outgoing_of(paths)):
        message = _as_raw(intake, outgoing, facility)
        sender = registry.by_code(message.facility)
        done = transform(message, Position(raw.TOPIC, 0, number), sender, mappings, 1)
        worst = max(worst, _print(outgoing, done, form))
    return worst


def _as_raw(intake: Intake, outgoing: Outgoing, facility: str | None) -> Raw:
    message = intake.raw(outgoing.payload, header_of(outgoing.payload), now_us())
    return message._replace(facility=facility) if facility else message


def _print(outgoing: Outgoing, done: Transformed, form: Form) -> int:
    if done.refusal:
        refusal = done.refusal
        sys.stderr.write(f"{outgoing}: {refusal.reason} {refusal.where}: {refusal.detail}\n")
        return DEAD
    if form == "bundle":
        sys.stdout.buffer.write(orjson.dumps(bundle(done.resources)) + b"\n")
    else:
        for resource in done.resources:
            sys.stdout.buffer.write(orjson.dumps(resource.body) + b"\n")
    return 0
