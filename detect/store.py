"""The only SQL on opinions: load facts to judge, save what was judged. Callers hold the connection."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec
import pandas as pd
import pyarrow as pa

from detect.corroborate import EpisodeVerdict, IncidentVerdict, Match, OfficialIncident
from detect.counts import TargetCoverage
from detect.episodes import Episode
from ingest.records import Brings, Window
from ingest.store import transaction
from ingest.watchlist import Watchlist

BATCH = 65_536

RETOLD = ("file", "sample")
"""Sources that tell what was seen at some other time: a replay goes by the posts' time, not by the loading."""


class Described(msgspec.Struct, frozen=True):
    """An episode with what its complaints say, and when it could have been known."""

    episode: Episode
    available_at: datetime | None
    symptoms: tuple[str, ...]
    surfaces: tuple[str, ...]
    models: tuple[str, ...]


def last_pull_id(connection: duckdb.DuckDBPyConnection) -> int:
    """Name the newest ledger row; 0 in an empty ledger."""
    return int(_scalar(connection, "SELECT coalesce(max(pull_id), 0) FROM pulls", []))


def judged_up_to(connection: duckdb.DuckDBPyConnection, rules: int) -> int:
    """Say up to which pull the posts are judged by these rules; 0 where none are."""
    return int(_scalar(connection, "SELECT coalesce(max(last_pull_id), 0) FROM judged WHERE rules = ?", [rules]))


def load_posts(connection: duckdb.DuckDBPyConnection, after_pull: int) -> Iterator[pa.RecordBatch]:
    """Load the posts that came after a pull, in batches."""
    reader = connection.cursor().sql(
        "SELECT post_key, platform, place, author_key, form, text, counted_at, seen_at FROM posts "
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


def load_complaints(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Load the complaints known by `as_of`: whom, where, when, of which kind, and what they name."""
    return connection.execute(
        "SELECT service, platform, kind, counted_at, seen_at, person, symptom, surface, model FROM judgements "
        "WHERE kind <> 'none' AND counted_at < ? AND coalesce(seen_at, counted_at) <= ?",
        [as_of, as_of],
    ).df()


def load_coverage(
    connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, as_of: datetime
) -> dict[str, dict[str, list[TargetCoverage]]]:
    """Load, per service and platform, what was truly seen of each target by `as_of`, status pages apart.

    A target that was read for no service in particular serves the services its place is about; a stream or a
    place of no service serves all. A place of a file of one's own vouches for every target at it: who loads an archive
    and goes on live has looked at the same place all along.
    """
    covered: dict[tuple[str, str, str | None], list[Window]] = {}
    archives: dict[tuple[str, str], list[Window]] = {}
    for source, platform, target, service, window in _windows(connection, as_of, "posts"):
        if source == "file":
            archives.setdefault((platform, target), []).append(window)
        else:
            covered.setdefault((platform, target, service), []).append(window)
    brought = {
        (platform, target): count
        for platform, target, count in connection.execute(
            "SELECT p.platform, p.target, count(*) FROM posts JOIN pulls AS p USING (pull_id) GROUP BY ALL"
        ).fetchall()
    }
    for (platform, place), windows in archives.items():
        at_it = [key for key in covered if key[0] == platform and stands_at(key[1], place, platform)]
        for key in at_it:
            covered[key] += windows
            brought[platform, key[1]] = brought.get((platform, key[1]), 0) + brought.get((platform, place), 0) // len(
                at_it
            )
        if not at_it:
            covered[platform, place, None] = windows
    streams: dict[str, dict[str, list[TargetCoverage]]] = {}
    for (platform, target, service), windows in covered.items():
        seen = TargetCoverage(tuple(windows), brought.get((platform, target), 0))
        served = (service,) if service else watchlist.services_at(platform, target) or tuple(watchlist.services)
        for name in served:
            streams.setdefault(name, {}).setdefault(platform, []).append(seen)
    return streams


def stands_at(target: str, place: str, platform: str) -> bool:
    """Say whether a target (`r/ClaudeAI/comments`, `stream`) reads what is written at a place, or on the platform."""
    return place in ("", platform) or f"{target}/".casefold().startswith(f"{place}/".casefold())


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
        yield source, platform, target, service, Window(_utc(start), _utc(end))


def load_incidents(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[OfficialIncident]:
    """Load what the pages had published by `as_of`; what was published later is not known yet."""
    rows = connection.execute(
        "SELECT i.service, i.incident_id, i.name, i.impact, i.started_at, i.created_at, "
        "  CASE WHEN i.resolved_at <= $as_of THEN i.resolved_at END, min(u.created_at) "
        "FROM incidents AS i JOIN incident_updates AS u USING (service, incident_id) "
        "WHERE u.created_at <= $as_of GROUP BY ALL ORDER BY min(u.created_at)",
        {"as_of": as_of},
    ).fetchall()
    return [
        OfficialIncident(service, incident_id, name, impact, *(at and _utc(at) for at in times))
        for service, incident_id, name, impact, *times in rows
    ]


def last_instant(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Name the last instant that anything was covered to: on the sample, that is now."""
    at = _scalar(connection, "SELECT max(covered_end) FROM pulls", [])
    return at and _utc(at)


def last_inputs(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Name what the judgement in force went by; None where there is none."""
    row = connection.execute("SELECT inputs FROM runs ORDER BY run_id DESC LIMIT 1").fetchone()
    return None if row is None else int(row[0])


def save_opinions(
    connection: duckdb.DuckDBPyConnection, run: Mapping[str, Any], bucket_rows: pd.DataFrame, alarm_rows: pd.DataFrame,
    episodes: Sequence[Described], verdicts: Mapping[str, EpisodeVerdict], matches: Sequence[Match],
    incidents: Sequence[IncidentVerdict],
) -> None:  # fmt: skip
    """Replace all opinions but the judgements, in one transaction."""
    with transaction(connection):
        for table in ("buckets", "alarms", "episodes", "matches", "incident_verdicts"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  (a constant)
        if len(bucket_rows):
            connection.execute("INSERT INTO buckets BY NAME SELECT * FROM bucket_rows").fetchall()
        if len(alarm_rows):
            connection.execute("INSERT INTO alarms BY NAME SELECT * FROM alarm_rows").fetchall()
        for described in episodes:
            connection.execute(_INSERT_EPISODE, _episode_row(described, verdicts[described.episode.episode_id]))
        for match in matches:
            connection.execute("INSERT INTO matches VALUES (?, ?, ?, ?)", msgspec.structs.astuple(match))
        for incident in incidents:
            connection.execute("INSERT INTO incident_verdicts VALUES (?, ?, ?, ?)", msgspec.structs.astuple(incident))
        connection.execute(
            "INSERT INTO runs BY NAME SELECT (SELECT coalesce(max(run_id), 0) + 1 FROM runs) AS run_id, "
            "$as_of::TIMESTAMPTZ AS as_of, $ran_at::TIMESTAMPTZ AS ran_at, $promise AS false_alarms_per_4_weeks, "
            "$rule AS rule, $inputs AS inputs",
            dict(run),
        )


_INSERT_EPISODE = "INSERT INTO episodes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _episode_row(described: Described, verdict: EpisodeVerdict) -> list[Any]:
    episode = described.episode
    return [
        episode.episode_id, episode.service, episode.onset_at, episode.onset_earliest, episode.onset_latest,
        episode.alarm_at, described.available_at, episode.peak_at, episode.peak_people, episode.peak_expected,
        episode.ended_at, episode.people, list(episode.platforms), list(described.symptoms), list(described.surfaces),
        list(described.models), verdict.verdict, verdict.first_published_at, verdict.acknowledgement_lag_min,
        verdict.detection_lag_min, None,
    ]  # fmt: skip


def _scalar(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> Any:
    row = connection.execute(query, values).fetchone()
    return row and row[0]


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
