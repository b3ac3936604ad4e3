"""What resources are called: the numbers that the sender knows them by, which become their ids."""

from __future__ import annotations

from engine.facilities.identifier import choose_identifier, is_best
from engine.hl7.delimiters import STANDARD
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

_STANDARD = STANDARD.repetition, STANDARD.component, STANDARD.subcomponent

WORDS = (PATIENT_IDENTIFIER, PRIOR_IDENTIFIER, ORDINAL)


def choose_number(field: str, scene: Scene) -> str:
    """The number in a field such as PID-3 that names the patient, "" when there is none."""
    if not field:
        return ""
    sender, (repetition, component, subcomponent) = scene.sender, _separators(scene)
    first = field.partition(repetition)[0].split(component)
    if is_best(first, sender.identifier_types, sender.authorities):
        return clean(first[0].partition(subcomponent)[0], scene)
    repetitions = (one.split(component) for one in field.split(repetition))
    chosen = choose_identifier(repetitions, sender.identifier_types, sender.authorities)
    return clean(chosen.partition(subcomponent)[0], scene)


def _separators(scene: Scene) -> tuple[str, str, str]:
    return _STANDARD if scene.is_standard else (scene.repetition, scene.component, scene.subcomponent)
