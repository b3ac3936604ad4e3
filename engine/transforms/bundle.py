"""The resources of one message as a FHIR Bundle."""

from __future__ import annotations

from collections.abc import Iterable

from engine.canonical.resource import Body, Resource

BASE = "https://engine.invalid/fhir"
"""Stands before `Type/id` in `fullUrl`, so that relative references resolve inside the bundle; no server is there."""


def bundle_of(resources: Iterable[Resource]) -> Body:
    """A Bundle of type collection with the resources in their order (FHIR R4, 2.36)."""
    entries = [{"fullUrl": f"{BASE}/{one.type}/{one.id}", "resource": one.body} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
