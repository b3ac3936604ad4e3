"""What resources are called: the numbers that the sender knows them by, which become their ids."""

from __future__ import annotations

from engine.facilities.identifier import choose_identifier, is_best
from engine.language.path import FieldPath
from engine.transforms.fields import Scene, clean

PATIENT_IDENTIFIER = "patient-identifier"
"""The word for the PID-3 number that the facility's preferences choose."""

PRIOR_IDENTIFIER = "prior-identifier"
"""The word for the MRG-1 number that is chosen in the same way: what the patient was called before a merge."""

NUMBERED = {PATIENT_IDENTIFIER: FieldPath("PID", 3), PRIOR_IDENTIFIER: FieldPath("MRG", 1)}
"""The words for numbers of patients, and the fields that hold these."""

ORDINAL = "ordinal"
"""The word for which one it is among those of the message that are called the same so far."""

WORDS = (PATIENT_IDENTIFIER, PRIOR_IDENTIFIER, ORDINAL)


def choose_number(field: str, scene: Scene) -> str:
    """The number in a field such as PID-3 that names the patient, "" when there is none."""
    if not field:
        return ""
    first = field.partition(scene.repetition)[0].split(scene.component)
    if is_best(first, scene.identifier_types, scene.authorities):
        return clean(first[0].partition(scene.subcomponent)[0], scene)
    repetitions = (one.split(scene.component) for one in field.split(scene.repetition))
    chosen = choose_identifier(repetitions, scene.identifier_types, scene.authorities)
    return clean(chosen.partition(scene.subcomponent)[0], scene)
