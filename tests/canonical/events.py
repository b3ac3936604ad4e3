"""Events for tests of the fold and of the loaders: short to write, and drawn at random by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from engine.bus.record import Position
from engine.canonical.resource import Body, Origin, Resource

EPOCH_US = 1_763_880_000_000_000


def origin(raw: int, *, version: str = "", generation: int = 1, message: str = "", facility: str = "79014") -> Origin:
    """The origin of raw record `raw` of partition 0; its version and message are its own unless given."""
    return Origin(
        raw=Position("hl7.raw", 0, raw),
        facility=facility,
        subject="5f" * 16,
        message_key=message or f"message {raw}",
        version=version or f"{raw:05d}",
        received_us=EPOCH_US + raw,
        mapping=f"set {generation}",
        generation=generation,
    )


def event(raw: int, body: Body, *, of: str = "Patient/p", index: int = 0, **told: Any) -> Resource:
    """One event of raw record `raw`; `told` goes to the resource (`deleted`, `inferred`) or else to its origin."""
    resource_type, _, identity = of.partition("/")
    said = {name: told.pop(name) for name in ("deleted", "inferred", "weak") if name in told}
    return Resource(resource_type, identity, body, origin(raw, **told), index, **said)


_IDENTIFIERS = st.lists(
    st.builds(
        lambda system, code, value: {"system": system, "type": {"coding": [{"code": code}]}, "value": value},
        st.sampled_from(["urn:a", "urn:b"]),
        st.sampled_from(["MR", "PI"]),
        st.sampled_from(["1", "2"]),
    ),
    max_size=3,
)

_LINKS = st.lists(st.sampled_from("qr").map(lambda other: {"other": {"reference": f"Patient/{other}"}}), max_size=2)

BODIES = st.fixed_dictionaries(
    {},
    optional={
        "gender": st.sampled_from(["male", "female", ""]),
        "birthDate": st.sampled_from(["1980-01-02", "1981"]),
        "_birthDate": st.just({"extension": [{"url": "urn:x", "valueBoolean": True}]}),
        "deceasedBoolean": st.booleans(),
        "deceasedDateTime": st.just("2026-01-01"),
        "name": st.lists(st.just({"family": "A"}), max_size=1),
        "status": st.sampled_from(["in-progress", "finished"]),
        "identifier": _IDENTIFIERS,
        "link": _LINKS,
    },
)
"""Bodies with one of everything that the fold tells apart."""

_NAMES = ["gender", "birthDate", "deceasedBoolean", "identifier", "link", "status"]
NAMES = st.lists(st.sampled_from(_NAMES), unique=True).map(tuple)
