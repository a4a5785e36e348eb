"""Deletions honoured: a post that is gone loses its text and its author key, and keeps its place in what was judged.

Order does not matter: a deletion that comes before its post is kept for some days and applied when the post comes.
Callers hold the connection and the transaction.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from ingest.records import Deletion, Edit, Window

KEPT = timedelta(days=3)
"""How long a deletion waits for its post: twice the 36 hours that a replay of Jetstream reaches back."""

_UTC = pa.timestamp("us", tz="UTC")
_DELETIONS = pa.schema(
    [
        ("platform", pa.string()), ("post_key", pa.int64()), ("author_key", pa.int64()), ("deleted_at", _UTC),
        ("seen_at", _UTC), ("pull_id", pa.int64()),
    ]
)  # fmt: skip
_DROP = "UPDATE posts SET text = NULL, author_key = NULL, url = NULL WHERE text IS NOT NULL AND "
_POSTS_GONE = "post_key IN (SELECT post_key FROM deletions WHERE post_key IS NOT NULL)"
_AUTHORS_GONE = (
    "EXISTS (FROM deletions AS d WHERE d.author_key = posts.author_key AND d.platform = posts.platform "
    "AND coalesce(posts.received_at, posts.claimed_at) <= d.deleted_at)"
)


def apply_deletions(
    connection: duckdb.DuckDBPyConnection, deletions: Sequence[Deletion], pull_id: int, now: datetime
) -> None:
    """Keep the deletions, and drop text and author key of the posts they mean: known ones, and those just saved."""
    if deletions:
        columns = [
            [deletion.platform for deletion in deletions],
            [deletion.key for deletion in deletions],
            [deletion.author_key for deletion in deletions],
            [deletion.deleted_at for deletion in deletions],
            [deletion.seen_at for deletion in deletions],
            [pull_id] * len(deletions),
        ]
        gone = pa.table(  # noqa: F841  (DuckDB reads it by name)
            [pa.array(column, field.type) for column, field in zip(columns, _DELETIONS, strict=True)], schema=_DELETIONS
        )
        connection.execute("INSERT INTO deletions BY NAME SELECT * FROM gone").fetchall()
    connection.execute("DELETE FROM deletions WHERE seen_at < ?", [now - KEPT])
    # Without a new deletion only the posts of this pull can be meant.
    only = "" if deletions else f" AND pull_id = {int(pull_id)}"
    for gone_too in (_POSTS_GONE, _AUTHORS_GONE):
        connection.execute(_DROP + gone_too + only)


def save_edits(connection: duckdb.DuckDBPyConnection, edits: Sequence[Edit]) -> None:
    """Replace the text of posts that were edited; one that is gone stays gone."""
    for edit in edits:
        connection.execute("UPDATE posts SET text = ? WHERE post_key = ? AND text IS NOT NULL", [edit.text, edit.key])


def forget_older_than(connection: duckdb.DuckDBPyConnection, cutoff: datetime) -> int:
    """Drop text and author key of every post that came to us before `cutoff`. Returns of how many."""
    older = _DROP + "pull_id IN (SELECT pull_id FROM pulls WHERE ended_at < ?)"  # noqa: S608  (two constants)
    return _count(connection.execute(older, [cutoff]))


def forget_post(connection: duckdb.DuckDBPyConnection, post_key: int) -> int:
    """Drop text and author key of one post. Returns 1, or 0 where there is none to drop."""
    return _count(connection.execute(_DROP + "post_key = ?", [post_key]))


def forget_author(connection: duckdb.DuckDBPyConnection, platform: str, author_key: int) -> int:
    """Drop text and author key of all posts of one person. Returns of how many."""
    return _count(connection.execute(_DROP + "platform = ? AND author_key = ?", [platform, author_key]))


def load_standing(connection: duckdb.DuckDBPyConnection, platform: str, written: Window) -> list[str]:
    """Load the native ids of posts written in a window that still have their text: those to ask about."""
    rows = connection.execute(
        "SELECT post_id FROM posts WHERE platform = ? AND claimed_at >= ? AND claimed_at < ? AND text IS NOT NULL "
        "ORDER BY claimed_at, post_id",
        [platform, written.start.astimezone(UTC), written.end.astimezone(UTC)],
    ).fetchall()
    return [post_id for (post_id,) in rows]


def _count(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0
