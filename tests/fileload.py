"""Load a file into a database, and look at what is in it: for the tests of `load`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest import store, watchlist
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.files.load import Loaded, load_file

KEYS = AuthorKeys(b"k" * 32)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = datetime(2026, 4, 15, 12, tzinfo=UTC)

FACTS = ("posts", "volumes", "incident_revisions", "incident_updates")

VOLUMES = b"""\
platform,place,service,query,from,to,count
x,,claude,claude down,2026-04-15T12:00:00Z,2026-04-15T12:01:00Z,4
x,,claude,claude down,2026-04-15T12:01:00Z,2026-04-15T12:02:00Z,0
"""
"""Two synthetic counts of one query."""


def post_fields(number: int, **changes: Any) -> dict[str, Any]:
    """Make the fields of a post line: one a minute, each by an invented person of its own."""
    return {
        "platform": "reddit",
        "post_id": f"t3_{number}",
        "place": "r/ClaudeAI",
        "author": f"invented_{number}",
        "posted_at": (FIRST + timedelta(minutes=number)).isoformat(),
        "text": "is it down for anyone else?",
    } | changes


def incident_fields(incident_id: str = "invented1", **changes: Any) -> dict[str, Any]:
    """Make the fields of an incident line with two updates, half an hour apart."""
    updates = [
        {"status": status, "created_at": at, "display_at": at, "body": body, "components": []}
        for status, at, body in (
            ("investigating", "2026-04-15T12:00:00.000Z", "We are looking into it."),
            ("resolved", "2026-04-15T12:30:00.000Z", "It works again."),
        )
    ]
    return {
        "id": incident_id, "name": "Elevated errors", "impact": "minor", "status": "resolved",
        "started_at": "2026-04-15T12:00:00.000Z", "created_at": "2026-04-15T12:00:00.000Z",
        "resolved_at": "2026-04-15T12:30:00.000Z", "components": ["claude.ai"], "updates": updates,
    } | changes  # fmt: skip


def written(path: Path, *lines: dict[str, Any] | bytes) -> Path:
    """Write lines to a file: dictionaries as JSON, bytes as they are."""
    path.write_bytes(b"".join((json.dumps(x).encode() if isinstance(x, dict) else x) + b"\n" for x in lines))
    return path


def loaded(path: Path, database: Path = Path("test.duckdb"), covered: str | None = None, **options: Any) -> Loaded:
    """Load a file as the door does."""
    options = {"keys": KEYS, "watchlist": watchlist.load(), "now": NOW} | options
    with connect(database) as connection:
        store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
        return load_file(connection, path, covered=covered, **options)


def rows(sql: str, database: Path = Path("test.duckdb")) -> list[tuple[Any, ...]]:
    """Ask the database."""
    with connect(database, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def facts_in(database: Path = Path("test.duckdb")) -> dict[str, list[tuple[Any, ...]]]:
    """Read all facts, sorted, without the number of the pull that brought them."""
    return {table: rows(f"SELECT * EXCLUDE (pull_id) FROM {table} ORDER BY ALL", database) for table in FACTS}  # noqa: S608


def coverage(database: Path = Path("test.duckdb")) -> list[tuple[Any, ...]]:
    """Read what the ledger says was looked at: platform, target, service, and the window as text."""
    return rows(
        "SELECT platform, target, service, "
        "  strftime(covered_start, '%d %H:%M:%S'), strftime(covered_end, '%d %H:%M:%S') "
        "FROM pulls WHERE covered_start IS NOT NULL ORDER BY ALL",
        database,
    )
