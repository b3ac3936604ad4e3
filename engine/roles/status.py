"""What the engine's HTTP port shows of the engine as a whole, where the role `observe` runs."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from engine.config import Settings
from engine.parts import OBSERVE_SOCKET
from engine.roles.forward import Forward
from engine.roles.names import RoleName
from engine.watch.app import FACILITIES


def observing_routes(settings: Settings, names: Sequence[RoleName]) -> list[Route]:
    """The routes that the observing process answers; none where it does not run."""
    if RoleName.OBSERVE not in names:
        return []
    return [Route(FACILITIES, Forward(settings.home / OBSERVE_SOCKET).answer)]
