"""Invented facts in a database, and the lake that is written from it: what the tests of lakes share."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingest import store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.lake import manifest
from ingest.lake.address import open_address
from ingest.lake.export import Exported, export
from ingest.records import Facts, Post, Pull, Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
DATABASE, LAKE = Path("facts.duckdb"), Path("lake")


def post(number: int, at: datetime = NOON, **other: Any) -> Post:
    """Invent a post; its text names no service, and holds what SQL and Parquet must keep."""
    said = {"platform": "bluesky", "text": f"it's {number}: «ы»\n\t😀", "author": f"invented{number % 3}"} | other
    key = KEYS.of(said["platform"], said["author"])
    return Post(said["platform"], f"p{number}", "stream", key, at, at, at, "post", said["text"])


def save(*posts: Post, covered: Window | None = None, at: datetime = NOON, key: str = "x", **facts: Any) -> None:
    """Save facts as one pull."""
    pull = Pull(
        source="jetstream", platform="bluesky", target="stream", service=None, asked=covered, covered=covered,
        fetched=len(posts), started_at=at, ended_at=at + timedelta(days=2),
    )  # fmt: skip
    with connect(DATABASE) as connection:
        store.prepare(connection, kind="live", key_fingerprint=key)
        store.save(connection, pull, Facts(posts=posts, **facts))


def exported() -> Exported:
    """Export once."""
    return export(DATABASE, open_address(str(LAKE)))


def rows(*, of: Path = LAKE) -> list[tuple[Any, ...]]:
    """Read the lake as its manifest says."""
    address = open_address(str(of))
    places = manifest.check(address, manifest.require(address).days)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(
            "SELECT post_key, text, author_key, epoch_us(counted_at) "
            "FROM read_parquet($places, hive_partitioning = false) "
            "ORDER BY ALL",
            {"places": places},
        ).fetchall()


def state(root: Path = LAKE) -> dict[str, tuple[int, bytes]]:
    """Photograph a folder: names, times of writing, contents."""
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }
