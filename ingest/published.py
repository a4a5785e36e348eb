"""A copy to read from: notebooks and reports wait for no writer, and no writer waits for them.

DuckDB lets nobody read while somebody writes. So what was judged is copied, table by table, into a file of its own
that appears under its name only when it is whole: `data/published/<name>.duckdb`. It holds no text, no author and no
address of a post: a deletion need not reach it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb

from ingest.database import connect, migrate
from ingest.errors import DatabaseBusy, DatabaseError
from ingest.unfinished import unfinished

PATIENCE = timedelta(minutes=2)
"""How long to wait for a process that writes, before the copy is left for the next run."""

STAYS_BEHIND = ("rejects", "deletions", "cached_answers", "alerts", "migrations")
"""Tables that are empty in the copy: what nobody asks about outside, and what could name somebody."""

POSTS_WITHOUT = "* REPLACE (NULL AS text, NULL AS author_key, NULL AS url)"

_UNFINISHED = ".publishing-"


def published_path(database: Path) -> Path:
    """Name the copy that belongs to a database."""
    return database.parent / "published" / database.name


def publish(database: Path, patience: timedelta = PATIENCE) -> bool:
    """Copy the database for readers, in place of the copy before; False where nothing has changed since.

    The copy bears the database's own time of change: by that it is known to be current. A run that is killed leaves
    the copy before as it was. Raises DatabaseBusy where a writer holds on, DatabaseError where it cannot be written.
    """
    target = published_path(database)
    if _bears(target, database):
        return False
    try:
        target.parent.mkdir(exist_ok=True)
        with unfinished(target.parent, _UNFINISHED) as folder:
            copy = folder / database.name
            with connect(database, read_only=True, patience=patience) as connection:
                changed = database.stat().st_mtime_ns  # nobody writes while we read
                _copy(connection, copy)
            copy.chmod(0o444)
            os.utime(copy, ns=(changed, changed))
            copy.replace(target)
    except OSError as error:
        raise DatabaseError(
            f"no copy for readers could be written to {target} ({error.strerror or error}); the database is unharmed"
        ) from error
    return True


@contextmanager
def connect_to_read(database: Path, patience: timedelta = timedelta()) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database to read; where somebody writes to it for longer than `patience`, the copy published last."""
    with ExitStack() as held:
        try:
            connection = held.enter_context(connect(database, read_only=True, patience=patience))
        except DatabaseBusy:
            copy = published_path(database)
            if not copy.exists():
                raise
            connection = held.enter_context(connect(copy, read_only=True))
        yield connection


def _bears(copy: Path, database: Path) -> bool:
    return copy.exists() and database.exists() and copy.stat().st_mtime_ns == database.stat().st_mtime_ns


def _copy(connection: duckdb.DuckDBPyConnection, copy: Path) -> None:
    """Make the rooms' tables in a new file and fill them, so that comments, views and keys come along."""
    [(live,)] = connection.execute("SELECT current_database()").fetchall()
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [live]).fetchall()
    rooms = connection.execute("SELECT DISTINCT room FROM migrations ORDER BY room = 'ingest' DESC, room").fetchall()
    escaped = str(copy).replace("'", "''")
    connection.execute(f"ATTACH '{escaped}' AS published (READ_WRITE)")
    connection.execute("USE published")
    for (room,) in rooms:
        migrate(connection, room)
    for (table,) in tables:
        if table not in STAYS_BEHIND:
            columns = POSTS_WITHOUT if table == "posts" else "*"
            connection.execute(
                f'INSERT INTO published."{table}" BY NAME SELECT {columns} FROM "{live}"."{table}"'  # noqa: S608  (our own tables)
            )
    connection.execute(f'USE "{live}"')
    connection.execute("DETACH published")
