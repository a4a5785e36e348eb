"""Asking Reddit again after 36 hours, to the database: what is gone is dropped, once, and never by mistake."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loopback.http import Server, serve
from loopback.reddit import Reddit, as_json, comment, environment, instead, listing, status, submission

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.recheck import TARGET, recheck_source
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Target, reddit

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
NEW, COMMENTS = Target("r/ClaudeAI/new", "claude"), Target("r/ClaudeAI/comments", "claude")


class World:
    """A Reddit that is read at noon and asked again later, and the database in between."""

    def __init__(self, server: Server, site: Reddit, database: Path) -> None:
        self.server, self.site, self.now = server, site, NOON
        self.open = partial(connect, database)
        with self.open() as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)

    def client(self) -> Any:
        """Make a client, as each run does."""
        return reddit.connect(load(environment(self.server.url)))

    def pull(self, target: Target) -> Outcome:
        """Pull six hours."""
        wanted = Window(self.now - timedelta(hours=6), self.now)
        return pull_target(
            reddit, self.client(), target, wanted, open_database=self.open, keys=KEYS, now=lambda: self.now
        )

    def recheck(self) -> Outcome:
        """Ask again about what is old enough."""
        outcome = recheck_source(reddit, self.client(), open_database=self.open, keys=KEYS, now=lambda: self.now)
        assert outcome is not None
        return outcome

    def rows(self, query: str) -> list[tuple]:
        """Read from the database."""
        with self.open(read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Read five posts and five comments of the last hour, all of which `/api/info` knows."""
    at = [(NOON - timedelta(minutes=10 * n)).timestamp() for n in range(1, 6)]
    site = Reddit(
        new=[submission(n, when) for n, when in enumerate(at, 1)],
        comments=[comment(n, when) for n, when in enumerate(at, 11)],
    )
    site.things = {child["data"]["name"]: child for children in site.listings.values() for child in children}
    with serve(site) as server:
        world = World(server, site, tmp_path / "outages.duckdb")
        world.pull(NEW)
        world.pull(COMMENTS)
        yield world


def test_what_is_gone_after_36_hours_is_dropped(world: World) -> None:
    """Text, author and address of what is gone are dropped; the rest, and its place in the record, stay."""
    world.site.things["t3_000002"]["data"] |= {"removed_by_category": "moderator", "selftext": "[removed]"}
    world.site.things["t1_000013"]["data"] |= {"author": "[deleted]"}
    del world.site.things["t1_000014"]
    world.now = NOON + timedelta(hours=37)
    outcome = world.recheck()
    assert (outcome.fetched, outcome.rejected, outcome.error, outcome.gaps_left) == (3, 0, None, ())
    dropped = world.rows("SELECT post_id FROM posts WHERE text IS NULL AND author_key IS NULL AND url IS NULL")
    assert {name for (name,) in dropped} == {"t3_000002", "t1_000013", "t1_000014"}
    assert world.rows("SELECT count(*), count(text), count(author_key) FROM posts") == [(10, 7, 7)]


def test_each_is_asked_about_once(world: World) -> None:
    """Nothing is asked while it is young, nor a second time."""
    world.server.requests.clear()
    world.now = NOON + timedelta(hours=30)
    world.recheck()
    assert world.server.requests == []
    world.now = NOON + timedelta(hours=37)
    world.recheck()
    assert [request.path for request in world.server.requests] == ["/api/v1/access_token", "/api/info/"]
    world.server.requests.clear()
    world.now = NOON + timedelta(hours=38)
    world.recheck()
    assert world.server.requests == []


@pytest.mark.parametrize("trouble", [status(429), instead(as_json(listing([], None)))], ids=["429", "empty"])
def test_a_recheck_that_failed_is_made_again(world: World, trouble: Any) -> None:
    """Nothing is dropped, nothing counts as asked, and the next run does it."""
    del world.site.things["t1_000014"]
    world.site.trouble("api/info", trouble)
    world.now = NOON + timedelta(hours=37)
    outcome = world.recheck()
    assert outcome.error is not None
    assert outcome.error.startswith("reddit deletions: ")
    with world.open(read_only=True) as connection:
        assert not any(window.end > NOON for window in ledger.load_covered(connection, "reddit", TARGET.name))
    assert world.rows("SELECT count(text) FROM posts") == [(10,)]
    assert (world.recheck().error, world.rows("SELECT count(text) FROM posts")) == (None, [(9,)])
