"""Pulls an official page from loopback into a database of the test's own, and asks what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from ingest import settings, store
from ingest.authors import AuthorKeys, open_keys
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.sources import Reading, Source, Target

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DATABASE = Path("facts.duckdb")


@dataclass
class Pulling:
    """One source and one service's page."""

    source: Source
    target: Target
    client: Any
    keys: AuthorKeys

    def __call__(
        self, since: datetime = NOW - timedelta(days=2), at: datetime = NOW, until: datetime | None = None
    ) -> Outcome:
        """Pull from `since` to `until`, at an instant that the test says; by itself to that instant."""
        return pull_target(
            self.source, self.client, self.target, Window(since, until or at),
            open_database=partial(connect, DATABASE), keys=self.keys, now=lambda: at,
        )  # fmt: skip


@contextmanager
def pulling(source: Source, service: str, **environment: str) -> Iterator[Pulling]:
    """Prepare a database and a way to pull one service's page into it; keys are given without ICD_."""
    patient = {"STATUSPAGE_PAUSE_SECONDS": "0", "TIMEOUT_SECONDS": "5"}
    chosen = settings.load({f"ICD_{key}": value for key, value in (patient | environment).items()}, Path("none"))
    keys = open_keys(Path())
    with connect(DATABASE) as connection:
        store.prepare(connection, kind="live", key_fingerprint=keys.fingerprint)
    client = source.connect(chosen)
    target = Target(f"{service}/page", service, brings="incidents")
    assert target in source.targets(chosen)
    yield Pulling(source, target, client, keys)
    client.http.close()


def reading(service: str, at: datetime = NOW) -> Reading:
    """What `parse` is told beside the raw item."""
    return Reading(Target(f"{service}/page", service, brings="incidents"), at, AuthorKeys(b"0" * 32))


def ask(query: str) -> list[tuple[Any, ...]]:
    """Ask the database one question, in UTC."""
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def covered() -> list[tuple[datetime, datetime]]:
    """Say what the ledger vouches for, in the order of the pulls."""
    rows = ask("SELECT covered_start, covered_end FROM pulls WHERE covered_start IS NOT NULL ORDER BY pull_id")
    return [(start.astimezone(UTC), end.astimezone(UTC)) for start, end in rows]
