"""From the wire to the database: gaps asked, posts saved, the ledger telling what was seen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from loopback.http import Server, serve
from loopback.reddit import Reddit, comment, environment, status, submission

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Target, reddit

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
NEW = Target("r/ClaudeAI/new", "claude")
COMMENTS = Target("r/ClaudeAI/comments", "claude")


class World:
    """A pretended Reddit on which a post a minute is published, a database, and a clock."""

    def __init__(self, server: Server, site: Reddit, database: Path) -> None:
        self.server, self.site, self.database, self.now = server, site, database, NOON
        with connect(database) as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)

    def publish(self, first: int, last: int) -> None:
        """Publish post number `first` to `last`, each that many minutes after 06:00."""
        for number in range(first, last + 1):
            made = submission(number, (NOON - timedelta(hours=6) + timedelta(minutes=number)).timestamp())
            self.site.listings[NEW.name].insert(0, made)

    def pull(self, hours: float = 4, target: Target = NEW) -> Outcome:
        """Pull one target for so many hours back, with a client of its own, as each run does."""
        return pull_target(
            reddit,
            reddit.connect(load(environment(self.server.url))),
            target,
            Window(self.now - timedelta(hours=hours), self.now),
            open_database=partial(connect, self.database),
            keys=KEYS,
            now=lambda: self.now,
        )

    def asked(self) -> list[str | None]:
        """Say with which `after` listings were asked since the last time, and forget it."""
        found = [request.query.get("after") for request in self.server.requests if request.method == "GET"]
        self.server.requests.clear()
        return found

    def rows(self, query: str) -> list[tuple]:
        """Read from the database."""
        with connect(self.database, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def minutes(self) -> list[int]:
        """Name the saved posts by number, which is their minute after 06:00."""
        return [int(name[3:]) for (name,) in self.rows("SELECT post_id FROM posts ORDER BY claimed_at")]

    def covered(self) -> list[Window]:
        """Say what the ledger covers of the posts."""
        with connect(self.database, read_only=True) as connection:
            return ledger.load_covered(connection, "reddit", NEW.name)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Publish a post a minute from 06:01 to 12:00; it is noon."""
    site = Reddit(new=[], comments=[])
    with serve(site) as server:
        world = World(server, site, tmp_path / "outages.duckdb")
        world.publish(1, 360)
        yield world


def test_a_first_run_fills_the_window(world: World) -> None:
    """Four hours wanted: three pages, 300 posts, the window covered whole, and the ledger says what each page did."""
    outcome = world.pull()
    assert (outcome.fetched, outcome.new, outcome.rejected, outcome.error, outcome.gaps_left) == (300, 300, 0, None, ())
    assert world.minutes() == list(range(61, 361))
    assert world.covered() == [Window(NOON - timedelta(minutes=299, seconds=-1), NOON)]
    ledger = world.rows("SELECT target, service, fetched, new, rejected, error FROM pulls ORDER BY pull_id")
    assert ledger == [(NEW.name, "claude", 100, 100, 0, None)] * 3
    (columns,) = world.rows("SELECT DISTINCT platform, place, form, counted_at = claimed_at, lang FROM posts")
    assert columns == ("reddit", "r/ClaudeAI", "post", True, None)


def test_a_second_run_asks_for_what_is_new(world: World) -> None:
    """Ten minutes later one request covers the ten minutes: posts known already are fetched with it and not doubled."""
    world.pull()
    world.asked()
    world.publish(361, 370)
    world.now = NOON + timedelta(minutes=10)
    outcome = world.pull()
    assert world.asked() == [None]
    assert (outcome.fetched, outcome.new, outcome.gaps_left) == (100, 10, ())
    assert world.minutes() == list(range(61, 371))
    assert world.covered() == [Window(NOON - timedelta(minutes=299, seconds=-1), world.now)]


def test_nothing_wanted_is_nothing_asked(world: World) -> None:
    """A window that is covered costs no request, not even for a token."""
    world.pull()
    world.server.requests.clear()
    world.pull()
    assert world.server.requests == []


def test_a_run_that_failed_on_page_two_leaves_that_gap(world: World) -> None:
    """The first page stays with its coverage, the failure is in the ledger, and the next run fills exactly the rest."""
    world.site.trouble(NEW.name, None, status(429, {"retry-after": "17"}))
    outcome = world.pull()
    first = Window(NOON - timedelta(minutes=99, seconds=-1), NOON)
    assert world.covered() == [first]
    assert outcome.gaps_left == (Window(NOON - timedelta(hours=4), first.start),)
    assert outcome.error is not None
    assert "in 17 s" in outcome.error
    assert world.minutes() == list(range(261, 361))
    assert world.rows("SELECT covered_start, fetched, error FROM pulls ORDER BY pull_id DESC LIMIT 1") == [
        (None, 0, "RateLimited: " + outcome.error)
    ]

    world.publish(361, 365)
    world.now = NOON + timedelta(minutes=5)
    outcome = world.pull()
    assert (outcome.error, outcome.gaps_left, outcome.new) == (None, (), 200)
    assert world.minutes() == list(range(66, 366))
    assert world.covered() == [Window(NOON - timedelta(minutes=294, seconds=-1), world.now)]


def test_what_reddit_forgot_stays_a_gap(world: World) -> None:
    """More than 1,000 posts between two runs: the middle is not covered, and no number of further runs claims it."""
    world.pull(hours=1)
    world.publish(361, 1500)
    world.now = NOON + timedelta(minutes=1140)
    for _ in range(2):
        outcome = world.pull(hours=20)
        assert outcome.error is not None
        assert "ended after 1,000" in outcome.error
    gap = Window(NOON, NOON + timedelta(minutes=141, seconds=1))
    assert gap in outcome.gaps_left
    assert len(world.minutes()) == len(set(world.minutes())) == 1100


def test_a_post_deleted_between_two_runs_stays_a_fact_once(world: World) -> None:
    """What was seen and is gone at the next poll stays as it was first seen; nothing is inferred from its absence."""
    world.pull()
    before = world.rows("SELECT post_id, text, author_key FROM posts ORDER BY post_id")
    del world.site.listings[NEW.name][5]
    world.site.listings[NEW.name][6]["data"] |= {"author": "[deleted]", "selftext": "[deleted]"}
    world.now = NOON + timedelta(minutes=1)
    outcome = world.pull()
    assert (outcome.new, outcome.gaps_left) == (0, ())
    assert world.rows("SELECT post_id, text, author_key FROM posts ORDER BY post_id") == before


def test_another_score_is_the_same_post(world: World) -> None:
    """A post that was voted on between two polls is one post."""
    world.pull()
    for child in world.site.listings[NEW.name]:
        child["data"] |= {"score": 4711, "num_comments": 12}
    world.now = NOON + timedelta(minutes=1)
    assert world.pull().new == 0
    assert len(world.minutes()) == 300


def test_posts_and_comments_have_coverage_of_their_own(world: World) -> None:
    """Having read the posts says nothing of the comments."""
    world.pull()
    outcome = world.pull(target=COMMENTS)
    assert outcome.gaps_left == (Window(NOON - timedelta(hours=4), NOON),)
    world.site.listings[COMMENTS.name] = [
        comment(n, (NOON - timedelta(minutes=10 * n)).timestamp()) for n in range(1, 40)
    ]
    outcome = world.pull(target=COMMENTS)
    assert (outcome.new, outcome.error, outcome.gaps_left) == (39, None, ())


def test_an_odd_post_is_a_reject_and_the_rest_is_kept(world: World) -> None:
    """One child of another shape is written down with its reason; its page counts as seen."""
    world.site.listings[NEW.name][3]["data"]["title"] = None
    outcome = world.pull(hours=1)
    assert (outcome.new, outcome.rejected, outcome.error, outcome.gaps_left) == (99, 1, None, ())
    ((where, reason),) = world.rows('SELECT "where", reason FROM rejects')
    assert where == "r/ClaudeAI/new, item 4"
    assert "title" in reason


def test_no_secret_and_no_handle_reaches_the_database(world: World) -> None:
    """Neither the app's secret, nor the token, nor an author's name stands anywhere in the file."""
    world.site.trouble(NEW.name, None, status(403))
    world.pull()
    raw = world.database.read_bytes()
    for secret in (b"invented-secret-7Q", b"invented-token-9Z", b"invented_300", b"invented_261"):
        assert secret not in raw
    assert world.rows("SELECT count(DISTINCT author_key) FROM posts") == [(100,)]
