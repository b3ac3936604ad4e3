"""The resources of one message as a FHIR R4 Bundle, for people and for systems that take one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from engine.canonical.resource import Body, Resource

_COLLECTION: Body = {"resourceType": "Bundle", "type": "collection"}


def bundle(resources: Sequence[Resource]) -> Body:
    """A collection, or what a mapping makes of the message as a whole, which its header then begins.

    Each entry is found under `urn:uuid:` and its id, and references between entries are so written.
    """
    whole = next((one.body for one in resources if one.type == "Bundle"), _COLLECTION)
    held = [one for one in resources if one.type != "Bundle"]
    held.sort(key=lambda one: one.type != "MessageHeader")
    urls = {f"{one.type}/{one.id}": f"urn:uuid:{UUID(one.id)}" for one in held}
    entries = [{"fullUrl": urls[f"{one.type}/{one.id}"], "resource": _relink(one.body, urls)} for one in held]
    return {**whole, **({"entry": entries} if entries else {})}


def _relink(body: Body, urls: dict[str, str]) -> Body:
    """The resource with its references to others of the bundle as the bundle names them."""
    return {element: _relink_value(value, urls) for element, value in body.items()}


def _relink_value(value: object, urls: dict[str, str]) -> object:
    if isinstance(value, list):
        return [_relink_value(one, urls) for one in value]
    if isinstance(value, dict) and isinstance(value.get("reference"), str):
        return {**value, "reference": urls.get(value["reference"], value["reference"])}
    return _relink(value, urls) if isinstance(value, dict) else value
