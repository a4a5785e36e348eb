"""How this room reads the database: a judgement by this version or a sentence that says what to run, and clean text."""

from datetime import UTC, datetime
from typing import Any

import duckdb

from ingest.database import refuse_newer
from ingest.errors import DatabaseError
from ingest.hostile import one_line
from reports import queries


def require_judged(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Give the run in force: `as_of`, `ran_at`, `false_alarms_per_4_weeks`, `rule`.

    Raises DatabaseError, naming the next command, where nothing was ingested, or nothing judged by this version.
    """
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "incident_revisions" not in tables:
        raise DatabaseError(
            "there are no facts in this database yet; run: make ingest detect, or python -m ingest --db FILE"
        )
    runs = records(connection, queries.RUN, {}) if "runs" in tables else []
    if not runs:
        raise DatabaseError("nothing in this database is judged yet; run: make detect, or python -m detect --db FILE")
    for room in ("ingest", "detect"):
        refuse_newer(connection, room)
    if not connection.execute(queries.CURRENT).fetchone():
        raise DatabaseError(
            "this database was judged by an older version; run: make detect, or python -m detect --db FILE"
        )
    return runs[0]


def require_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise DatabaseError, naming the next command, where the database has no views for analysts yet."""
    if not connection.execute("FROM duckdb_views() WHERE view_name = 'outages'").fetchone():
        raise DatabaseError(
            "this database was judged by an older version, without the views; run: make detect, or python -m detect "
            "--db FILE"
        )


def label(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Say what is synthetic; None on live facts."""
    kind = connection.execute("SELECT value FROM about WHERE name = 'kind'").fetchone()
    if kind != ("sample",):
        return None
    from ingest.sources.sample import LABEL

    return LABEL


def records(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a query that reads; each row by its columns' names, cleaned of whatever a terminal would obey."""
    answer = connection.execute(query, values)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, map(_clean, row), strict=True)) for row in answer.fetchall()]


def _clean(value: object) -> object:
    match value:
        case str():
            return one_line(value, 2000)
        case list():
            return tuple(_clean(part) for part in value)
        case dict():
            return {name: _clean(part) for name, part in value.items()}
        case datetime():
            return value.astimezone(UTC)
        case _:
            return value
