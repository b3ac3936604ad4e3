"""What every test may ask for: real Kafka and real PostgreSQL, started once and only when a test names them."""

from __future__ import annotations

import io
import logging
import os
import uuid
from collections.abc import Generator, Iterator

import pytest
import structlog
from hypothesis import settings

from engine.language.garbage import look_seldom, uncollected
from engine.observe.logs import configure_logs
from tests.rig.kafka import Kafka
from tests.rig.postgres import Postgres, fresh_database
from tests.rig.proof import count, ledger, proving

pytest.register_assert_rewrite("tests.contract")  # its asserts explain themselves, as those of test files do
settings.register_profile("engine", deadline=None, max_examples=count(50, 2000))
settings.load_profile("engine")

_SERVERS = {"kafka_bootstrap", "kafka_single", "kafka_cluster", "postgres_url", "postgres_database"}


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of the run's one Kafka: $KAFKA_BOOTSTRAP if set, else a broker of our own."""
    given = os.environ.get("KAFKA_BOOTSTRAP")
    if given:
        yield given
        return
    with Kafka.single(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka.bootstrap


@pytest.fixture
def topic_prefix() -> str:
    """Begins the names of a test's topics and groups, so that tests share a broker but no topic."""
    return f"t{uuid.uuid4().hex[:10]}."


@pytest.fixture
def kafka_single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker for one test alone, which may kill it."""
    with Kafka.single(tmp_path_factory.mktemp("kafka-single")) as kafka:
        yield kafka


@pytest.fixture
def kafka_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A controller and three brokers for one test alone, which may kill them."""
    with Kafka.cluster(tmp_path_factory.mktemp("kafka-cluster")) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the run's one PostgreSQL: $POSTGRES_URL if set (it must let us create databases), else our own."""
    given = os.environ.get("POSTGRES_URL")
    if given:
        yield given
        return
    with Postgres(tmp_path_factory.mktemp("postgres") / "postgres.log") as postgres:
        yield postgres.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """URL of a new, empty database for one test."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL for one test alone, which may kill it."""
    with Postgres(tmp_path_factory.mktemp("postgres-server") / "postgres.log") as postgres:
        yield postgres


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What is logged, down to debug."""
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    written = io.StringIO()
    configure_logs("debug", written)
    yield written
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that share a server on one worker, if the run is split (`-n N --dist loadgroup`).

    In `make prove`, leave out what has passed already for these files.
    """
    if proving():
        done = [item for item in items if item.nodeid in ledger().passed()]
        items[:] = [item for item in items if item not in done]
        config.hook.pytest_deselected(items=done)
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("servers"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, less often afterwards, and leave alone what they are made of."""
    with uncollected():
        collected = yield
    look_seldom()
    return collected


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each proof that passed, so that `make prove` can go on after it was broken off."""
    if proving() and report.when == "call" and report.passed:
        ledger().note(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a test was skipped: a green run has run everything."""
    if proving() and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and ledger().passed():
        session.exitstatus = pytest.ExitCode.OK
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("a test was skipped - give it what it needs, or delete it", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
