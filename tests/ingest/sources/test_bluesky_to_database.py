"""From the wire to the database: gaps asked, posts saved once, nothing of the account in the file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from loopback.bluesky import APP_PASSWORD, HANDLE, SEARCH, Bluesky, View, environment, named, stamp, view
from loopback.http import Server, serve
from loopback.reddit import instead

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Target, bluesky

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
DOWN = Target('search "claude down"', "claude", brings=bluesky.BRINGS)
DATABASE = Path("outages.duckdb")
MINUTE = timedelta(minutes=1)


class World:
    """A pretended Bluesky, a database, and a clock."""

    def __init__(self, server: Server, site: Bluesky) -> None:
        self.server, self.site, self.now = server, site, NOON
        with connect(DATABASE) as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)

    def pull(self, hours: float = 4) -> Outcome:
        """Pull one phrase for so many hours back, with an account opened anew, as each run does."""
        return pull_target(
            bluesky,
            bluesky.connect(load(environment(self.server.url))),
            DOWN,
            Window(self.now - timedelta(hours=hours), self.now),
            open_database=partial(connect, DATABASE),
            keys=KEYS,
            now=lambda: self.now,
        )

    def searches(self) -> int:
        """Count the searches since the last time."""
        count = sum(request.path.endswith(SEARCH) for request in self.server.requests)
        self.server.requests.clear()
        return count

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Read from the database."""
        with connect(DATABASE, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def covered(self) -> list[Window]:
        """Say what the ledger covers."""
        with connect(DATABASE, read_only=True) as connection:
            return ledger.load_covered(connection, "bluesky", DOWN.name)


def posts(first: int, last: int) -> list[View]:
    """Make a post for each minute before noon."""
    return [view(number, NOON - number * MINUTE) for number in range(first, last + 1)]


@pytest.fixture
def world() -> Iterator[World]:
    """Publish a post a minute for five hours; it is noon."""
    site = Bluesky(posts(0, 300))
    with serve(site) as server:
        yield World(server, site)


def test_a_first_run_fills_the_gap_and_a_second_asks_nothing(world: World) -> None:
    """Four hours in three pages; what is left is too young, and costs no request."""
    outcome = world.pull()
    assert (outcome.rejected, outcome.error) == (0, None)
    assert outcome.gaps_left == (Window(NOON - 2 * MINUTE, NOON),)
    assert world.covered() == [Window(NOON - timedelta(hours=4), NOON - 2 * MINUTE)]
    assert world.searches() == 3
    assert world.pull().error is None
    assert world.server.requests == []
    ledger_rows = world.rows("SELECT DISTINCT platform, target, service, brings, error FROM pulls")
    assert ledger_rows == [("bluesky", DOWN.name, "claude", bluesky.BRINGS, None)]


def test_windows_overlap_and_no_post_is_saved_twice(world: World) -> None:
    """The second run asks a quarter of an hour of what is covered again: fetched twice, saved once (by hand)."""
    world.pull()
    saved = world.rows("SELECT count(*) FROM posts")[0][0]
    late = view(900, NOON + 5 * MINUTE, createdAt=stamp(NOON - 10 * MINUTE))
    world.site.posts.append(late)
    world.now = NOON + 20 * MINUTE
    world.searches()
    outcome = world.pull()
    assert world.searches() == 1
    assert outcome.fetched > outcome.new
    # The late one, and what stood in the last two minutes before noon.
    assert outcome.new == 3
    assert world.rows("SELECT count(*), count(DISTINCT post_key) FROM posts") == [(saved + 3, saved + 3)]


def test_a_run_that_failed_leaves_its_gap(world: World) -> None:
    """The first pages stay with what they cover, the failure is in the ledger, and the next run asks for the rest."""
    world.site.trouble(SEARCH, None, None, instead(named("UpstreamFailure", 502, HANDLE)))
    outcome = world.pull()
    assert outcome.error
    assert "status 502" in outcome.error
    (covered,) = world.covered()
    assert covered == Window(NOON - 101 * MINUTE - timedelta(seconds=1), NOON - 2 * MINUTE)
    world.searches()
    assert world.pull().error is None
    assert world.searches() == 2
    assert world.covered() == [Window(NOON - timedelta(hours=4), NOON - 2 * MINUTE)]


def test_malformed_views_are_rejects_that_name_nobody(world: World) -> None:
    """A view of another shape is a row of the rejects, the rest of its page is saved, and no person stands in it."""
    for number in (10, 20):
        world.site.posts[number]["author"] = {"handle": world.site.posts[number]["author"]["handle"]}
    outcome = world.pull()
    assert (outcome.rejected, outcome.error) == (2, None)
    for where, reason, excerpt in world.rows('SELECT "where", reason, excerpt FROM rejects'):
        assert str(where).startswith(DOWN.name)
        assert "did" in str(reason)
        assert "person-" not in str(excerpt)
        assert "did:plc" not in str(excerpt)


def test_nothing_of_the_account_or_of_a_person_is_in_the_file(world: World) -> None:
    """Neither password, handle nor token, nor anybody's handle or did, is in any page of the database's file."""
    world.pull()
    content = DATABASE.read_bytes()
    tokens = [name.encode() for name in (*world.site.access, *world.site.refresh)]
    assert tokens
    for secret in (APP_PASSWORD.encode(), HANDLE.encode(), *tokens, b"person-", b"did:plc:", b"at://"):
        assert secret not in content
    assert b"search" in content
