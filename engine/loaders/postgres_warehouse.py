"""The warehouse in PostgreSQL, which many processes may read, and load into one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.types.string import TextLoader

from engine.bus.record import Partition
from engine.loaders import contents
from engine.loaders.migrations import LEDGER, NEWEST, due
from engine.loaders.postgres_months import Months
from engine.loaders.postgres_statements import running
from engine.loaders.postgres_tables import PostgresTransaction
from engine.loaders.tables import OFFSETS, Row, Table
from engine.loaders.warehouse import QUERY_ROWS, QUERY_SECONDS, Answer, Entry, QueryRefused, Refused, Unavailable

ENGINE = "postgres"

_ONE_WRITER = "select pg_advisory_xact_lock(hashtext('engine.loader'), hashtext(current_schema()))"
_WRITING = "set lock_timeout = '10s'; set statement_timeout = '60s'; set idle_in_transaction_session_timeout = '60s'"
_REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded, UnicodeError, OverflowError)
_PASSING = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
_FETCHED = 10_000

Connection = psycopg.Connection[Row]


class PostgresWarehouse:
    """PostgreSQL as a Warehouse; connects when needed, and again after the connection was lost."""

    engine = ENGINE

    def __init__(self, url: str) -> None:
        self._url = make_conninfo(url, connect_timeout=5, keepalives_idle=10, keepalives_interval=5, keepalives_count=3)
        self._writer: Connection | None = None
        self._months: frozenset[str] = frozenset()

    def migrate(self) -> None:
        with _translated(), self._writing() as connection:
            connection.execute("set local statement_timeout = 0")
            connection.execute(LEDGER.encode())
            (done,) = connection.execute(NEWEST.encode()).fetchall()[0]
            for migration in due(ENGINE, done):
                connection.execute(migration.sql.encode())
                connection.execute("insert into migrations values (%s, %s)", [migration.number, migration.name])

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        known, self._months = self._months, frozenset()
        with _translated(), self._writing() as connection, running() as statements:
            months = Months(connection, known)
            yield PostgresTransaction(connection, months, statements)
        self._months = months.known

    def query(self, sql: str, limit: int = QUERY_ROWS, seconds: float = QUERY_SECONDS) -> Answer:
        try:
            with closing(self._connect()) as connection:
                connection.read_only = True
                return _answer(connection, sql, limit, seconds)
        except psycopg.errors.QueryCanceled:
            raise QueryRefused(f"the query was stopped ({seconds:g} s) - ask for less") from None
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.InternalError, psycopg.NotSupportedError) as error:
            raise QueryRefused(_told(error)) from None

    def counts(self) -> Mapping[str, int]:
        return dict(self._rows(contents.count_sql(self._kept_up())))

    def digest(self) -> Mapping[str, str]:
        tables = (*contents.DIGESTED, *self._kept_up())
        with _translated(), closing(self._connect()) as connection:
            connection.read_only, connection.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
            return {one.name: contents.digest(one, _cursor(connection, contents.content_sql(one))) for one in tables}

    def offsets(self) -> Mapping[Partition, int]:
        rows = self._rows(contents.content_sql(OFFSETS))
        return {Partition(topic, part): offset for topic, part, offset in rows}

    def ledger(self, since_us: int = 0) -> Iterator[Entry]:
        return map(contents.read_entry, self._rows(contents.ledger_sql(since_us)))

    def close(self) -> None:
        if self._writer:
            self._writer.close()
            self._writer = None

    def _kept_up(self) -> list[Table]:
        """The tables of views that hold what is current."""
        return contents.read_tables(self._rows(contents.VIEWS_SQL))

    def _rows(self, sql: str) -> Iterator[Row]:
        """What the query finds now, however late it is read."""
        with _translated():
            connection = self._connect()
            connection.read_only = True
            cursor = _cursor(connection, sql)
        return _fetched(connection, cursor)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that holds the one writer's lock; a connection that failed is not used again."""
        if self._writer is None:
            self._writer = self._connect()
            self._writer.execute(_WRITING)
            self._writer.commit()
        try:
            with self._writer.transaction():
                self._writer.execute(_ONE_WRITER)
                yield self._writer
        except _PASSING:
            self.close()
            raise

    def _connect(self) -> Connection:
        connection: Connection = psycopg.connect(self._url)
        for kind in ("json", "jsonb"):
            connection.adapters.register_loader(kind, TextLoader)
        return connection


def _cursor(connection: Connection, sql: str) -> psycopg.ServerCursor[Row]:
    cursor = connection.cursor(f"rows_{len(sql)}_{hash(sql) & 0xFFFFFFFF}")
    cursor.itersize = _FETCHED
    return cursor.execute(sql.encode())


def _fetched(connection: Connection, cursor: psycopg.ServerCursor[Row]) -> Iterator[Row]:
    with _translated(), closing(connection):
        yield from cursor


def _answer(connection: Connection, sql: str, limit: int, seconds: float) -> Answer:
    """Run the one statement of `sql`: a cursor takes only such as read, a prepared statement only one."""
    connection.execute("select set_config('statement_timeout', %s, true)", [str(int(seconds * 1000))])
    connection.execute(b"declare answer no scroll cursor for " + sql.encode(), prepare=True)
    found = connection.execute(b"fetch forward %d from answer" % (limit + 1))
    rows = found.fetchall()
    return Answer(tuple(column.name for column in found.description or ()), rows[:limit], len(rows) > limit)


def _told(error: psycopg.Error) -> str:
    """What may be said of an error: its text, unless that may hold a value of the data."""
    if isinstance(error, psycopg.ProgrammingError) and error.diag.message_primary:
        return f"{error.diag.message_primary} - a query is one statement that begins with SELECT or WITH"
    return f"the query failed ({type(error).__name__})"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.CheckViolation:
        raise Unavailable("history has no partition for a month that had one - it is made again") from None
    except _REFUSED as error:
        raise Refused(f"PostgreSQL does not take a value ({_code(error)})") from None
    except _PASSING as error:
        raise Unavailable(f"PostgreSQL cannot be reached or cannot write now ({_code(error)})") from None


def _code(error: Exception) -> str:
    return getattr(error, "sqlstate", None) or type(error).__name__
