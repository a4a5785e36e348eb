"""From the database to the lake, day by day: what is there already and unchanged is not written again.

A day to which posts were only added gets one more file, a day that changed otherwise (a post was deleted or edited, a
retention ended) is written anew. The lake so holds no text longer than the database does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from ingest.coverage import union
from ingest.database import connect
from ingest.errors import DatabaseError
from ingest.lake import dropping, manifest, parquet
from ingest.lake.address import Address
from ingest.lake.manifest import Day, Manifest, Seen
from ingest.records import Window
from ingest.saying import count
from ingest.store import about

_POSTS = f"SELECT {', '.join(parquet.COLUMNS)} FROM posts WHERE platform = $platform AND counted_at::DATE = $day"  # noqa: S608  (constants)
_SINCE = " AND pull_id > $last"


class Exported(msgspec.Struct, frozen=True):
    """What an export came to: days written anew, days that got a file more, days left alone; posts that never count."""

    written: int
    added: int
    unchanged: int
    left_out: int
    manifest: Manifest


class _Found(msgspec.Struct, frozen=True):
    """A day as the database has it, and of it what is not newer than what the lake has."""

    platform: str
    day: Any
    rows: int
    facts: str
    last_pull: int
    old_rows: int
    old_facts: str


def export(
    database: Path, address: Address, on_progress: Callable[[int, int, str], None] = lambda done, of, said: None
) -> Exported:
    """Make the lake's days what the database has of them, and the manifest last. Days of others are kept.

    `on_progress` is told before each day how many are done, of how many, and which it is. Raises DatabaseError where
    there are no facts, ConfigError where the lake holds other ones, LakeError where it cannot be written.
    """
    with connect(database, read_only=True) as connection:
        said = about(connection) if _has(connection, "about") else {}
        if "kind" not in said:
            raise DatabaseError(f"{database} holds no facts yet; fill it first: make ingest")
        before = manifest.load(address)
        held = before or Manifest(said["kind"], said["author_key"])
        manifest.refuse_others(held, address, said["kind"], said["author_key"])
        written, added, found = [], [], _days(connection, held)
        for done, day in enumerate(found):
            on_progress(done, len(found), f"{day.platform} {day.day}: {count(day.rows, 'post')}")
            known = next((one for one in held.days if (one.platform, one.day) == (day.platform, day.day)), None)
            if known and (known.rows, known.facts, known.schema) == (day.rows, day.facts, manifest.SCHEMA):
                continue
            if known and (known.rows, known.facts) == (day.old_rows, day.old_facts):
                added.append(_day(address, connection, day, known))
            else:
                written.append(_day(address, connection, day, None))
        after = msgspec.structs.replace(held.with_days([*written, *added]), coverage=_coverage(connection))
        ours = {(day.platform, day.day) for day in found}
        after, dropped = dropping.drop(
            address,
            after,
            dropping.deleted(connection),
            [day for day in after.days if (day.platform, day.day) not in ours],
        )
        (left_out,) = connection.execute("SELECT count(*) FROM posts WHERE counted_at IS NULL").fetchall()[0]
    if after != before:
        manifest.save(address, before, after)
    else:
        manifest.clean(address, after)
    return Exported(len(written) + dropped.days, len(added), len(found) - len(written) - len(added), left_out, after)


def _days(connection: duckdb.DuckDBPyConnection, held: Manifest) -> list[_Found]:
    lake = pa.Table.from_pylist(  # noqa: F841  (DuckDB reads it by name)
        [{"platform": day.platform, "day": day.day, "last_pull": day.last_pull} for day in held.days],
        schema=pa.schema([("platform", pa.string()), ("day", pa.date32()), ("last_pull", pa.int64())]),
    )
    rows = connection.execute(
        f"WITH hashed AS (SELECT platform, counted_at::DATE AS day, pull_id, {parquet.HASH} AS hash FROM posts "  # noqa: S608  (a constant)
        "WHERE counted_at IS NOT NULL) "
        "SELECT platform, day, count(*), sum(hash)::VARCHAR, max(pull_id), "
        "count(*) FILTER (pull_id <= last_pull), coalesce(sum(hash) FILTER (pull_id <= last_pull), 0)::VARCHAR "
        "FROM hashed LEFT JOIN lake USING (platform, day) GROUP BY platform, day ORDER BY platform, day"
    ).fetchall()
    return [_Found(*row) for row in rows]


def _day(address: Address, connection: duckdb.DuckDBPyConnection, found: _Found, known: Day | None) -> Day:
    """Write a day, or what came to one that is known."""
    key, asked = (found.platform, found.day), {"platform": found.platform, "day": found.day}
    query = _POSTS if known is None else _POSTS + _SINCE
    fresh = parquet.write_part(
        address, connection, query, asked if known is None else asked | {"last": known.last_pull}, key
    )
    parts = [*(known.parts if known else ()), *([fresh] if fresh else ())]
    return Day(found.platform, found.day, found.rows, found.facts, found.last_pull, tuple(parts))


def _coverage(connection: duckdb.DuckDBPyConnection) -> tuple[Seen, ...]:
    """Load what was seen of each target, and how many posts it brought."""
    windows: dict[tuple[str, str, str, str | None], list[Window]] = {}
    for *key, start, end in connection.execute(
        "SELECT source, platform, target, service, covered_start, covered_end FROM pulls "
        "WHERE brings = 'posts' AND covered_start < covered_end"
    ).fetchall():
        windows.setdefault(tuple(key), []).append(Window(start, end))
    brought = {
        tuple(key): posts
        for *key, posts in connection.execute(
            "SELECT p.source, p.platform, p.target, p.service, count(*) "
            "FROM posts JOIN pulls AS p USING (pull_id) GROUP BY ALL"
        ).fetchall()
    }
    ordered = sorted(windows, key=lambda key: tuple(part or "" for part in key))
    return tuple(Seen(*key, brought.get(key, 0), tuple(union(windows[key]))) for key in ordered)


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone()
    return found is not None
