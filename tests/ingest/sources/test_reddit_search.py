"""How the reddit source searches all of Reddit, and how little its coverage says there."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from loopback.http import Server, serve
from loopback.reddit import Child, Reddit, as_json, environment, header, html, instead, listing, status, submission
from loopback.reddit_recordings import Replay, exchanges

from ingest import store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.errors import RateLimited, UnexpectedShape
from ingest.pull import Outcome, pull_target, read_items
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Page, Reading, Target, reddit
from ingest.sources.reddit.search import span

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOWN = Target("search claude down", "claude", brings="discoveries")
KEYS = AuthorKeys(b"k" * 32)


def back(minutes: float) -> Window:
    """Want everything from so many minutes before noon."""
    return Window(NOON - timedelta(minutes=minutes), NOON)


def found(count: int, first: int = 0) -> list[Child]:
    """Make posts in other subreddits, newest first, one a minute."""
    return [
        submission(first + n, (NOON - timedelta(minutes=first + n)).timestamp(), subreddit="sysadmin")
        for n in range(1, count + 1)
    ]


def site(children: list[Child]) -> Reddit:
    """Make a Reddit whose search finds these."""
    made = Reddit()
    made.found["claude down"] = children
    return made


def search(reddit_site: Reddit, wanted: Window, target: Target = DOWN) -> tuple[list[Page], Server]:
    """Fetch from a server until the source stops."""
    with serve(reddit_site) as server:
        client = reddit.connect(load(environment(server.url)))
        return list(reddit.fetch(client, target, wanted, lambda: NOON, {})), server


def test_it_asks_as_praw_asks(shared_data: Path) -> None:
    """All of Reddit, newest first: the path and the parameters of the recorded search, with values of our own."""
    _, recorded = exchanges(shared_data / "protocol/reddit/praw/TestSubreddit.test_search.json")
    _, server = search(site(found(30)), back(20))
    (asked,) = [request for request in server.requests if request.method == "GET"]
    assert asked.path == recorded.path == "/r/all/search/"
    assert set(asked.query) == set(recorded.query)
    assert asked.query["restrict_sr"] == recorded.query["restrict_sr"] == "False"
    assert asked.query == {
        "q": "claude down", "restrict_sr": "False", "sort": "new", "syntax": "lucene", "t": "day", "limit": "100",
        "raw_json": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "name"),
    [(0.1, "day"), (22, "day"), (24, "week"), (36, "week"), (24 * 6, "week"), (24 * 8, "month"), (24 * 30, "year"),
     (24 * 400, "all")],
)  # fmt: skip
def test_the_span_reaches_as_far_as_is_wanted(hours: float, name: str) -> None:
    """The shortest of Reddit's spans that reaches back, an hour to spare; never the hour, because the index lags."""
    assert span(timedelta(hours=hours)) == name


def test_it_reads_on_until_what_is_wanted_is_reached() -> None:
    """Page by page with `after`, each page covering what was walked by then."""
    pages, server = search(site(found(600)), back(250))
    assert [len(page.items) for page in pages] == [100, 100, 100]
    assert [page.covered for page in pages] == [
        Window(NOON - timedelta(minutes=read) + SECOND, NOON) for read in (100, 200, 300)
    ]
    assert [page.problem for page in pages] == [None] * 3
    assert [request.query.get("after") for request in server.requests[1:]] == [None, "t3_000100", "t3_000200"]


@pytest.mark.parametrize("count", [0, 1, 40, 100])
def test_a_search_that_ends_is_not_asked_again(count: int) -> None:
    """Few results, or none at all: that was everything, the span counts as asked, and nothing is a problem."""
    pages, _ = search(site(found(count)), back(400))
    assert [(len(page.items), page.covered, page.problem) for page in pages] == [(count, back(400), None)]


def test_a_search_out_of_order_is_read_to_its_end() -> None:
    """Results in another order than asked for say nothing of time: no page but the last covers the old (by hand)."""
    children = found(250)
    children.insert(3, submission(999, (NOON - timedelta(days=300)).timestamp(), subreddit="sysadmin"))
    pages, _ = search(site(children), back(150))
    assert [len(page.items) for page in pages] == [100, 100, 51]
    assert [page.covered for page in pages[:2]] == [Window(NOON - timedelta(minutes=4) + SECOND, NOON)] * 2
    assert (pages[-1].covered, pages[-1].problem) == (back(150), None)


def test_a_search_in_circles_is_left() -> None:
    """A server that names one `after` for ever is asked twice, not for ever (by hand)."""
    troubled = site(found(100))
    troubled.trouble("r/all/search", instead(as_json(listing(found(100), "t3_000100"))), forever=True)
    pages, _ = search(troubled, back(400))
    assert len(pages) == 2


def test_a_search_whose_format_changed_is_asked_again() -> None:
    """Results of which most cannot be read cover nothing (by hand)."""
    children = found(40)
    for child in children:
        child["data"]["heading"] = child["data"].pop("title")
    pages, _ = search(site(children), back(20))
    assert [(page.covered, type(page.problem)) for page in pages] == [(None, UnexpectedShape)]


def test_a_used_up_budget_leaves_the_rest() -> None:
    """Before the second page the app's requests are used up: the first keeps what it covers."""
    troubled = site(found(300))
    troubled.trouble("r/all/search", header("x-ratelimit-remaining", "0.0"))
    pages, _ = search(troubled, back(250))
    assert [type(page.problem) for page in pages] == [type(None), RateLimited]
    assert (pages[1].covered, pages[1].requests) == (None, 0)
    assert "search claude down" in str(pages[1].problem)


@pytest.mark.parametrize("trouble", [status(429), html(403), instead(as_json([]))], ids=["429", "403", "a list"])
def test_trouble_at_the_search_is_said(trouble: object) -> None:
    """What goes wrong names the search."""
    troubled = site(found(30))
    troubled.trouble("r/all/search", trouble)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r".") as raised:
        search(troubled, back(20))
    assert str(reddit.translate(raised.value, DOWN)).startswith("reddit search claude down: ")


@pytest.mark.parametrize(("recording", "count"), [("praw", 6), ("asyncpraw", 31)])
def test_recorded_results_are_read(recording: str, count: int, shared_data: Path) -> None:
    """Recorded results (by relevance, so in no order of time) are posts of many subreddits, read to the end."""
    recorded = exchanges(shared_data / f"protocol/reddit/{recording}/TestSubreddit.test_search.json")
    wanted = Window(datetime(2010, 1, 1, tzinfo=UTC), NOON)
    with serve(Replay(recorded, anywhere=True)) as server:
        client = reddit.connect(load(environment(server.url)))
        (page,) = reddit.fetch(client, DOWN, wanted, lambda: NOON, {})
    facts = read_items(reddit, DOWN, page, Reading(DOWN, NOON, KEYS))
    assert (len(facts.posts), facts.rejects, page.problem) == (count, (), None)
    assert len({post.place for post in facts.posts}) > 1


def pull(database: Path, url: str, target: Target, now: datetime) -> Outcome:
    """Pull four hours of one target into a database."""
    open_database = partial(connect, database)
    with open_database() as connection:
        store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
    client = reddit.connect(load(environment(url)))
    wanted = Window(now - timedelta(hours=4), now)
    return pull_target(reddit, client, target, wanted, open_database=open_database, keys=KEYS, now=lambda: now)


def test_what_a_search_finds_too_late_is_found_by_the_next(tmp_path: Path) -> None:
    """The index lags: a post of before the last run, that this run is the first to be told of, is saved.

    What stands in a watched subreddit as well is one post, whichever way it came first.
    """
    database, late = tmp_path / "outages.duckdb", found(1, 30)
    made = site(found(3))
    made.listings["r/ClaudeAI/new"] = [
        submission(900 + n, (NOON - timedelta(hours=n)).timestamp()) for n in range(1, 9)
    ]
    made.found["claude down"] += made.listings["r/ClaudeAI/new"][:2]
    with serve(made) as server:
        pull(database, server.url, Target("r/ClaudeAI/new", "claude"), NOON)
        assert pull(database, server.url, DOWN, NOON).new == 3
        made.found["claude down"][3:3] = late
        outcome = pull(database, server.url, DOWN, NOON + timedelta(minutes=10))
    assert (outcome.new, outcome.error, outcome.gaps_left) == (1, None, ())
    with connect(database, read_only=True) as connection:
        rows = connection.execute("SELECT place, count(*) FROM posts GROUP BY ALL ORDER BY ALL").fetchall()
        brings = connection.execute("SELECT DISTINCT target, brings FROM pulls ORDER BY ALL").fetchall()
    assert rows == [("r/ClaudeAI", 8), ("r/sysadmin", 4)]
    assert brings == [("r/ClaudeAI/new", "posts"), (DOWN.name, "discoveries")]
