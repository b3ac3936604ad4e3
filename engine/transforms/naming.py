"""What resources are called: the numbers that the sender knows them by, which become their ids."""

from __future__ import annotations

from engine.facilities.identifier import choose_identifier
from engine.transforms.fields import Scene, clean

PATIENT_IDENTIFIER = "patient-identifier"
"""The word for the PID-3 number that the facility's preferences choose."""

ORDINAL = "ordinal"
"""The word for which one it is among those of the message that are called the same so far."""

WORDS = (PATIENT_IDENTIFIER, ORDINAL)


def choose_number(field: str, scene: Scene) -> str:
    """The number in PID-3 that names the patient, "" when there is none."""
    if not field:
        return ""
    repetitions = (one.split(scene.component) for one in field.split(scene.repetition))
    chosen = choose_identifier(repetitions, scene.identifier_types, scene.authorities)
    return clean(chosen.partition(scene.subcomponent)[0], scene)
