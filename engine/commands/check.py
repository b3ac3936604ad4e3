"""`engine check`: settings, registry, mappings, routes, rules, profiles, views, with every fault of all at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial

from engine.alerts.load import load_rules
from engine.alerts.sinks.opening import check_sink
from engine.bus.topics_file import read_topics
from engine.commands.check_alerts import check_rules
from engine.commands.fault_formats import Form, write_faults
from engine.config import Settings, SocketSettings
from engine.facilities.facility import Registry
from engine.facilities.registry import read_registry, registry_files
from engine.language.fault import Faults, nearest
from engine.language.gather import Gather
from engine.listeners.profile import read_profile
from engine.listeners.tls import make_context
from engine.loaders.view_tables import load_view_tables
from engine.routes.check import check_routes
from engine.routes.load import load_routes
from engine.topics import check_topics
from engine.transforms.load import check_mappings
from engine.transforms.mapping import Overlay

FAULTY = 2


def check_files(read: Callable[[], Settings], form: str) -> int:
    """Check what `read` gives and all that it names; print the faults in that form, and return 2 if there are any."""
    try:
        counts = check_all(read())
    except Faults as faults:
        written = write_faults(faults.faults, Form(form))
        (sys.stderr if form == Form.TEXT else sys.stdout).write(f"{written}\n")
        return FAULTY
    sys.stdout.write(f"{counts if form == Form.TEXT else write_faults((), Form(form))}\n")
    return 0


def check_all(settings: Settings) -> str:
    """What was checked, for a person to read; raises Faults with every place that is wrong."""
    gather = Gather()
    names = [one.name for one in settings.listeners]
    registry = gather.attempt(partial(read_registry, settings.registry_file(), names))
    mappings = gather.attempt(partial(check_mappings, settings.mappings))
    router = gather.attempt(partial(load_routes, settings.mappings / "routes"))
    rules = gather.attempt(partial(load_rules, settings.mappings / "alerts"))
    declared = gather.attempt(partial(read_topics, settings.topics_file()))
    if mappings and router:
        check_routes(router, mappings.resource_types, gather)
        if declared:
            check_topics(settings, declared, mappings.resource_types, router.topics, gather)
    if router and rules:
        check_rules(rules, router, gather)
    if mappings and registry is not None:
        _check_overlays(mappings.sources.overlays, registry, gather)
    _check_ends(settings, gather)
    views = gather.attempt(partial(load_view_tables, settings.views_folder()))
    profiles = [gather.attempt(partial(read_profile, path)) for path in settings.profile_files()]
    if gather.faults or registry is None or mappings is None or router is None:
        raise Faults(gather.faults)
    sources = mappings.sources
    files = map(str, registry_files(settings.registry_file()))
    counts = f"{len(sources.messages)} messages, {len(sources.segments)} segments, {len(sources.datatypes)} datatypes"
    return "\n".join(
        (
            f"settings    {settings.bus.kind} bus, {settings.warehouse.kind} warehouse",
            f"registry    {len(registry)} facilities, {', '.join(files)}",
            f"mappings    {counts}, {len(sources.tables)} tables, {len(sources.overlays)} overlays",
            f"routes      {len(router.routes)}",
            f"alert rules {len(rules or ())}",
            f"profiles    {len(profiles)}",
            f"views       {len(views or ())}",
            f"version     {mappings.version}",
        )
    )


def _check_ends(settings: Settings, gather: Gather) -> None:
    """The files of certificates and secrets that listeners and sinks name."""
    for one in settings.listeners:
        if isinstance(one, SocketSettings) and one.tls:
            gather.attempt(partial(make_context, one.tls, f"listeners.{one.name}"))
    for sink in settings.sinks:
        gather.attempt(partial(check_sink, sink))


def _check_overlays(overlays: Sequence[Overlay], registry: Registry, gather: Gather) -> None:
    """An overlay for a facility that nobody registered changes nothing."""
    known = [facility.code for facility in registry]
    for overlay in overlays:
        for code in overlay.facilities:
            if not registry.by_code(code).registered:
                mark = overlay.places.get(code, overlay.mark)
                hint = nearest(code, known) or "add the facility to the registry"
                gather.add(mark, "M334", overlay.name, f"the registry has no facility {code!r}", hint)
