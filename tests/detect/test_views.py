"""The views for analysts: sums that agree with the tables below them, unknown where nobody looked, UTC in any zone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.database import connect, migrate

MONDAY = datetime(2026, 4, 13, tzinfo=UTC)


class World:
    """Two days of one service on two platforms: one is read throughout, the other not in the first six hours."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        for room in ("ingest", "detect"):
            migrate(connection, room)
        connection.execute(
            "INSERT INTO alarms BY NAME SELECT 'claude' AS service, began AS bucket_start, "
            "CASE WHEN hours < 6 THEN 'learning' ELSE 'judged' END AS \"state\", "
            "CASE WHEN hours >= 6 THEN hours = 30 END AS alarm "
            "FROM (SELECT $1::TIMESTAMPTZ + to_minutes(5 * i) AS began, i // 12 AS hours FROM range(576) AS r(i))",
            [MONDAY],
        )
        for platform, since in (("reddit", 0), ("bluesky", 6)):
            connection.execute(
                "INSERT INTO buckets BY NAME SELECT 'claude' AS service, $2 AS platform, 'outage' AS kind, "
                "began AS bucket_start, CASE WHEN hours >= $3 THEN 1 END AS observed, (hours >= $3)::INT AS coverage, "
                "CASE WHEN hours >= 6 THEN 0.25 END AS expected "
                "FROM (SELECT $1::TIMESTAMPTZ + to_minutes(5 * i) AS began, i // 12 AS hours FROM range(576) AS r(i))",
                [MONDAY, platform, since],
            )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask one question."""
        return self.connection.execute(query).fetchall()

    def episode(self, episode_id: str, hour: int, ended: int | None) -> None:
        """Add an episode from one hour to another, after MONDAY."""
        at = MONDAY + timedelta(hours=hour)
        self.connection.execute(
            "INSERT INTO episodes BY NAME SELECT $1 AS episode_id, 'claude' AS service, $2::TIMESTAMPTZ AS onset_at, "
            "$2::TIMESTAMPTZ AS onset_earliest, $2::TIMESTAMPTZ AS onset_latest, $2::TIMESTAMPTZ AS alarm_at, "
            "$2::TIMESTAMPTZ AS peak_at, 9 AS peak_people, 0.5 AS peak_expected, $3::TIMESTAMPTZ AS ended_at, "
            "40 AS people, ['reddit'] AS platforms, [] AS symptoms, [] AS surfaces, [] AS models, "
            "'unacknowledged' AS verdict, 5.0 AS detection_lag_min",
            [episode_id, at, None if ended is None else MONDAY + timedelta(hours=ended)],
        )

    def mark(self, number: int, says: str, hour: int, *, withdrawn: bool = False) -> None:
        """Say something of an hour."""
        at = MONDAY + timedelta(hours=hour)
        self.connection.execute(
            "INSERT INTO marks VALUES (?, 'claude', ?, ?, ?, 'because', 'x', ?, ?)",
            [number, at, at + timedelta(hours=1), says, MONDAY + timedelta(days=number), at if withdrawn else None],
        )


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Kathmandu"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The world, asked from a session in several zones."""
    with connect(tmp_path / "world.duckdb") as connection:
        made = World(connection)
        connection.execute(f"SET TimeZone = '{request.param}'")
        yield made


def test_hours_sum_their_buckets_and_unknown_is_not_zero(world: World) -> None:
    """An hour not looked at has no people and no coverage; the expected is unknown where any of it is."""
    asked = "SELECT people, expected, coverage FROM hourly_complaints WHERE platform = 'bluesky' ORDER BY \"hour\""
    hours = world.ask(asked)

    assert len(hours) == 48
    assert hours[:6] == [(None, None, 0.0)] * 6
    assert hours[6:] == [(12, 3.0, 1.0)] * 42
    learning = asked.replace("bluesky", "reddit") + " LIMIT 1"
    assert world.ask(learning) == [(12, None, 1.0)]


def test_days_say_what_was_looked_at(world: World) -> None:
    """Shares are of the day in UTC, whatever the session's zone: a quarter of the first day was learned."""
    asked = (
        'SELECT "day"::VARCHAR, platform, coverage, judged, learning, blind, of_day FROM daily_coverage ORDER BY 1, 2'
    )

    assert world.ask(asked) == [
        ("2026-04-13", "bluesky", 0.75, 0.75, 0.25, 0.0, 1.0),
        ("2026-04-13", "reddit", 1.0, 0.75, 0.25, 0.0, 1.0),
        ("2026-04-14", "bluesky", 1.0, 1.0, 0.0, 0.0, 1.0),
        ("2026-04-14", "reddit", 1.0, 1.0, 0.0, 0.0, 1.0),
    ]


def test_hours_of_the_week_and_months_divide_by_what_was_judged(world: World) -> None:
    """An outage of an hour on Tuesday at six fills that hour; the month's share is of the hours judged, not of all."""
    world.episode("a", 30, 31)
    asked = 'SELECT judged_hours, outage_hours, outage_share FROM hour_of_week WHERE weekday = 2 AND "hour" = 6'
    assert world.ask(asked) == [(1.0, 1.0, 1.0)]
    [(month, hours, judged, outages, share, incidents)] = world.ask(
        'SELECT "month"::VARCHAR, hours, judged_hours, outages, outage_share, incidents FROM months'
    )
    assert (month, hours, judged, outages, incidents) == ("2026-04-01", 48, 42.0, 1, None)
    assert share == pytest.approx(1 / 42)


def test_an_outage_carries_the_newest_mark_in_force(world: World) -> None:
    """Of the marks that overlap it the newest counts, none that is withdrawn; what runs lasts up to the judgement."""
    world.connection.execute("INSERT INTO runs VALUES (1, $1, $1, 1.0, '', 0)", [MONDAY + timedelta(hours=40)])
    world.episode("ended", 10, 12)
    world.episode("running", 30, None)
    world.mark(1, "right", 10)
    world.mark(2, "wrong", 11)
    world.mark(3, "right", 11, withdrawn=True)
    world.mark(4, "right", 39)
    world.mark(5, "wrong", 41)

    assert world.ask("SELECT episode_id, mark, lasted_min FROM outages ORDER BY onset_at") == [
        ("ended", "wrong", 120.0),
        ("running", "right", None),
    ]
