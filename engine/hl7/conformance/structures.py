"""Which structure a message has: MSH-9.3, or by type and event as table 0354 has it."""

from __future__ import annotations

from functools import lru_cache

from engine.hl7 import versions
from engine.hl7.dictionary import structure_names

_EVENTS = {
    "ADT_A05": "A05 A14 A28 A31",
    "ADT_A01": "A01 A04 A05 A08 A13 A14 A28 A31",  # to v2.3.1 A05, A14, A28 and A31 too
    "ADT_A06": "A06 A07",
    "ADT_A09": "A09 A10 A11 A12",
    "ADT_A21": "A21 A22 A23 A25 A26 A27 A29 A32 A33",
    "ADT_A30": "A30 A34 A35 A36 A46 A47 A48 A49",
    "ADT_A39": "A39 A40 A41 A42",
    "ADT_A43": "A43 A44",
    "ADT_A50": "A50 A51",
    "ADT_A52": "A52 A53",
    "ADT_A54": "A54 A55",
    "ADT_A61": "A61 A62",
    "CRM_C01": "C01 C02 C03 C04 C05 C06 C07 C08",
    "CSU_C09": "C09 C10 C11 C12",
    "MDM_T01": "T01 T03 T05 T07 T09 T11",
    "MDM_T02": "T02 T04 T06 T08 T10",
    "PEX_P07": "P07 P08",
    "PGL_PC6": "PC6 PC7 PC8",
    "PMU_B01": "B01 B02",
    "PMU_B04": "B04 B05 B06",
    "PPG_PCG": "PCG PCH PCJ",
    "PPP_PCB": "PCB PCC PCD",
    "PPR_PC1": "PC1 PC2 PC3",
    "QBP_Q21": "Q21 Q22 Q23 Q24 Q25",
    "REF_I12": "I12 I13 I14 I15",
    "RPA_I08": "I08 I09 I10 I11",
    "RPI_I01": "I01 I04",
    "RQA_I08": "I08 I09 I10 I11",
    "RQI_I01": "I01 I02 I03",
    "RRI_I12": "I12 I13 I14 I15",
    "SIU_S12": "S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S26 S27",
    "SRM_S01": "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11",
    "SRR_S01": "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11",
}
"""The events of structures that several share; a structure of one event is named for it."""

SHARED_SINCE = (2, 3, 1)
"""The first version with table 0354."""


def name_structure(code: str, event: str, structure: str, version: str) -> str:
    """The structure among those of the version; "" where the version has none for the message.

    Senders write a structure that there is not (`ADT_A08`): then type and event say which it is.
    """
    known = structure_names(version)
    if structure in known and structure != f"{code}_{event}":
        return structure
    return _by_event(code, event, known, versions.order(version) < SHARED_SINCE)


@lru_cache(maxsize=1024)
def _by_event(code: str, event: str, known: frozenset[str], own: bool) -> str:
    """The structure that the event shares, or the one named for it: that one first where each event has its `own`."""
    shared = [name for name, events in _EVENTS.items() if name.startswith(f"{code}_") and event in events.split()]
    named = f"{code}_{event}"
    candidates = (named, *shared, code) if own else (*shared, named, code)
    only = [name for name in known if name.startswith(f"{code}_")] if not event else []
    return next((name for name in candidates if name in known), only[0] if len(only) == 1 else "")
