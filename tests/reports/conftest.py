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

    def insert(self, table: str, **values: Any) -> None:
        """Insert one row by column names; instants may be minutes."""
        values = {
            name: START + timedelta(minutes=value) if name.endswith("_at") and isinstance(value, int) else value
            for name, value in values.items()
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
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
def say(judged: Judged) -> Callable[..., Result]:
    """Call `python -m reports timeline` on the invented database."""

    def timeline(*options: str) -> Result:
        return CliRunner().invoke(door, ["timeline", "--db", str(judged.path), *options])

    return timeline
