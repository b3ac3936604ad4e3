"""The faults: each strikes for a while at one part of the city and is over when its function returns."""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections.abc import Callable

import psutil
import psycopg

from tests.faults.city import City
from tests.faults.proxy import FaultProxy
from tests.rig.process import wait_until

Strike = Callable[[City, random.Random], str]
"""Does the harm, waits, undoes it; tells what it did."""


def kill(*roles: str) -> Strike:
    """SIGKILL to the processes of these roles."""

    def strike(city: City, chance: random.Random) -> str:
        city.wait_ready()
        found = [one for role in roles for one in city.roles(role)]
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        city.wait_ready()
        return f"kill -9 {'+'.join(roles)}"

    return strike


def pause(role: str) -> Strike:
    """SIGSTOP to a role for up to 8 seconds: longer than its lease of partitions lasts, at times."""

    def strike(city: City, chance: random.Random) -> str:
        seconds = chance.uniform(0.2, 8)
        found = city.roles(role)
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for process in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
            time.sleep(seconds if number == signal.SIGSTOP else 0)
        return f"SIGSTOP {role} {seconds:.1f} s"

    return strike


def power_cut(city: City, chance: random.Random) -> str:
    """SIGKILL to every process of the engine at once; an operator starts it again."""
    city.engine.kill9()
    city.engine.start(seconds=90)
    return "kill -9 engine"


def restart(city: City, chance: random.Random) -> str:
    """A restart as an operator does it."""
    city.engine.stop(60)
    city.engine.start(seconds=90)
    return "restart engine"


def broker_killed(city: City, chance: random.Random) -> str:
    """SIGKILL to the broker, which starts again after a while."""
    assert city.kafka
    (node,) = city.kafka.nodes
    node.kill9()
    time.sleep(chance.uniform(0, 4))
    node.start()
    city.kafka.wait_brokers(1, 90)
    return "kill -9 broker"


def broker_paused(city: City, chance: random.Random) -> str:
    """SIGSTOP to the broker: sockets stay open and nothing answers."""
    assert city.kafka
    seconds = chance.uniform(1, 10)
    (node,) = city.kafka.nodes
    node.pause()
    time.sleep(seconds)
    node.resume()
    return f"SIGSTOP broker {seconds:.1f} s"


def one_broker_killed(city: City, chance: random.Random) -> str:
    """SIGKILL to one of three brokers; tells when all copies are in sync again after its start."""
    assert city.kafka
    node = chance.choice(city.kafka.brokers[:-1])
    seconds = chance.uniform(6, 15)
    node.kill9()
    time.sleep(seconds)
    node.start()
    return f"kill -9 {node.directory.name} {seconds:.1f} s; {_in_sync_again(city)}"


def one_broker_apart(city: City, chance: random.Random) -> str:
    """The last of three brokers runs on, and reaches nobody, whom nobody reaches."""
    assert city.kafka
    assert city.island
    seconds = chance.uniform(8, 20)
    city.island.cut()
    time.sleep(seconds)
    city.island.join()
    return f"{city.kafka.brokers[-1].directory.name} partitioned away {seconds:.1f} s; {_in_sync_again(city)}"


def _in_sync_again(city: City) -> str:
    assert city.kafka
    began = time.monotonic()
    city.kafka.wait_brokers(len(city.kafka.brokers), 120)
    city.kafka.wait_in_sync()
    return f"all copies in sync {time.monotonic() - began:.1f} s later"


def outage(seconds: float) -> Strike:
    """The broker is killed and stays away for long; tells how long its return and the spool's draining took."""

    def strike(city: City, chance: random.Random) -> str:
        assert city.kafka
        (node,) = city.kafka.nodes
        node.kill9()
        time.sleep(seconds)
        kept, began = city.spooled(), time.monotonic()
        node.start()
        city.kafka.wait_brokers(1, 90)
        back = time.monotonic()
        wait_until(lambda: city.spooled() == 0, "an empty spool", 600)
        drained = f"the spool was empty {time.monotonic() - back:.1f} s after the broker was back"
        return f"kill -9 broker for {seconds:.0f} s; {kept:,.0f} records in the spool; {drained} ({back - began:.1f} s)"

    return strike


def database_killed(city: City, chance: random.Random) -> str:
    """SIGKILL to PostgreSQL and all its backends."""
    assert city.postgres
    city.postgres.kill9()
    time.sleep(chance.uniform(0, 3))
    city.postgres.start()
    return "kill -9 PostgreSQL"


def database_paused(city: City, chance: random.Random) -> str:
    assert city.postgres
    seconds = chance.uniform(1, 8)
    city.postgres.pause()
    time.sleep(seconds)
    city.postgres.resume()
    return f"SIGSTOP PostgreSQL {seconds:.1f} s"


def backend_killed(city: City, chance: random.Random) -> str:
    """The session of the loader is ended in the middle of what it does."""
    with _admin(city) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        )
    return "pg_terminate_backend"


def table_locked(city: City, chance: random.Random) -> str:
    """Somebody else locks a table of the warehouse."""
    seconds = chance.uniform(1, 6)
    with _admin(city) as admin, admin.transaction():
        admin.execute("lock table current in access exclusive mode")
        time.sleep(seconds)
    return f"LOCK TABLE {seconds:.1f} s"


def read_only(city: City, chance: random.Random) -> str:
    """The database takes no writes for a while, as after a failover to a replica."""
    with _admin(city) as admin:
        admin.execute("alter system set default_transaction_read_only = on")
        admin.execute("select pg_reload_conf()")
        time.sleep(chance.uniform(2, 5))
        admin.execute("set transaction_read_only = off")
        admin.execute("set default_transaction_read_only = off")
        admin.execute("alter system reset default_transaction_read_only")
        admin.execute("select pg_reload_conf()")
    return "database read-only"


def _admin(city: City) -> psycopg.Connection[tuple[object, ...]]:
    assert city.postgres
    return psycopg.connect(city.postgres.url, autocommit=True)


Hop = Callable[[City], FaultProxy | None]


def weather(name: str, hop: Hop, least: float, most: float, **what: object) -> Strike:
    """Bad weather on a hop, for so many seconds."""

    def strike(city: City, chance: random.Random) -> str:
        seconds = chance.uniform(least, most)
        proxy = hop(city)
        assert proxy
        proxy.turn(**what)
        time.sleep(seconds)
        proxy.heal()
        return f"{name} {seconds:.1f} s"

    return strike


def reset(name: str, hop: Hop) -> Strike:
    """Every connection of a hop is reset, three times over."""

    def strike(city: City, chance: random.Random) -> str:
        proxy = hop(city)
        assert proxy
        for _ in range(3):
            proxy.reset()
            time.sleep(chance.uniform(0.1, 1))
        return name

    return strike


def mapping_broken(city: City, chance: random.Random) -> str:
    """A file of the mappings is written wrong, half, and empty, and comes back as it was."""
    path = city.mappings / "standard/segments/PID.Patient.yaml"
    right = path.read_bytes()
    for wrong in (right[: len(right) // 2] + b"\n  x: [", b"", right.replace(b"PID-5", b"PID-555", 1)):
        path.write_bytes(wrong)
        time.sleep(chance.uniform(1, 2.5))
    path.write_bytes(right)
    return "mapping broken"


def _link(city: City) -> FaultProxy | None:
    return city.link


def _broker(city: City) -> FaultProxy | None:
    return city.way_to_broker


def _database(city: City) -> FaultProxy | None:
    return city.way_to_database


def whole(city: City, chance: random.Random) -> str:
    """An engine whose listener ran alone starts with all its roles."""
    time.sleep(2)
    city.engine.stop(60)
    city.engine.options = ()
    city.engine.start(seconds=90)
    return "engine started whole"


EMBEDDED: dict[str, Strike] = {
    **{f"kill {role}": kill(role) for role in ("listen", "transform", "load")},
    "kill listen+transform": kill("listen", "transform"),
    "kill transform+load": kill("transform", "load"),
    **{f"pause {role}": pause(role) for role in ("listen", "transform", "load")},
    "power cut": power_cut,
    "restart": restart,
    "mapping broken": mapping_broken,
    "link reset": reset("link reset", _link),
    "answers lost": weather("answers lost", _link, 0.5, 2, down_lost=True),
    "answers held": weather("answers held", _link, 1, 5, down_held=True),
    "messages held": weather("messages held", _link, 1, 5, up_held=True),
    "messages in pieces": weather("messages in pieces", _link, 2, 4, slices=7),
    "link slow": weather("link slow", _link, 2, 5, latency=0.3),
    "link refused": weather("link refused", _link, 1, 4, refuses=True),
}
"""What can be struck at where neither broker nor database is a process of its own."""

KAFKA: dict[str, Strike] = {
    **EMBEDDED,
    "kill broker": broker_killed,
    "pause broker": broker_paused,
    "broker reset": reset("broker's connections reset", _broker),
    "broker cut off": weather("broker cut off", _broker, 2, 20, up_held=True, down_held=True),
    "broker mute": weather("broker's answers held", _broker, 1, 4, down_held=True),
    "broker narrow": weather("broker 10 KB/s", _broker, 3, 8, bandwidth=10_000.0),
    "broker slow": weather("broker slow", _broker, 2, 6, latency=0.2),
    "kill database": database_killed,
    "pause database": database_paused,
    "backend ended": backend_killed,
    "table locked": table_locked,
    "read-only": read_only,
    "database reset": reset("database's connections reset", _database),
    "database cut off": weather("database cut off", _database, 2, 12, up_held=True, down_held=True),
    "database slow": weather("database slow", _database, 2, 5, latency=0.05),
}

CLUSTER: dict[str, Strike] = {
    "kill one broker": one_broker_killed,
    "one broker apart": one_broker_apart,
}
"""What can be struck at of three brokers, beside what `EMBEDDED` has."""

NAMED: dict[str, Strike] = {
    **KAFKA,
    **CLUSTER,
    "outage": outage(600),
    "whole": whole,
    "broker away": weather("broker away", _broker, 25, 30, up_held=True, down_held=True),
}
"""Every strike by its name."""
