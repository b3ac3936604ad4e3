"""`engine check`: settings, registry, mappings and routes, with every fault of all of them at once."""

from __future__ import annotations

from functools import partial

from rich.console import Console

from engine.config import Settings
from engine.facilities.registry import read_registry, registry_files
from engine.language.fault import Faults
from engine.language.gather import Gather
from engine.routes.load import load_routes
from engine.transforms.load import load_mappings


def check_all(settings: Settings) -> int:
    """Say what was checked and return 0; raises Faults with every place that is wrong."""
    gather = Gather()
    names = [one.name for one in settings.listeners]
    registry = gather.attempt(partial(read_registry, settings.registry_file(), names))
    mappings = gather.attempt(partial(load_mappings, settings.mappings))
    router = gather.attempt(partial(load_routes, settings.mappings / "routes"))
    if registry is None or mappings is None or router is None:
        raise Faults(gather.faults)
    sources = mappings.sources
    files = map(str, registry_files(settings.registry_file()))
    counts = f"{len(sources.messages)} messages, {len(sources.segments)} segments, {len(sources.datatypes)} datatypes"
    console = Console(highlight=False)
    console.print(f"settings    {settings.bus.kind} bus, {settings.warehouse.kind} warehouse")
    console.print(f"registry    {len(registry)} facilities, {', '.join(files)}")
    console.print(f"mappings    {counts}, {len(sources.tables)} tables, {len(sources.overlays)} overlays")
    console.print(f"routes      {len(router.routes)}")
    console.print(f"version     {mappings.version}")
    return 0
