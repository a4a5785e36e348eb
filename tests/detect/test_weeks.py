"""The views of hours, weeks and parts: sums that agree with the tables below them, in any session's zone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.database import connect, migrate
from ingest.store import prepare

MONDAY = datetime(2026, 4, 13, tzinfo=UTC)

_GRID = """
FROM (
    SELECT $monday + n * INTERVAL 5 MINUTE AS bucket_start, n NOT BETWEEN 12 AND 17 AS seen FROM range(288) AS r(n)
)
"""
FILL = (
    f"INSERT INTO alarms BY NAME SELECT 'claude' AS service, bucket_start, if(seen, false, NULL) AS alarm {_GRID}",
    f"""
    INSERT INTO buckets BY NAME
    SELECT
        'claude' AS service, 'reddit' AS platform, kind, bucket_start, CASE WHEN seen THEN people END AS observed,
        seen::DOUBLE AS coverage, 0.5 AS expected
    {_GRID} CROSS JOIN (VALUES ('outage', 2), ('limit', 1), ('quality', 0)) AS k(kind, people)
    """,
)  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    """A database of one service over a day, half of whose second hour nobody looked at."""
    with connect(tmp_path / "views.duckdb") as opened:
        prepare(opened, kind="live", key_fingerprint="none")
        migrate(opened, "detect")
        opened.execute("INSERT INTO runs VALUES (1, $at, $at, 1, 'rule', 0)", {"at": MONDAY + timedelta(days=1)})
        for statement in FILL:
            opened.execute(statement, {"monday": MONDAY})
        yield opened


def episode(connection: duckdb.DuckDBPyConnection, onset: datetime, minutes: int | None, lag: float | None) -> None:
    """Add an episode that lasts so long; None: it still runs."""
    connection.execute(
        "INSERT INTO episodes BY NAME SELECT $id AS episode_id, 'claude' AS service, $at AS onset_at, "
        "$at AS onset_earliest, $at AS onset_latest, $at AS alarm_at, $at AS peak_at, 9 AS peak_people, "
        "0.5 AS peak_expected, $over AS ended_at, 40 AS people, ['reddit'] AS platforms, []::VARCHAR[] AS symptoms, "
        "[]::VARCHAR[] AS surfaces, []::VARCHAR[] AS models, $verdict AS verdict, $lag AS acknowledgement_lag_min, "
        "0.0 AS detection_lag_min",
        {
            "id": f"claude-{onset:%d%H%M}", "at": onset, "lag": lag,
            "over": None if minutes is None else onset + timedelta(minutes=minutes),
            "verdict": "unacknowledged" if lag is None else "early",
        },
    )  # fmt: skip


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_hours_sum_what_was_seen(connection: duckdb.DuckDBPyConnection) -> None:
    """An hour half unseen has the people of the seen half, and says that it was half looked at."""
    rows = ask(connection, "SELECT people, expected, limit_people, quality_people, looked, judged FROM hours "
                           "ORDER BY hour_start LIMIT 2")  # fmt: skip
    assert rows == [(24, 6.0, 12, 0, 1.0, 1.0), (12, 3.0, 6, 0, 0.5, 0.5)]


def test_an_unseen_hour_is_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    """Where no bucket of an hour was seen its people are NULL, not zero."""
    connection.execute("UPDATE buckets SET observed = NULL, coverage = 0 WHERE bucket_start < ?",
                       [MONDAY + timedelta(hours=1)])  # fmt: skip
    assert ask(connection, "SELECT people, looked FROM hours ORDER BY hour_start LIMIT 1") == [(None, 0.0)]


def test_outage_time_is_cut_at_the_hours(connection: duckdb.DuckDBPyConnection) -> None:
    """Ninety minutes from 03:45 are 15, 60 and 15; one that still runs counts up to the judgement."""
    episode(connection, MONDAY + timedelta(hours=3, minutes=45), 90, 10.0)
    episode(connection, MONDAY + timedelta(hours=23, minutes=30), None, None)
    felt = ask(connection, "SELECT hour(hour_start), felt_min FROM hours WHERE felt_min > 0 ORDER BY hour_start")
    assert felt == [(3, 15.0), (4, 60.0), (5, 15.0), (23, 30.0)]
    [(episodes, hours, early, silent, lag)] = ask(
        connection, "SELECT episodes, felt_hours, early, unacknowledged, median_lag_min FROM weeks"
    )
    assert (episodes, hours, early, silent, lag) == (2, 2.0, 1, 1, 10.0)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kathmandu"])
def test_weeks_and_hours_are_those_of_utc(connection: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Whoever asks from another zone gets the same hours and the same week."""
    connection.execute(f"SET TimeZone = '{zone}'")
    [(week, hours)] = ask(connection, "SELECT (SELECT epoch(min(week_start)) FROM weeks), count(*) FROM hours")
    assert (week, hours) == (MONDAY.timestamp(), 24)


def test_the_page_is_read_once_however_often_it_is_asked(connection: duckdb.DuckDBPyConnection) -> None:
    """Pulls that overlap do not add up; a week in which the page was never read has no count of incidents."""
    assert ask(connection, "SELECT page_read, incidents FROM weeks") == [(0.0, None)]
    for start, end in ((0, 3), (2, 6), (2, 3), (12, 18)):
        connection.execute(
            "INSERT INTO pulls BY NAME SELECT nextval('pull_ids') AS pull_id, 's' AS source, 'status' AS platform, "
            "'page' AS target, 'claude' AS service, $since AS covered_start, $until AS covered_end, 0 AS fetched, "
            "0 AS new, 0 AS rejected, 0 AS requests, 0 AS cost_usd, $until AS started_at, $until AS ended_at, "
            "'incidents' AS brings",
            {"since": MONDAY + timedelta(hours=start), "until": MONDAY + timedelta(hours=end)},
        )
    assert ask(connection, "SELECT sum(page_read) FROM hours") == [(12.0,)]
    assert ask(connection, "SELECT incidents FROM weeks") == [(0,)]


def test_parts_count_everybody_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Three posts of two people are two people; what one does not name is NULL; before the onset nobody counts."""
    episode(connection, MONDAY + timedelta(hours=3), 60, None)
    for number, (person, minute, model) in enumerate([(1, 5, "opus"), (1, 9, "opus"), (2, 20, None), (3, -5, "opus")]):
        connection.execute(
            'INSERT INTO judgements (post_key, service, platform, counted_at, person, "by", kind, model) '
            "VALUES (?, 'claude', 'reddit', ?, ?, 'alias', 'outage', ?)",
            [number, MONDAY + timedelta(hours=3, minutes=minute), person, model],
        )
    rows = ask(connection, "SELECT \"name\", people FROM episode_parts WHERE what = 'model' ORDER BY ALL NULLS LAST")
    assert rows == [("opus", 1), (None, 1)]
