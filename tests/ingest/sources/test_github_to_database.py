"""GitHub's issues from the wire to the database, through the real client; shaped by hand unless it says recorded."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loopback.github import REPOSITORY, TOKEN, GitHub, environment, issue, minutely
from loopback.http import Server, serve
from loopback.reddit import status

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Target, github

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
TARGET = Target(REPOSITORY, "claude")


class World:
    """A repository, a database, and a clock."""

    def __init__(self, server: Server, site: GitHub, database: Path) -> None:
        self.server, self.site, self.database, self.now = server, site, database, NOON
        site.url = server.url
        with connect(database) as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)

    def pull(self, hours: float = 4) -> Outcome:
        """Pull with a client of its own, as each run does."""
        return pull_target(
            github, github.connect(load(environment(self.server.url, ICD_GITHUB_TOKEN=TOKEN))), TARGET,
            Window(self.now - timedelta(hours=hours), self.now),
            open_database=partial(connect, self.database), keys=KEYS, now=lambda: self.now,
        )  # fmt: skip

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the database."""
        with connect(self.database, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def covered(self) -> list[Window]:
        """Say what the ledger covers."""
        with connect(self.database, read_only=True) as connection:
            return ledger.load_covered(connection, "github", TARGET.name)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give an empty database and a repository with an issue a minute for five hours."""
    site = GitHub(minutely(300, NOON))
    with serve(site) as server:
        yield World(server, site, tmp_path / "facts.duckdb")


def test_a_second_run_that_finds_nothing_new_costs_nothing(world: World) -> None:
    """Ten minutes later nothing was created: one conditional request, none of the limit, and all is covered."""
    world.pull()
    left, asked = world.site.remaining, len(world.server.requests)
    world.now += timedelta(minutes=10)
    outcome = world.pull()
    assert (outcome.fetched, outcome.error, outcome.gaps_left) == (0, None, ())
    assert (world.site.remaining, len(world.server.requests) - asked) == (left, 1)
    assert world.rows("SELECT count(*) FROM posts") == [(300,)]


def test_an_odd_issue_is_a_reject_that_names_nobody(world: World) -> None:
    """One issue of another shape is written down with its reason and without its author; the others are kept."""
    world.site.issues[3] |= {"title": None, "number": 17}
    outcome = world.pull(hours=1)
    assert (outcome.new, outcome.rejected, outcome.error, outcome.gaps_left) == (99, 1, None, ())
    ((excerpt, reason),) = world.rows("SELECT excerpt, reason FROM rejects")
    assert "title" in reason
    assert "invented-" not in excerpt


def test_no_token_and_no_handle_reaches_the_database(world: World) -> None:
    """Refused on the second page, and with an odd issue on the first: neither the token nor a name is in the file."""
    world.site.issues[3] |= {"title": None}
    world.site.troubles = [None, status(403, {}, f"Bearer {TOKEN}".encode())]
    outcome = world.pull()
    assert outcome.error is not None
    raw = world.database.read_bytes()
    for secret in (TOKEN, "invented-2", "invented-assignee"):
        assert secret.encode() not in raw
    assert TOKEN not in outcome.error


def test_a_real_month_is_read_whole_at_odd_hours(tmp_path: Path, shared_data: Path) -> None:
    """Recorded: when 6,930 real issues were created. Polled at uneven intervals, each comes once, without a gap."""
    path = shared_data / "posts" / "claude-code-issue-titles_2026-02-28_03-20.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    real = [
        issue(int(row["source"].rsplit("/", 1)[-1]), datetime.fromisoformat(row["date"]), title="Invented", body=None)
        for row in rows
    ]
    real.sort(key=lambda made: -made["number"])
    site = GitHub([], by_cursor=True)
    start, end = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 21, tzinfo=UTC)
    with serve(site) as server:
        world = World(server, site, tmp_path / "facts.duckdb")
        world.now = start
        for turn in range(1, 1_000):
            world.now = min(world.now + timedelta(hours=3 + 7 * (turn % 5), seconds=turn), end)
            stamp = f"{world.now:%Y-%m-%dT%H:%M:%SZ}"
            site.issues = [made for made in real if made["created_at"] < stamp]
            outcome = world.pull(hours=(world.now - start) / timedelta(hours=1))
            assert (outcome.error, outcome.gaps_left) == (None, ())
            if world.now == end:
                break
    assert world.rows("SELECT count(*), count(DISTINCT post_id) FROM posts") == [(len(real), len(real))]
    assert world.covered() == [Window(start, end)]
