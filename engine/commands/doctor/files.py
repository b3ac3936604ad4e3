"""The files that people write: registry, mappings and routes, as `engine check` reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from engine.alerts.load import load_rules
from engine.commands.doctor.finding import Finding, ill, well
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.language.fault import Faults
from engine.routes.load import load_routes
from engine.transforms.load import load_mappings


def look_at_files(settings: Settings) -> Iterator[Finding]:
    """Findings on each kind of file; the settings themselves were read already."""
    yield well("settings", f"{settings.bus.kind} bus, {settings.warehouse.kind} warehouse, home {settings.home}")
    yield _look("registry", partial(read_registry, settings.registry_file()))
    yield _look("mappings", partial(load_mappings, settings.mappings))
    yield _look("routes", partial(load_routes, settings.mappings / "routes"))
    yield _look("alert rules", partial(load_rules, settings.mappings / "alerts"))


def _look(what: str, read: Callable[[], object]) -> Finding:
    try:
        read()
    except Faults as faults:
        return ill(what, f"{len(faults.faults)} faults, the first: {faults.faults[0]}", "see them all: engine check")
    return well(what, "without fault")
