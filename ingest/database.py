"""Open the one database: late, for as short as can be, by one process at a time.

DuckDB takes one writer and, while it writes, no reader (libraries: processes and threads); so a second process
gets `DatabaseBusy`, one line that says what to close. Both rooms migrate their own tables through `migrate`.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb

from ingest.errors import DatabaseBusy, DatabaseError, DatabaseTooNew

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@contextmanager
def connect(
    path: Path, *, read_only: bool = False, patience: timedelta = timedelta()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database for the length of a `with` block, in UTC, reaching for nothing outside the file.

    Where another process holds it, waits for it up to `patience`. Raises DatabaseBusy after that, DatabaseError where
    it is missing (read-only), no database, damaged, or the disk is full.
    """
    if read_only and not path.exists():
        raise DatabaseError(f"{path} does not exist; fill it first: make ingest, or python -m ingest load FILE")
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
    try:
        with _opened(path, read_only, patience) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except duckdb.Error as error:
        raise _translated(error, path) from error


def _opened(path: Path, read_only: bool, patience: timedelta) -> duckdb.DuckDBPyConnection:
    """Open the file, asking again while another process holds it."""
    waits_until = time.monotonic() + patience.total_seconds()
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=_SETTINGS)
        except duckdb.IOException as error:
            if not isinstance(_translated(error, path), DatabaseBusy) or time.monotonic() >= waits_until:
                raise
        time.sleep(0.1)


def _translated(error: duckdb.Error, path: Path) -> DatabaseError | duckdb.Error:
    """Say in one line what a DuckDB error means for the user; an error of our own SQL stays what it is."""
    said = str(error)
    first_line = said.splitlines()[0] if said else type(error).__name__
    if "Could not set lock" in said or "being used by another process" in said:
        holder = re.search(r"PID (\d+)", said)
        who = f"process {holder[1]}" if holder else "another process"
        return DatabaseBusy(f"{path} is in use by {who}; let it finish, or close the notebook that holds it")
    if any(full in said for full in ("No space left", "File too large", "Disk quota exceeded")):
        return DatabaseError(f"{path}: the disk is full; nothing of this step was saved. Make room and run it again")
    if any(denied in said for denied in ("Permission denied", "Read-only file system")):
        return DatabaseError(
            f"{path}: permission denied; make it and its folder readable and writable, or give another with --db FILE"
        )
    if isinstance(
        error,
        duckdb.ConstraintException | duckdb.CatalogException | duckdb.ParserException | duckdb.BinderException,
    ):
        return error
    if isinstance(
        error,
        duckdb.IOException | duckdb.SerializationException | duckdb.InternalException | duckdb.FatalException,
    ):
        return DatabaseError(
            f"{path} cannot be read as a database ({first_line[:160]}); "
            "restore it from a backup, or move it away and ingest again"
        )
    return error


def migrate(connection: duckdb.DuckDBPyConnection, room: str) -> None:
    """Bring one room's tables to the newest version: its numbered SQL files in order, each in a transaction.

    A step that fails changes nothing and stays pending. Raises DatabaseTooNew where the database knows a step
    that this program does not.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations ("
        "room VARCHAR, number INTEGER, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL, "
        "PRIMARY KEY (room, number))"
    )
    steps = {
        int(file.name[:3]): file for file in files(room).joinpath("schema").iterdir() if file.name.endswith(".sql")
    }
    applied = applied_steps(connection, room)
    if applied and max(applied) > max(steps):
        raise DatabaseTooNew(
            f"the database was written by a newer version ({room} schema {max(applied)}, this one knows "
            f"{max(steps)}); upgrade this program: git pull, then run it again"
        )
    for number in sorted(set(steps) - applied):
        connection.begin()
        try:
            connection.execute(steps[number].read_text("utf-8"))
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?, now())", [room, number, steps[number].name])
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def refuse_newer(connection: duckdb.DuckDBPyConnection, room: str) -> None:
    """Raise DatabaseTooNew where the database has been through a step that this program does not know."""
    applied, known = max(applied_steps(connection, room), default=0), max(_known_steps(room))
    if applied > known:
        raise DatabaseTooNew(
            f"the database was written by a newer version ({room} schema {applied}, this one knows {known}); "
            "upgrade this program: git pull, then run it again"
        )


def _known_steps(room: str) -> dict[int, Traversable]:
    found = files(room).joinpath("schema").iterdir()
    return {int(file.name[:3]): file for file in found if file.name.endswith(".sql")}


def applied_steps(connection: duckdb.DuckDBPyConnection, room: str) -> set[int]:
    """Which numbered steps of a room's schema the database has been through."""
    rows = connection.execute("SELECT number FROM migrations WHERE room = ?", [room]).fetchall()
    return {number for (number,) in rows}
