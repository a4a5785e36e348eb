"""What was deleted is gone, in whatever order it is heard of, and only what was meant."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import deletions, ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import pull_target
from ingest.recheck import TARGET, recheck_source
from ingest.records import Deletion, Edit, Facts, Post, Pull, Window
from ingest.sources import About, Estimate, Page, Reading, Target

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)


def post(number: int, author: str = "invented", at: datetime = NOON, text: str = "claude is down") -> Post:
    """Invent a post."""
    key = KEYS.of("bluesky", author)
    return Post("bluesky", f"p{number}", "bluesky", key, at, at, at, "post", text, url="https://example.org/p")


def gone(number: int) -> Deletion:
    """Say that a post is gone."""
    return Deletion("bluesky", NOON, NOON, post_id=f"p{number}")


def author_gone(author: str, at: datetime = NOON + timedelta(hours=1)) -> Deletion:
    """Say that a person is gone."""
    return Deletion("bluesky", at, at, author_key=KEYS.of("bluesky", author))


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that is ready for facts."""
    with connect(Path("facts.duckdb")) as connection:
        store.prepare(connection, kind="live", key_fingerprint="x")
        yield connection


def save(connection: duckdb.DuckDBPyConnection, at: datetime = NOON, **facts: Any) -> int:
    """Save facts as one pull."""
    pull = Pull(
        source="jetstream", platform="bluesky", target="stream", service=None, asked=None, covered=None, fetched=0,
        started_at=at, ended_at=at,
    )  # fmt: skip
    return store.save(connection, pull, Facts(**facts))


def left(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Read what is left of the posts."""
    return connection.execute(
        "SELECT post_id, text, author_key IS NOT NULL, url IS NOT NULL FROM posts ORDER BY post_id"
    ).fetchall()


def test_a_deleted_post_keeps_its_row_and_loses_the_rest(database: duckdb.DuckDBPyConnection) -> None:
    """Text, author key and address are dropped; that there was a post stays, and other posts stay whole."""
    save(database, posts=(post(1), post(2)))
    save(database, deletions=(gone(1),))

    assert left(database) == [("p1", None, False, False), ("p2", "claude is down", True, True)]


def test_a_deletion_that_comes_first_waits_for_its_post(database: duckdb.DuckDBPyConnection) -> None:
    """A replay can bring the deletion before the post: the post arrives without its text."""
    save(database, deletions=(gone(1),))
    save(database, posts=(post(1),))

    assert left(database) == [("p1", None, False, False)]


def test_a_waiting_deletion_is_dropped_after_some_days(database: duckdb.DuckDBPyConnection) -> None:
    """Most deletions are of posts that nobody here ever saw: they are not kept for ever."""
    save(database, deletions=(gone(1), gone(2)))
    save(database, at=NOON + deletions.KEPT + timedelta(seconds=1))

    assert database.execute("SELECT count(*) FROM deletions").fetchall() == [(0,)]


def test_an_account_that_is_gone_takes_its_posts_along(database: duckdb.DuckDBPyConnection) -> None:
    """All posts of the person up to then, known or still to come; later ones, and other people's, stay."""
    save(database, posts=(post(1), post(2, "somebody")))
    save(database, deletions=(author_gone("invented"),))
    save(database, posts=(post(3), post(4, at=NOON + timedelta(hours=2))))

    assert [(name, text) for name, text, *_ in left(database)] == [
        ("p1", None), ("p2", "claude is down"), ("p3", None), ("p4", "claude is down"),
    ]  # fmt: skip


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_order_does_not_matter(order: tuple[int, ...], database: duckdb.DuckDBPyConnection) -> None:
    """Post, its deletion, and the post again from another reading: the same rows in every order."""
    steps = ({"posts": (post(1), post(2))}, {"deletions": (gone(1),)}, {"posts": (post(2), post(1))})
    for step in order:
        save(database, **steps[step])

    assert left(database) == [("p1", None, False, False), ("p2", "claude is down", True, True)]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(["post", "gone", "author"]), st.integers(1, 4)), max_size=12), st.randoms())
def test_any_history_in_any_order_leaves_the_same(history: list[tuple[str, int]], random: Any) -> None:
    """Posts, deletions and lost accounts, shuffled and repeated as at-least-once delivery does: the same rows."""
    facts = {
        "post": lambda n: {"posts": (post(n, f"author{n % 2}"),)},
        "gone": lambda n: {"deletions": (gone(n),)},
        "author": lambda n: {"deletions": (author_gone(f"author{n % 2}"),)},
    }
    shuffled = [*history, *history[::2]]
    random.shuffle(shuffled)
    results = []
    for told in (history, shuffled):
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            store.prepare(connection, kind="live", key_fingerprint="x")
            for kind, number in told:
                save(connection, **facts[kind](number))
            results.append(left(connection))
    assert results[0] == results[1]


def test_an_edit_replaces_the_text_and_revives_nothing(database: duckdb.DuckDBPyConnection) -> None:
    """An edited post has its new text; a deleted one stays without, and an unknown one stays unknown."""
    save(database, posts=(post(1), post(2)), deletions=(gone(2),))
    save(database, edits=tuple(Edit("bluesky", f"p{n}", "it works again", NOON) for n in (1, 2, 3)))

    assert [(name, text) for name, text, *_ in left(database)] == [("p1", "it works again"), ("p2", None)]


def test_retention_goes_by_when_a_post_came_to_us(database: duckdb.DuckDBPyConnection) -> None:
    """An archive of last year that was loaded today is kept; what came 31 days ago is not."""
    save(database, at=NOON, posts=(post(1),))
    save(database, at=NOON + timedelta(days=31), posts=(post(2, at=NOON - timedelta(days=300)),))

    assert deletions.forget_older_than(database, NOON + timedelta(days=1)) == 1
    assert [(name, text) for name, text, *_ in left(database)] == [("p1", None), ("p2", "claude is down")]


def test_a_post_and_a_person_can_be_forgotten(database: duckdb.DuckDBPyConnection) -> None:
    """On request: one post, or all of one person's; asking again finds nothing more."""
    save(database, posts=(post(1), post(2), post(3, "somebody")))

    assert deletions.forget_post(database, post(1).key) == 1
    assert deletions.forget_author(database, "bluesky", KEYS.of("bluesky", "Somebody")) == 1
    assert deletions.forget_author(database, "bluesky", KEYS.of("bluesky", "somebody")) == 0
    assert [(name, text) for name, text, *_ in left(database)] == [("p1", None), ("p2", "claude is down"), ("p3", None)]


class Platform:
    """A source that is asked whether posts still stand: in memory, since no wire is in question here."""

    NAME = "platform"
    PLATFORM = "bluesky"
    ABOUT = About((), None, "", "", "")
    RECHECK_AFTER = timedelta(hours=36)

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False

    def connect(self, settings: Any) -> None: ...

    def targets(self, settings: Any) -> list[Target]:
        return []

    def estimate(self, settings: Any, target: Target, wanted: Window) -> Estimate:
        return Estimate(1)

    def fetch(self, *asked: Any) -> Iterator[Page]:
        yield from ()

    def recheck(self, client: Any, post_ids: list[str]) -> Iterator[Page]:
        self.asked.append(list(post_ids))
        if post_ids:
            yield Page((post_ids[0],), None)
        if self.fails:
            raise ConnectionError

    def parse(self, raw: Any, reading: Reading) -> Deletion:
        return Deletion("bluesky", reading.seen_at, reading.seen_at, post_id=raw)

    def translate(self, error: Exception, target: Target) -> Any:
        from ingest.errors import Unreachable

        return Unreachable("gone for now") if isinstance(error, ConnectionError) else None


def test_each_post_is_asked_about_once(database: duckdb.DuckDBPyConnection) -> None:
    """At 36 hours a post is asked about; what is gone loses its text, what stands is not asked about again."""
    save(database, posts=(post(1), post(2), post(3, at=NOON + timedelta(hours=30))))
    source, opened = Platform(), partial(nullcontext, database)
    ask = partial(recheck_source, source, None, open_database=opened, keys=KEYS)

    ask(now=lambda: NOON + timedelta(hours=37))
    ask(now=lambda: NOON + timedelta(hours=38))

    assert source.asked == [["p1", "p2"], []]
    assert [text for _, text, *_ in left(database)] == [None, "claude is down", "claude is down"]


def test_a_recheck_that_fails_is_done_again(database: duckdb.DuckDBPyConnection) -> None:
    """What was found before the failure is kept, and the rest is asked about by the next run."""
    save(database, posts=(post(1), post(2)))
    source, opened = Platform(), partial(nullcontext, database)
    ask = partial(recheck_source, source, None, open_database=opened, keys=KEYS)

    source.fails = True
    failed = ask(now=lambda: NOON + timedelta(hours=37))
    source.fails = False
    done = ask(now=lambda: NOON + timedelta(hours=37))

    assert [failed and failed.error, done and done.error] == ["gone for now", None]
    assert source.asked == [["p1", "p2"], ["p2"]]


def test_a_recheck_counts_as_nobody_looking_for_complaints(database: duckdb.DuckDBPyConnection) -> None:
    """Its ledger rows say that they bring deletions: no bucket is covered by them."""
    opened = partial(nullcontext, database)
    recheck_source(Platform(), None, open_database=opened, keys=KEYS, now=lambda: NOON)

    assert database.execute("SELECT DISTINCT brings, target FROM pulls").fetchall() == [("deletions", TARGET.name)]


def test_what_another_target_covered_is_not_asked_again(database: duckdb.DuckDBPyConnection) -> None:
    """A target that names the one which spares it is asked for the rest alone."""
    hour = Window(NOON, NOON + timedelta(hours=1))
    pull = Pull(
        source="jetstream", platform="bluesky", target="stream", service=None, asked=hour, covered=hour, fetched=0,
        started_at=NOON, ended_at=NOON,
    )  # fmt: skip
    store.save(database, pull, Facts())
    asked: list[Window] = []

    class Search(Platform):
        def fetch(self, client: Any, target: Target, wanted: Window, *rest: Any) -> Iterator[Page]:
            asked.append(wanted)
            yield Page((), wanted)

    target = Target("search", spared_by=("jetstream", "stream"))
    wanted = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=2))
    outcome = pull_target(
        Search(), None, target, wanted, open_database=partial(nullcontext, database), keys=KEYS, now=lambda: NOON
    )

    assert asked == [Window(NOON - timedelta(hours=1), NOON), Window(hour.end, wanted.end)]
    assert outcome.gaps_left == ()
    assert ledger.load_covered(database, "platform", "search") == asked
