"""The faults that are safe on any machine: signals to the sandbox's own processes."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

from engine.commands.faults.sandbox import Sandbox

Strike = Callable[[Sandbox, random.Random], str]
"""Does the harm and undoes it; tells what it did."""

LONGEST_PAUSE = 4.0


def kill(*roles: str) -> Strike:
    """Kill the processes of these roles at once; the supervisor starts them again."""

    def strike(sandbox: Sandbox, chance: random.Random) -> str:
        for role in roles:
            sandbox.signal(role, signal.SIGKILL)
        return f"killed {' and '.join(roles)}"

    return strike


def pause(role: str) -> Strike:
    """Stop a role for a while, as a machine that swaps does."""

    def strike(sandbox: Sandbox, chance: random.Random) -> str:
        seconds = chance.uniform(0.5, LONGEST_PAUSE)
        sandbox.signal(role, signal.SIGSTOP)
        time.sleep(seconds)
        sandbox.signal(role, signal.SIGCONT)
        return f"stopped {role} for {seconds:.1f} s"

    return strike


def cut_power(sandbox: Sandbox, chance: random.Random) -> str:
    """Kill every process at once, and start the engine again as an operator would."""
    sandbox.signal("engine", signal.SIGKILL)
    sandbox.forget()
    sandbox.start()
    return "killed the whole engine"


def restart(sandbox: Sandbox, chance: random.Random) -> str:
    """Stop and start it as a deployment does."""
    sandbox.stop()
    sandbox.start()
    return "restarted the engine"


STRIKES: tuple[Strike, ...] = (
    *(kill(role) for role in ("listen", "transform", "load")),
    *(pause(role) for role in ("listen", "transform", "load")),
    *(kill("listen", "transform"), kill("transform", "load"), cut_power, restart),
)


def choose(count: int, chance: random.Random) -> list[Strike]:
    """So many strikes by chance, each once before any comes again."""
    chosen: list[Strike] = []
    while len(chosen) < count:
        chosen += chance.sample(STRIKES, len(STRIKES))
    return chosen[:count]
