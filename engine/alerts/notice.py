"""What an alert topic tells ops: that a route matched an event, and where to look; never what the event says."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bus.record import Record


@dataclass(frozen=True, slots=True)
class Notice:
    """One event that a route sent to an alert topic; `subject` is the keyed hash of the patient."""

    topic: str
    facility: str
    subject: str
    event_id: str
    resource: str


def read_notice(record: Record) -> Notice:
    """The notice that an event of an alert topic gives."""
    return Notice(
        topic=record.topic,
        facility=record.text("ce_source").removeprefix("/facility/"),
        subject=record.text("ce_subject"),
        event_id=record.text("ce_id"),
        resource=record.text("ce_type").removeprefix("fhir."),
    )
