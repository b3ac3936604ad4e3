"""The results of a report: which its versions listed, and which of them were taken back.

A report is replaced whole, but for its `result`. Each observation that was ever listed is an element, `result|ID`, of
the version that listed it last; an event that has `result` in `deleted` says that what it lists is all there is, and so
erases all that is older, unless its status says that it adds. What the newest version lists is seen in the body and
needs no claim of its own.

An observation that is erased so is withdrawn, unless it was told of later than it was listed: its status becomes
`entered-in-error`, inferred at the version of the report that lists it no more, and all else stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.canonical.claim import INFERRED, Claim
from engine.canonical.elements import RESULT, WHOLE
from engine.canonical.resource import Body

OBSERVATION = "Observation"
STATUS = "status"

_ADDING = ("registered", "partial", "preliminary", "appended", "unknown")
_LISTED = f"{RESULT}|"
_REFERENCE = f"{OBSERVATION}/"

Claims = dict[str, Claim]


class Withdrawal(NamedTuple):
    """A report takes back an observation: it was listed last in version `listed`, and is out as of `withdrawn`."""

    observation: str
    report: str
    listed: str
    withdrawn: str


def adds(body: Body) -> bool:
    """Whether a report has a status in which more is to come, or came, and all older results stay."""
    return body.get(STATUS) in _ADDING


def unfold_results(body: Body, claims: Mapping[str, Claim]) -> tuple[Body, Claims]:
    """What the newest version of a report says by itself, and the claims of all that was ever listed."""
    kept = [one for one in body.get(RESULT, ()) if _LISTED + _id(one) not in claims]
    whole = claims[WHOLE]
    own = {name: value for name, value in body.items() if name != RESULT}
    if kept:
        own[RESULT] = kept
    return own, {**claims, **{_LISTED + identity: whole for one in kept if (identity := _id(one))}}


def fold_results(body: Body, claims: Claims) -> None:
    """Bring a report's body and claims, as they are of all its versions, into the form that is stored."""
    for one in body.get(RESULT, ()):
        claims.pop(_LISTED + _id(one), None)
    erasure = claims.get(RESULT)
    more = sorted((claim, element) for element, claim in claims.items() if element.startswith(_LISTED))
    standing = [element for claim, element in more if erasure is None or claim >= erasure]
    if standing:
        listed = [{"reference": _REFERENCE + element.removeprefix(_LISTED)} for element in standing]
        body[RESULT] = [*body.get(RESULT, ()), *listed]


def withdrawals(report: str, claims: Mapping[str, Claim]) -> frozenset[Withdrawal]:
    """What a report with these claims takes back."""
    erasure = claims.get(RESULT)
    if erasure is None:
        return frozenset()
    erased = ((element, claim) for element, claim in claims.items() if claim < erasure and element.startswith(_LISTED))
    return frozenset(
        Withdrawal(element.removeprefix(_LISTED), report, claim.version, erasure.version) for element, claim in erased
    )


def withdraw(body: Body, claims: Mapping[str, Claim], by: Iterable[Withdrawal]) -> tuple[Body, Claims] | None:
    """The body and the claims of an observation that reports take back; None when it stands."""
    told = claims[WHOLE].version
    versions = [one.withdrawn for one in by if one.listed >= told]
    if not versions:
        return None
    kept = {name: value for name, value in body.items() if name != f"_{STATUS}"}
    return kept | {STATUS: "entered-in-error"}, {**claims, STATUS: Claim(INFERRED, max(versions))}


def is_withdrawn(claims: Mapping[str, Claim]) -> bool:
    """Whether an observation with these claims is one that a report took back."""
    return STATUS in claims


def _id(reference: object) -> str:
    """The id of the observation that is referred to; empty when it is none."""
    text = reference.get("reference") if isinstance(reference, dict) else None
    return text.removeprefix(_REFERENCE) if isinstance(text, str) and text.startswith(_REFERENCE) else ""
