"""The ledger: what was asked, what was truly covered, what it cost, and what earlier pulls left for the next.

It replaces cursors: a run asks for the gaps. Callers hold the connection, and the transaction where they write.
"""

from datetime import UTC, datetime
from typing import Any

import duckdb

from ingest.coverage import union
from ingest.records import Pull, Window
from ingest.sources import CachedAnswer, Memory


def exists(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether this database has a ledger yet: one that nothing was ever saved to has none."""
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'pulls'").fetchone()
    return found is not None


def next_pull_id(connection: duckdb.DuckDBPyConnection) -> int:
    """Draw the number of the next ledger row."""
    return int(scalar(connection.execute("SELECT nextval('pull_ids')")))


def save_pull(connection: duckdb.DuckDBPyConnection, pull: Pull, pull_id: int, *, new: int, rejected: int) -> None:
    """Write one row of the ledger, inside the caller's transaction."""
    asked, covered = pull.asked, pull.covered
    connection.execute(
        "INSERT INTO pulls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            pull_id, pull.source, pull.platform, pull.target, pull.service,
            asked and asked.start, asked and asked.end, covered and covered.start, covered and covered.end,
            pull.fetched, new, rejected, pull.requests, pull.cost_usd, pull.error, pull.started_at, pull.ended_at,
            pull.brings,
        ],
    )  # fmt: skip


def load_covered(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> list[Window]:
    """Load what one source truly covered of one target, joined and sorted."""
    rows = connection.execute(
        "SELECT covered_start, covered_end FROM pulls WHERE source = ? AND target = ? AND covered_start < covered_end",
        [source, target],
    ).fetchall()
    return union(Window(start, end) for start, end in rows)


def last_asked(connection: duckdb.DuckDBPyConnection, source: str) -> datetime | None:
    """Say when a source was last asked; None where it never was."""
    at = scalar(connection.execute("SELECT max(started_at) FROM pulls WHERE source = ?", [source]))
    return at and at.astimezone(UTC)  # type: ignore[no-any-return]


def load_memory(connection: duckdb.DuckDBPyConnection, source: str, now: datetime) -> Memory:
    """Load what a source may go by: the last full answers, and what it has cost in this UTC day and month."""
    answers = connection.execute("SELECT url, etag, body FROM cached_answers").fetchall()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = connection.execute(
        "SELECT coalesce(sum(cost_usd) FILTER (WHERE started_at >= $today), 0), coalesce(sum(cost_usd), 0) "
        "FROM pulls WHERE source = $source AND started_at >= $month",
        {"source": source, "today": today, "month": today.replace(day=1)},
    ).fetchall()[0]
    return Memory({url: CachedAnswer(url, etag, body) for url, etag, body in answers}, *spent)


def save_answers(connection: duckdb.DuckDBPyConnection, answers: tuple[CachedAnswer, ...]) -> None:
    """Remember the last full answer of each address: no fact, it only spares the far end a full answer."""
    for answer in answers:
        connection.execute(
            "INSERT OR REPLACE INTO cached_answers VALUES (?, ?, ?)", [answer.url, answer.etag, answer.body]
        )


def scalar(result: duckdb.DuckDBPyConnection) -> Any:
    """Take the one value of an answer that has one row."""
    row = result.fetchone()
    assert row is not None  # noqa: S101  (an aggregate, a sequence and an INSERT always answer one row)
    return row[0]
