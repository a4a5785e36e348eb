"""The SQL of the standing: load what a run has just saved, save what follows for now. Callers hold the connection."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec

from detect import standing
from detect.standing import Known, OpenIncident, Running, Seen
from detect.store import RETOLD
from ingest.store import transaction
from ingest.watchlist import Watchlist

_NEWEST = "SELECT coalesce(max(run_id), 0) FROM runs"

# A mean that is known for some buckets of the hour alone cannot stand beside the people of all of them.
_SEEN = """
WITH hours AS (
    SELECT *, observed IS NOT NULL AS looked, bucket_start >= $as_of - INTERVAL 1 HOUR AS recent,
        bucket_start >= $as_of - INTERVAL 28 DAYS AS lately
    FROM buckets WHERE kind = 'outage' AND bucket_start < $as_of
)
SELECT
    service, platform,
    (sum(observed) FILTER (recent))::INTEGER AS people,
    CASE WHEN count(*) FILTER (recent AND looked) = count(expected) FILTER (recent AND looked)
        THEN round(sum(expected) FILTER (recent AND looked), 2) END AS usual,
    round(least(coalesce(sum(coverage) FILTER (recent), 0) / 12, 1), 3) AS covered,
    least(max(bucket_start + INTERVAL 5 MINUTES) FILTER (looked), $as_of) AS seen_until,
    coalesce(sum(observed) FILTER (lately), 0) AS brought,
    count(observed) / 288 AS covered_days
FROM hours GROUP BY service, platform ORDER BY service, platform
"""

_JUDGED = """
SELECT service, least(max(bucket_start) + INTERVAL 5 MINUTES, $as_of)
FROM alarms WHERE alarm IS NOT NULL AND bucket_start < $as_of GROUP BY service
"""

_RUNNING = """
SELECT service, episode_id, onset_at, platforms, surfaces FROM episodes WHERE ended_at IS NULL ORDER BY onset_at DESC
"""

# One text in many mouths is one voice here, as it is in the counts.
_NAMED = """
WITH running AS (SELECT service, max(onset_at) AS onset_at FROM episodes WHERE ended_at IS NULL GROUP BY service),
named AS (
    SELECT service, surface, counted_at, onset_at, coalesce(fingerprint::VARCHAR, person::VARCHAR) AS voice
    FROM judgements LEFT JOIN running USING (service)
    WHERE kind = 'outage' AND surface IS NOT NULL AND counted_at < $as_of AND coalesce(seen_at, counted_at) <= $as_of
      AND counted_at >= least($as_of - INTERVAL 1 HOUR, coalesce(onset_at, $as_of))
)
SELECT
    service, surface, count(DISTINCT voice) FILTER (counted_at >= $as_of - INTERVAL 1 HOUR),
    count(DISTINCT voice) FILTER (counted_at >= onset_at)
FROM named GROUP BY ALL
"""

# The status of then is that of the newest message of then: a later one may have closed it since.
_OPEN = """
WITH said AS (
    SELECT service, incident_id, max(created_at) AS said_at, arg_max(status, created_at) AS status
    FROM incident_updates WHERE created_at <= $as_of GROUP BY ALL
)
SELECT
    t.service, t.incident_id, i.impact, said.status, t.first_published_at, said.said_at, t.surfaces,
    EXISTS (
        FROM matches AS m JOIN episodes AS e USING (episode_id)
        WHERE m.service = t.service AND m.incident_id = t.incident_id AND e.ended_at IS NULL
    ) AS met
FROM incident_times AS t JOIN incidents AS i USING (service, incident_id) JOIN said USING (service, incident_id)
WHERE t.nature = 'outage' AND coalesce(i.resolved_at, 'infinity') > $as_of
    AND said.status NOT IN ('resolved', 'postmortem', 'completed')
ORDER BY t.first_published_at, t.incident_id
"""

_PAGE = """
SELECT service, max(least(covered_end, $as_of)) FROM pulls
WHERE brings = 'incidents' AND covered_start < least(covered_end, $as_of)
    AND (source IN $retold OR ended_at <= $as_of)
GROUP BY service
"""

# Of the last half hour; as a list, since a poll of an unreadable page must not give way to one before it.
_INDICATOR = """
SELECT service, (list("indicator" ORDER BY seen_at DESC))[1] FROM page_states
WHERE seen_at <= $as_of AND seen_at > $as_of - INTERVAL 30 MINUTES GROUP BY service
"""


def stands(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the newest run's standing is saved: a run that was cut short, or an older version's, has none."""
    found = connection.execute(f"SELECT 1 FROM standing WHERE run_id = ({_NEWEST}) LIMIT 1").fetchone()  # noqa: S608
    return found is not None


def save(connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, as_of: datetime) -> None:
    """Judge how each watched service stands by what is saved, and replace what was held."""
    rows = [
        row
        for known in load(connection, watchlist, as_of)
        for row in standing.judge(known, _nameable(watchlist, known.service))
    ]
    with transaction(connection):
        connection.execute("DELETE FROM standing")
        for row in rows:
            values = {name: msgspec.to_builtins(value, builtin_types=(datetime,))
                      for name, value in msgspec.structs.asdict(row).items()}  # fmt: skip
            named, marks = ", ".join(values), ", ".join(f"${name}" for name in values)
            connection.execute(
                f"INSERT INTO standing (run_id, {named}) SELECT ({_NEWEST}), {marks}",
                values,
            )


def load(connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, as_of: datetime) -> Iterator[Known]:
    """Load what is saved of each watched service: of one that nobody looked at, nothing but its name."""
    at = {"as_of": as_of}
    seen = _by_service(connection, _SEEN, at)
    judged = _by_service(connection, _JUDGED, at)
    running = _by_service(connection, _RUNNING, {})
    opened = _by_service(connection, _OPEN, at)
    named = _by_service(connection, _NAMED, at)
    page = _by_service(connection, _PAGE, at | {"retold": list(RETOLD)})
    indicator = _by_service(connection, _INDICATOR, at)
    for name in watchlist.services:
        streams = [(Seen(*row[:5]), *row[5:]) for row in seen.get(name, [])]
        yield Known(
            service=name,
            as_of=as_of,
            seen=tuple(one for one, _, _ in streams),
            heard=_heard([(one, brought) for one, brought, _ in streams], as_of),
            covered_days=round(max((days for _, _, days in streams), default=0.0), 2),
            judged_until=_only(judged.get(name)),
            running=next((_running(row, named.get(name, [])) for row in running.get(name, [])), None),
            open=tuple(OpenIncident(*row) for row in opened.get(name, [])),
            page_until=_only(page.get(name)),
            page_indicator=_only(indicator.get(name)),
            named={part: lately for part, lately, _ in named.get(name, []) if lately},
        )  # fmt: skip


def _running(row: tuple[Any, ...], named: list[tuple[Any, ...]]) -> Running:
    episode_id, onset_at, platforms, surfaces = row
    return Running(episode_id, onset_at, platforms, surfaces, {part: since for part, _, since in named if since})


def _heard(brought: list[tuple[Seen, int]], as_of: datetime) -> float | None:
    """Say what share of the complaints of four weeks came from platforms that are read up to now; None of none."""
    total = sum(count for _, count in brought)
    read = sum(count for one, count in brought if one.seen_until and as_of - one.seen_until < standing.STALE)
    return round(read / total, 4) if total else None


def _nameable(watchlist: Watchlist, service: str) -> dict[str, bool]:
    return {name: bool(one.words or one.places) for name, one in watchlist.services[service].surfaces.items()}


def _by_service(
    connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any]
) -> dict[str, list[tuple[Any, ...]]]:
    """Run a query whose first column is the service; the rest of each row by service, instants in UTC."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for service, *row in connection.execute(query, values).fetchall():
        found.setdefault(service, []).append(tuple(_plain(value) for value in row))
    return found


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC)
        case list():
            return tuple(value)
        case _:
            return value


def _only(rows: list[tuple[Any, ...]] | None) -> Any:
    return rows[0][0] if rows else None
