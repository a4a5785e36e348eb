"""Marks: what a person said of a service over a span of time. Callers hold the connection, and the transaction.

A mark is a fact about the world, not about a judgement: it is kept by service and span, and so it survives a rebuild
that finds other episodes. Which of them it speaks of, `detect.marks` says.
"""

from datetime import datetime
from typing import Literal

import duckdb
import msgspec

from ingest.hostile import one_line
from ingest.times import in_utc
from ingest.windows import Window, require_utc

Says = Literal["right", "wrong"]

LONGEST = 500
"""Characters of a reason that are kept."""


class Mark(msgspec.Struct, frozen=True):
    """What a person said: that there was an outage of `service` in `span` ("right"), or that there was none ("wrong").

    `episode_id` is how the episode was called when it was marked, `mark_id` the database's number, None of a new one.
    """

    service: str
    span: Window
    says: Says
    why: str
    episode_id: str
    marked_at: datetime
    mark_id: int | None = None

    def __post_init__(self) -> None:
        require_utc(self, "marked_at")
        if not self.why.strip():
            raise ValueError("a mark says why")


def save(connection: duckdb.DuckDBPyConnection, mark: Mark) -> None:
    """Keep a mark beside those there are."""
    connection.execute(
        "INSERT INTO marks VALUES (nextval('mark_ids'), ?, ?, ?, ?, ?, ?, ?, NULL)",
        [mark.service, mark.span.start, mark.span.end, mark.says, mark.why, mark.episode_id, mark.marked_at],
    )


def load(connection: duckdb.DuckDBPyConnection) -> tuple[Mark, ...]:
    """Load the marks in force, the oldest first; none of a database that an older version filled."""
    if not connection.execute("FROM duckdb_tables() WHERE table_name = 'marks'").fetchone():
        return ()
    rows = connection.execute(
        'SELECT service, "start", "end", says, why, episode_id, marked_at, mark_id FROM marks '
        "WHERE withdrawn_at IS NULL ORDER BY marked_at, mark_id"
    ).fetchall()
    return tuple(
        Mark(service, Window(in_utc(start), in_utc(end)), says, one_line(why, LONGEST), called, in_utc(at), number)
        for service, start, end, says, why, called, at, number in rows
    )


def withdraw(connection: duckdb.DuckDBPyConnection, mark: Mark, at: datetime) -> None:
    """Let a mark be in force no more; that it was made, and why, stays."""
    connection.execute("UPDATE marks SET withdrawn_at = ? WHERE mark_id = ?", [at, mark.mark_id])
