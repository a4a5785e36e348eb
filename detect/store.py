"""The only SQL on opinions: load facts to judge, save what was judged. Callers hold the connection."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import msgspec
import pandas as pd
import pyarrow as pa

from detect.detector import covering
from detect.detector.counts import REOPENED
from detect.detector.episodes import Episode
from detect.detector.floods import Flood
from detect.official import store as official_store
from detect.official.beside import Beside
from detect.official.verdicts import EpisodeVerdict
from ingest.records import Brings, Window
from ingest.store import transaction
from ingest.times import in_utc
from ingest.watchlist import Watchlist

BATCH = 65_536

RETOLD = ("file", "sample")
"""Sources that tell what was seen at some other time: a replay goes by the posts' time, not by the loading."""


_REPLACED = ("buckets", "alarms", "volume_buckets", "surface_episodes", "episodes")


class Described(msgspec.Struct, frozen=True):
    """An episode with what its complaints say, and when it could have been known."""

    episode: Episode
    available_at: datetime | None
    symptoms: tuple[str, ...]
    surfaces: tuple[str, ...]
    models: tuple[str, ...]
    flood: Flood
    together: tuple[str, ...] = ()
    volume: int | None = None
    volume_expected: float | None = None


class OfSurface(msgspec.Struct, frozen=True):
    """An episode of one surface of a service."""

    service: str
    surface: str
    episode: Episode


def last_pull_id(connection: duckdb.DuckDBPyConnection) -> int:
    """Name the newest ledger row; 0 in an empty ledger."""
    return int(_scalar(connection, "SELECT coalesce(max(pull_id), 0) FROM pulls", []))


def judged_up_to(connection: duckdb.DuckDBPyConnection, rules: int) -> int:
    """Say up to which pull the posts are judged by these rules; 0 where none are."""
    return int(_scalar(connection, "SELECT coalesce(max(last_pull_id), 0) FROM judged WHERE rules = ?", [rules]))


def load_posts(connection: duckdb.DuckDBPyConnection, after_pull: int) -> Iterator[pa.RecordBatch]:
    """Load the posts that came after a pull, in batches."""
    reader = connection.cursor().sql(
        "SELECT post_key, platform, place, author_key, form, lang, text, counted_at, seen_at FROM posts "
        "WHERE pull_id > $after AND text IS NOT NULL",
        params={"after": after_pull},
    )
    yield from reader.to_arrow_reader(BATCH)


def forget_other_rules(connection: duckdb.DuckDBPyConnection, rules: int) -> None:
    """Drop what was judged by other rules, but for posts whose text is gone: that judgement stays frozen."""
    if _scalar(connection, "SELECT count(*) FROM judged WHERE rules <> ?", [rules]):
        connection.execute(
            "DELETE FROM judgements WHERE post_key IN (SELECT post_key FROM posts WHERE text IS NOT NULL)"
        )
        connection.execute("DELETE FROM judged")


def save_judgements(connection: duckdb.DuckDBPyConnection, judged_batch: pa.Table) -> None:  # noqa: ARG001  (DuckDB reads it)
    """Append one batch of judgements, inside the caller's transaction."""
    connection.execute("INSERT INTO judgements BY NAME SELECT * FROM judged_batch").fetchall()


def save_judged_up_to(connection: duckdb.DuckDBPyConnection, rules: int, pull_id: int) -> None:
    """Note how far the posts are judged, inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO judged VALUES (?, ?)", [rules, pull_id])


def judged_as_of(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Say as of when was judged last; None where nothing was, or by an older version whose tables say less."""
    known = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'judgements' AND column_name = 'fingerprint'"
    at = _scalar(connection, "SELECT max_by(as_of, run_id) FROM runs", []) if _scalar(connection, known, []) else None
    return at and in_utc(at)


def load_complaints(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Load the complaints known by `as_of`: whom, where, when, of which kind, and what they name.

    With each the time of its author's and its platform's first judged post, of whatever kind. A straggler, which came
    more than `REOPENED` after a time at which its target had been looked at before, is left out: that bucket is closed.
    """
    return connection.execute(
        "WITH known AS (FROM judgements WHERE counted_at < $as_of AND coalesce(seen_at, counted_at) <= $as_of), "
        "people AS (SELECT person, min(counted_at) AS first_at FROM known GROUP BY person), "
        "platforms AS (SELECT platform, min(counted_at) AS platform_since FROM known GROUP BY platform), "
        "late AS (SELECT post_key, posts.counted_at, p.platform, target, p.pull_id "
        "FROM posts JOIN pulls AS p USING (pull_id) WHERE seen_at > posts.counted_at + $reopened), "
        "stragglers AS (SELECT DISTINCT post_key FROM late JOIN pulls AS before USING (platform, target) "
        "WHERE before.pull_id < late.pull_id AND covered_start <= counted_at AND covered_end > counted_at) "
        "SELECT service, platform, kind, counted_at, seen_at, post_key, person, symptom, surface, model, fingerprint, "
        "first_at, platform_since "
        "FROM known JOIN people USING (person) JOIN platforms USING (platform) ANTI JOIN stragglers USING (post_key) "
        "WHERE kind <> 'none'",
        {"as_of": as_of, "reopened": REOPENED},
    ).df()


def load_coverage(connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, as_of: datetime) -> covering.Streams:
    """Load, per service and platform, what was truly seen of each target by `as_of`, status pages apart."""
    brought = {
        (platform, target): count
        for platform, target, count in connection.execute(
            "SELECT p.platform, p.target, count(*) FROM posts JOIN pulls AS p USING (pull_id) "
            "WHERE counted_at < $as_of AND coalesce(seen_at, counted_at) <= $as_of "
            "AND (source IN $retold OR ended_at <= $as_of) GROUP BY ALL",
            {"as_of": as_of, "retold": list(RETOLD)},
        ).fetchall()
    }
    return covering.by_stream(_windows(connection, as_of, "posts"), brought, watchlist)


def load_page_coverage(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, list[Window]]:
    """Load, per service, the time for which its official record was truly read."""
    covered: dict[str, list[Window]] = {}
    for _, _, _, service, window in _windows(connection, as_of, "incidents"):
        covered.setdefault(service or "", []).append(window)
    return covered


def _windows(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, brings: Brings
) -> Iterator[tuple[str, str, str, str | None, Window]]:
    rows = connection.execute(
        "SELECT source, platform, target, service, covered_start, least(covered_end, $as_of) FROM pulls "
        "WHERE brings = $brings AND covered_start < least(covered_end, $as_of) "
        "AND (source IN $retold OR ended_at <= $as_of)",
        {"as_of": as_of, "retold": list(RETOLD), "brings": brings},
    ).fetchall()
    for source, platform, target, service, start, end in rows:
        yield source, platform, target, service, Window(in_utc(start), in_utc(end))


def load_volumes(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Load the volumes whose windows were over, and told, by `as_of`."""
    return connection.execute(
        'SELECT service, platform, place, query, window_start, window_end, "count" FROM volumes '
        "WHERE window_end <= $as_of AND coalesce(seen_at, window_end) <= $as_of",
        {"as_of": as_of},
    ).df()


def load_known_episodes(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[Episode]:
    """Load the episodes in force, whose ids are kept; none where they were told with knowledge from after `as_of`."""
    latest = _scalar(connection, "SELECT max_by(as_of, run_id) FROM runs", [])
    if latest is None or in_utc(latest) > as_of:
        return []
    answer = connection.execute(
        "SELECT episode_id, service, onset_at, onset_earliest, onset_latest, alarm_at, peak_at, peak_people, "
        "peak_expected, ended_at, people, platforms, coalesce(severity, 1) AS severity, "
        "coalesce(settled, false) AS settled FROM episodes"
    )
    names = [column[0] for column in answer.description]
    return [msgspec.convert(dict(zip(names, row, strict=True)), Episode) for row in answer.fetchall()]


def last_instant(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Name the last instant that anything was covered to: on the sample, that is now."""
    at = _scalar(connection, "SELECT max(covered_end) FROM pulls", [])
    return at and in_utc(at)


def last_inputs(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Name what the judgement in force went by; None where there is none."""
    row = connection.execute("SELECT inputs FROM runs ORDER BY run_id DESC LIMIT 1").fetchone()
    return None if row is None else int(row[0])


def save_opinions(
    connection: duckdb.DuckDBPyConnection, run: Mapping[str, Any], bucket_rows: pd.DataFrame, alarm_rows: pd.DataFrame,
    volume_rows: pd.DataFrame, surfaces: Sequence[OfSurface], episodes: Sequence[Described], record: Beside,
) -> None:  # fmt: skip
    """Replace all opinions but the judgements, in one transaction."""
    with transaction(connection):
        for table in _REPLACED:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  (a constant)
        if len(bucket_rows):
            connection.execute("INSERT INTO buckets BY NAME SELECT * FROM bucket_rows").fetchall()
        if len(alarm_rows):
            connection.execute("INSERT INTO alarms BY NAME SELECT * FROM alarm_rows").fetchall()
        if len(volume_rows):
            connection.execute("INSERT INTO volume_buckets BY NAME SELECT * FROM volume_rows").fetchall()
        for described in episodes:
            _insert(connection, "episodes", _episode_row(described, record.episodes[described.episode.episode_id]))
        for one in surfaces:
            _insert(connection, "surface_episodes", msgspec.structs.asdict(one.episode) | {"surface": one.surface})
        official_store.save(connection, record)
        connection.execute(
            "INSERT INTO runs BY NAME SELECT (SELECT coalesce(max(run_id), 0) + 1 FROM runs) AS run_id, "
            "$as_of::TIMESTAMPTZ AS as_of, $ran_at::TIMESTAMPTZ AS ran_at, $promise AS false_alarms_per_4_weeks, "
            "$rule AS rule, $inputs AS inputs",
            dict(run),
        )


def _episode_row(described: Described, verdict: EpisodeVerdict) -> dict[str, Any]:
    found = msgspec.structs.asdict(described)
    parts = (found.pop("episode"), found.pop("flood"), verdict)
    return {name: value for part in parts for name, value in msgspec.structs.asdict(part).items()} | found


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
    names, marks = ", ".join(values), ", ".join(f"${name}" for name in values)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608  (our own names)


def _scalar(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> Any:
    row = connection.execute(query, values).fetchone()
    return row and row[0]
