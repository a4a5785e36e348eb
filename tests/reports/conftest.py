"""A judged database of invented outages, made by the two rooms' own schemas."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from ingest.database import connect, migrate
from ingest.records import Facts, Incident, IncidentUpdate
from ingest.store import prepare, save_facts
from reports.__main__ import door
from reports.timeline import Timeline, load

START = datetime(2026, 4, 15, tzinfo=UTC)
RULE = "An episode and an incident match if they overlap within 160 min."


class Judged:
    """A database file to fill, row by row, with opinions and official incidents; times are minutes after START."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None
        prepare(self.connection, kind="live", key_fingerprint="none")
        migrate(self.connection, "detect")

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The file, open for writing until somebody asks for its path: opening it for every row takes long."""
        if self._connection is None:
            self._connection = self._open.enter_context(connect(self._path))
        return self._connection

    @property
    def path(self) -> Path:
        """The file, closed, for somebody else to open."""
        self._open.close()
        self._connection = None
        return self._path

    end = START + timedelta(days=1)
    """When the day was judged, where nothing else is said."""

    @staticmethod
    def at(minute: int) -> datetime:
        """Name the instant so many minutes after START."""
        return START + timedelta(minutes=minute)

    def insert(self, table: str, **values: Any) -> None:
        """Insert one row by column names; instants may be minutes."""
        values = {
            name: START + timedelta(minutes=value) if name.endswith("_at") and isinstance(value, int) else value
            for name, value in values.items()
        }
        names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))  # noqa: S608

    def run(self, as_of: int = 24 * 60) -> None:
        """Note a judgement."""
        self.insert(
            "runs", run_id=as_of, as_of=START + timedelta(minutes=as_of), ran_at=as_of, rule=RULE,
            false_alarms_per_4_weeks=1.0, inputs=0,
        )  # fmt: skip

    def episode(self, onset: int, *, lag: float | None = None, service: str = "claude", **other: Any) -> str:
        """Add an episode; with a `lag`, the page first spoke that many minutes after the onset."""
        episode_id = f"{service}-{onset}"
        row = {
            "episode_id": episode_id, "service": service, "onset_at": onset,
            "onset_earliest": START + timedelta(minutes=onset - 5),
            "onset_latest": START + timedelta(minutes=onset + 5),
            "alarm_at": onset + 9, "peak_at": onset + 30, "peak_people": 31, "peak_expected": 0.4,
            "ended_at": onset + 284, "people": 140, "platforms": ["reddit", "github"], "symptoms": ["errors"],
            "surfaces": ["claude.ai", "api"], "models": ["opus 4.6"],
            "verdict": "unacknowledged" if lag is None else "early" if lag > 9 else "acknowledged",
            "first_published_at": None if lag is None else START + timedelta(minutes=onset + lag),
            "acknowledgement_lag_min": lag, "detection_lag_min": 9.0,
        }  # fmt: skip
        self.insert("episodes", **row | other)
        return episode_id

    def incident(
        self, incident_id: str, published: int, *, name: str = "Elevated errors", verdict: str | None = None,
        met: str | None = None, impact: str = "major", service: str = "claude", lasted: int | None = 60,
    ) -> None:  # fmt: skip
        """Add an official incident through the store, and the judgement on it."""
        at = START + timedelta(minutes=published)
        updates = (IncidentUpdate("investigating", at, at, "We are looking into it."),)
        over = None if lasted is None else at + timedelta(minutes=lasted)
        facts = Facts(
            incidents=(Incident(service, incident_id, name, impact, "resolved", at, at, over, ("API",), updates, at),)
        )
        save_facts(self.connection, facts, 1, at)
        if met:
            self.insert("matches", episode_id=met, service=service, incident_id=incident_id, reason="they overlap")
        if verdict:
            self.insert(
                "incident_verdicts",
                service=service,
                incident_id=incident_id,
                verdict=verdict,
                reason="nobody complained",
            )

    def looked(self, *, hours: int = 24, share: float = 1.0, platform: str = "reddit", service: str = "claude") -> None:
        """Cover the first `hours` of the day on a platform, and judge that share of them."""
        grid = pd.DataFrame({"bucket_start": pd.date_range(START, periods=12 * hours, freq="5min")})
        grid = grid.assign(
            service=service, platform=platform, kind="outage", coverage=(grid.index < len(grid) * share) * 1.0
        )
        alarm_rows = grid[["service", "bucket_start"]].assign(alarm=grid["coverage"].map({1.0: False}))  # noqa: F841
        # DuckDB reads both frames by name.
        self.connection.execute("INSERT INTO buckets BY NAME SELECT * FROM grid").fetchall()
        self.connection.execute("INSERT INTO alarms BY NAME SELECT * FROM alarm_rows").fetchall()

    def counted(
        self, begin: datetime, hours: int, *, service: str = "claude", platform: str = "reddit", people: int = 1,
        seen: bool = True,
    ) -> None:  # fmt: skip
        """Count so many people in every bucket of a span, or note that nobody looked; alarms are judged likewise."""
        grid = pd.DataFrame({"bucket_start": pd.date_range(begin, periods=12 * hours, freq="5min")})
        alarm_rows = grid.assign(service=service, alarm=False if seen else None, state="judged" if seen else "blind")  # noqa: F841
        kinds = [
            grid.assign(
                service=service, platform=platform, kind=kind, observed=people if seen else None,
                coverage=1.0 if seen else 0.0, expected=0.5 if seen and kind == "outage" else None,
            )
            for kind in ("outage", "limit", "quality")
        ]  # fmt: skip
        bucket_rows = pd.concat(kinds, ignore_index=True).astype({"observed": "Int64", "expected": "Float64"})  # noqa: F841
        # DuckDB reads both frames by name.
        self.connection.execute("INSERT INTO buckets BY NAME SELECT * FROM bucket_rows").fetchall()
        if not self.connection.execute(
            "FROM alarms WHERE service = ? AND bucket_start = ?", [service, begin]
        ).fetchone():
            self.connection.execute(
                "INSERT INTO alarms BY NAME SELECT * REPLACE (alarm::BOOLEAN AS alarm) FROM alarm_rows"
            ).fetchall()

    def reads_the_page(self, begin: datetime, end: datetime, service: str = "claude") -> None:
        """Note that the official record of a span was read."""
        self.connection.execute(
            """
            INSERT INTO pulls BY NAME SELECT
                nextval('pull_ids') AS pull_id, 'statuspage' AS source, 'incidents' AS brings, 'status' AS platform,
                'page' AS target, $service AS service, $begin AS covered_start, $until AS covered_end, 0 AS fetched,
                0 AS new, 0 AS rejected, 0 AS requests, 0 AS cost_usd, $until AS started_at, $until AS ended_at
            """,
            {"service": service, "begin": begin, "until": end},
        )

    def incident_time(self, incident_id: str, published: int, nature: str = "outage", lasted: int = 60) -> None:
        """Note what the matching rule goes by for an incident."""
        at = self.at(published)
        self.insert(
            "incident_times", service="claude", incident_id=incident_id, nature=nature, first_published_at=at,
            published_start=at, published_end=at + timedelta(minutes=lasted), surfaces=["api"], families=[],
        )  # fmt: skip

    def stands(self, answer: str, reason: str, surface: str | None = None, **other: Any) -> None:
        """Note how a service or a part of it stands as of the last run of the day, half an hour long."""
        as_of = other.pop("as_of", START + timedelta(days=1))
        row = {
            "run_id": 24 * 60, "service": "claude", "surface": surface, "answer": answer, "reason": reason,
            "stale_at": as_of + timedelta(minutes=30), "incident_ids": [], "people": 7, "usual": 7.9, "heard": 1.0,
            "covered_days": 44.0, "judged_until": as_of, "page_until": as_of,
            "seen": [
                {"platform": "bluesky", "people": 1, "usual": 1.2, "covered": 1.0, "seen_until": as_of},
                {"platform": "reddit", "people": 6, "usual": 6.7, "covered": 1.0, "seen_until": as_of},
            ],
        }  # fmt: skip
        self.insert("standing", **row | other)

    def load(self, **asked: Any) -> Timeline:
        """Load the timeline as a report does."""
        with connect(self.path, read_only=True) as connection:
            return load(connection, **asked)

    def typical(self) -> None:
        """Fill a day: the page late, the page first, the page silent, one not felt, one nobody could judge."""
        self.run()
        late = self.episode(60, lag=17.0)
        first = self.episode(500, lag=-5.0)
        self.episode(900, ended_at=None)
        self.incident("late", 77, met=late, verdict="felt")
        self.incident("first", 495, met=first, verdict="felt", impact="minor")
        self.incident("quiet", 800, verdict="unfelt", name="Errors on file uploads", impact="minor")
        self.incident("dark", 1000, verdict="unknown", name="Login is down")


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """An empty database with both rooms' tables."""
    return Judged(tmp_path / "invented.duckdb")


@pytest.fixture
def told(judged: Judged) -> Judged:
    """The week of Monday 13 April, looked at, with an early, an acknowledged and an unacknowledged outage."""
    judged.run(6 * 24 * 60)
    monday = START - timedelta(days=2)
    judged.counted(monday, 168)
    judged.reads_the_page(monday, judged.at(6 * 24 * 60))
    late = judged.episode(600, lag=17.0)
    judged.episode(2000, lag=-5.0)
    judged.episode(3500)
    judged.incident("late", 617, met=late, verdict="felt")
    judged.incident("quiet", 800, verdict="unfelt", name="Errors on uploads")
    judged.incident_time("late", 617)
    judged.incident_time("quiet", 800)
    return judged


@pytest.fixture
def say(judged: Judged) -> Callable[..., Result]:
    """Call `python -m reports timeline` on the invented database."""

    def timeline(*options: str) -> Result:
        return CliRunner().invoke(door, ["timeline", "--db", str(judged.path), *options])

    return timeline
