"""The warehouse in one DuckDB file, which one process has open at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from engine.bus.record import Partition
from engine.loaders import contents
from engine.loaders.duckdb_tables import DuckdbTransaction
from engine.loaders.migrations import LEDGER, NEWEST, due
from engine.loaders.tables import OFFSETS, Row, Table
from engine.loaders.warehouse import QUERY_ROWS, QUERY_SECONDS, Answer, Entry, QueryRefused, Refused, Unavailable

ENGINE = "duckdb"

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
    "checkpoint_threshold": "256MB",
}
"""No query reads files, loads code or looks into Python, and none changes this."""

_REFUSED = (duckdb.DataError, duckdb.IntegrityError, pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError)
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_ECHOES_SQL_ONLY = (duckdb.ProgrammingError, duckdb.PermissionException, duckdb.TransactionException)
_FETCHED = 10_000
INTERRUPTS = 0.1
"""Seconds between two interrupts of a query whose time is over."""


class DuckdbWarehouse:
    """DuckDB as a Warehouse: one thread writes, any thread reads, each read over a connection of its own."""

    engine = ENGINE

    def __init__(self, path: Path, read_only: bool = False, memory: str = "2GB") -> None:
        """Open or create the file; raises Unavailable when that cannot be, as when another process has it open."""
        try:
            self._connection = duckdb.connect(path, read_only=read_only, config={**CONFIG, "memory_limit": memory})
        except duckdb.Error as error:
            problem = f"the warehouse cannot be opened ({path}): {type(error).__name__}"
            raise Unavailable(f"{problem} - is another process using it?") from None
        self._opening = threading.Lock()
        self._writer = self._cursor()

    def migrate(self) -> None:
        with self._writing() as connection:
            connection.execute(LEDGER)
            for migration in due(ENGINE, connection.execute(NEWEST).fetchall()[0][0]):
                connection.execute(migration.sql)
                connection.execute("insert into migrations values (?, ?)", [migration.number, migration.name])

    @contextmanager
    def transaction(self) -> Iterator[DuckdbTransaction]:
        with self._writing() as connection:
            yield DuckdbTransaction(connection)

    def query(self, sql: str, limit: int = QUERY_ROWS, seconds: float = QUERY_SECONDS) -> Answer:
        cursor = self._cursor()
        try:
            with _stopped_after(cursor, seconds):
                return _answer(cursor, sql, limit)
        except duckdb.InterruptException:
            raise QueryRefused(f"the query was stopped ({seconds:g} s) - ask for less") from None
        except duckdb.Error as error:
            raise QueryRefused(_told(error)) from None
        finally:
            cursor.close()

    def counts(self) -> Mapping[str, int]:
        return dict(self._rows(contents.count_sql(self._kept_up())))

    def digest(self) -> Mapping[str, str]:
        tables = (*contents.DIGESTED, *self._kept_up())
        return {table.name: contents.digest(table, self._rows(contents.content_sql(table))) for table in tables}

    def offsets(self) -> Mapping[Partition, int]:
        rows = self._rows(contents.content_sql(OFFSETS))
        return {Partition(topic, part): offset for topic, part, offset in rows}

    def ledger(self, since_us: int = 0) -> Iterator[Entry]:
        return map(contents.read_entry, self._rows(contents.ledger_sql(since_us)))

    def close(self) -> None:
        self._writer.close()
        self._connection.close()

    def _kept_up(self) -> list[Table]:
        """The tables of views that hold what is current."""
        return contents.read_tables(self._rows(contents.VIEWS_SQL))

    def _rows(self, sql: str) -> Iterator[Row]:
        """What the query finds now, however late it is read."""
        return _fetched(self._cursor().execute(sql))

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction of the one writer."""
        with _translated():
            self._writer.begin()
            try:
                yield self._writer
                self._writer.commit()
            except BaseException:
                with suppress(duckdb.Error):
                    self._writer.rollback()
                raise

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._opening:
            return self._connection.cursor()


@contextmanager
def _stopped_after(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what the cursor does after so many seconds, again and again: before a query runs, none is heard."""
    done = threading.Event()

    def watch() -> None:
        done.wait(seconds)
        while not done.is_set():
            cursor.interrupt()
            done.wait(INTERRUPTS)

    watching = threading.Thread(target=watch, name="query-clock", daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()


def _fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    with cursor:
        while rows := cursor.fetchmany(_FETCHED):
            yield from rows


def _answer(cursor: duckdb.DuckDBPyConnection, sql: str, limit: int) -> Answer:
    """Run the one statement of `sql` where nothing can be written."""
    kinds = [statement.type for statement in duckdb.extract_statements(sql)]
    if len(kinds) != 1 or kinds[0] not in _READING:
        raise QueryRefused("the query is not one statement that reads - begin it with SELECT, WITH or DESCRIBE")
    cursor.execute("begin transaction read only")
    found = cursor.sql(sql).limit(limit + 1).to_arrow_table()
    rows = list(zip(*(column.to_pylist() for column in found.columns), strict=True))
    return Answer(tuple(found.column_names), rows[:limit], len(rows) > limit)


def _told(error: duckdb.Error) -> str:
    """What may be said of an error: its text, unless that may hold a value of the data."""
    return str(error) if isinstance(error, _ECHOES_SQL_ONLY) else f"the query failed ({type(error).__name__})"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _REFUSED as error:
        raise Refused(f"DuckDB does not take a value ({type(error).__name__})") from None
    except duckdb.OperationalError as error:
        raise Unavailable(f"DuckDB cannot write now ({type(error).__name__})") from None
