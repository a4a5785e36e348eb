"""Deletions in the lake: a post that is gone loses its text and its author key, and keeps its row. And compaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb
import msgspec
import pyarrow as pa

from ingest.lake import manifest, parquet
from ingest.lake.address import Address
from ingest.lake.manifest import Day, Manifest

_GONE = pa.schema(
    [
        ("platform", pa.string()), ("post_key", pa.int64()), ("author_key", pa.int64()),
        ("until", pa.timestamp("us", tz="UTC")),
    ]
)  # fmt: skip

_MEANT = (
    "(text IS NOT NULL OR author_key IS NOT NULL) AND ("
    "post_key IN (SELECT post_key FROM gone WHERE post_key IS NOT NULL) "
    "OR EXISTS (FROM gone AS g WHERE g.author_key = p.author_key AND g.platform = p.platform "
    "AND coalesce(p.received_at, p.claimed_at) <= g.until) "
    "OR coalesce(seen_at, counted_at) < $older)"
)


class Dropped(msgspec.Struct, frozen=True):
    """How many posts lost their text and author, on how many days."""

    posts: int = 0
    days: int = 0


def of_post(platform: str, post_key: int) -> pa.Table:
    """Say that one post is gone."""
    row = {"platform": platform, "post_key": post_key, "author_key": None, "until": None}
    return pa.Table.from_pylist([row], schema=_GONE)


def of_author(platform: str, author_key: int, until: datetime) -> pa.Table:
    """Say that all that one person wrote up to some time is gone."""
    row = {"platform": platform, "post_key": None, "author_key": author_key, "until": until}
    return pa.Table.from_pylist([row], schema=_GONE)


def deleted(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Load the deletions that the database knows of."""
    found = connection.sql("SELECT platform, post_key, author_key, deleted_at AS until FROM deletions").to_arrow_table()
    return found.cast(_GONE)


def drop(
    address: Address, held: Manifest, gone: pa.Table | None, days: Sequence[Day], older_than: datetime | None = None
) -> tuple[Manifest, Dropped]:
    """Write the days anew on which posts are meant that still have a text or an author.

    Returns the manifest to be saved; nothing that is read changes before.
    """
    gone = _GONE.empty_table() if gone is None else gone
    if not days or (not len(gone) and older_than is None):
        return held, Dropped()
    posts, fresh = 0, []
    asked = {"older": older_than}
    with parquet.opened(address) as connection:
        connection.register("gone", gone)
        for day in days:
            manifest.check(address, [day])
            rows = parquet.rows_of(connection, address, day)
            rows.create_view("p", replace=True)
            (meant,) = connection.execute(f"SELECT count(*) FROM p WHERE {_MEANT}", asked).fetchall()[0]  # noqa: S608  (constants)
            if meant:
                kept = ", ".join(
                    f"CASE WHEN {_MEANT} THEN NULL ELSE {name} END AS {name}"
                    if name in ("text", "author_key")
                    else name
                    for name in parquet.COLUMNS
                )
                fresh.append(_anew(address, connection, day, f"SELECT {kept} FROM p", asked))  # noqa: S608  (constants)
                posts += meant
    return held.with_days(fresh), Dropped(posts, len(fresh))


def compact(address: Address, held: Manifest) -> tuple[Manifest, int]:
    """Write the days that lie in several files as one each. Returns the manifest to be saved, and how many days."""
    scattered = [day for day in held.days if len(day.parts) > 1]
    fresh = []
    with parquet.opened(address) as connection:
        for day in scattered:
            manifest.check(address, [day])
            parquet.rows_of(connection, address, day).create_view("p", replace=True)
            fresh.append(_anew(address, connection, day, "SELECT * FROM p", {}))
    return held.with_days(fresh), len(fresh)


def _anew(
    address: Address, connection: duckdb.DuckDBPyConnection, day: Day, query: str, asked: dict[str, datetime | None]
) -> Day:
    part = parquet.write_part(address, connection, query, asked, (day.platform, day.day))
    parts = (part,) if part else ()
    return msgspec.structs.replace(day, parts=parts, facts=parquet.facts_of(connection, address, parts))


def days_of(held: Manifest, platforms: Iterable[str]) -> list[Day]:
    """List the days of some platforms."""
    wanted = set(platforms)
    return [day for day in held.days if day.platform in wanted]
