"""How the reddit source walks a listing, and what of its time it says it has covered."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.http import Request, Response, Server, serve
from loopback.reddit import Child, Reddit, as_json, comment, environment, header, instead, listing, submission

from ingest.authors import AuthorKeys
from ingest.errors import ConfigError, MissingKey, RateLimited, Truncated, UnexpectedShape
from ingest.pull import read_items
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Page, Reading, Target, reddit
from ingest.sources.reddit.listing import MAX_PAGES, Answer, Walk

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NEW = Target("r/ClaudeAI/new", "claude")
COMMENTS = Target("r/ClaudeAI/comments", "claude")

Fetch = Callable[..., Iterator[Page]]


def ago(minutes: float) -> float:
    """Say an instant before noon in epoch seconds."""
    return (NOON - timedelta(minutes=minutes)).timestamp()


def back(minutes: float) -> Window:
    """Want everything from so many minutes before noon."""
    return Window(NOON - timedelta(minutes=minutes), NOON)


def one_a_minute(count: int, first: int = 0, make: Callable[..., Child] = submission) -> list[Child]:
    """Make posts, newest first: number 1 a minute before noon, number 2 two minutes before, and so on."""
    return [make(first + n, ago(first + n)) for n in range(1, count + 1)]


def walk(site: Reddit, wanted: Window, target: Target = NEW) -> tuple[list[Page], Server]:
    """Fetch from a server until the source stops."""
    with serve(site) as server:
        client = reddit.connect(load(environment(server.url)))
        return list(reddit.fetch(client, target, wanted, lambda: NOON, {})), server


def listings(server: Server) -> list[Request]:
    """Say which requests were for a listing."""
    return [request for request in server.requests if request.method == "GET"]


def test_pages_until_what_is_wanted_is_reached() -> None:
    """250 minutes back take three pages of one post a minute; what was passed on the way is handed out too."""
    pages, server = walk(Reddit(new=one_a_minute(900)), back(250))
    assert [len(page.items) for page in pages] == [100, 100, 100]
    assert [page.problem for page in pages] == [None] * 3
    assert [request.query.get("after") for request in listings(server)] == [None, "t3_000100", "t3_000200"]
    assert all(request.query["limit"] == "100" and "before" not in request.query for request in listings(server))


def test_covered_is_true_after_each_page() -> None:
    """Each page adds the time down to its oldest post, and no page claims more than was read by then."""
    pages, _ = walk(Reddit(new=one_a_minute(900)), back(250))
    assert [page.covered for page in pages] == [
        Window(NOON - timedelta(minutes=read) + SECOND, NOON) for read in (100, 200, 300)
    ]


def test_posts_of_the_oldest_second_may_stand_on_the_next_page() -> None:
    """Reddit's clock has whole seconds, and busy ones hold several posts: the oldest's second is not covered yet."""
    burst = [submission(n, ago(5)) for n in range(1, 131)]
    pages, _ = walk(Reddit(new=[*burst, *one_a_minute(10, 130)]), Window(NOON - timedelta(minutes=5), NOON))
    assert pages[0].covered == Window(NOON - timedelta(minutes=5) + SECOND, NOON)
    assert len(pages) == 2


def test_covered_ends_when_the_first_request_was_sent() -> None:
    """What is published while older pages are read is for the next run: the clock is read once, before anything."""
    ticks = iter(NOON + timedelta(minutes=n) for n in range(9))
    site = Reddit(new=one_a_minute(300))
    with serve(site) as server:
        client = reddit.connect(load(environment(server.url)))
        for page in reddit.fetch(client, NEW, back(250), lambda: next(ticks), {}):
            assert page.covered is not None
            assert page.covered.end == NOON
            site.listings["r/ClaudeAI/new"].insert(0, submission(5000 + len(page.items), ago(-1)))


def test_a_listing_that_ends_covers_down_to_its_oldest() -> None:
    """Reddit forgets after 1,000: what was read is covered, and the message says how often to run."""
    pages, server = walk(Reddit(new=one_a_minute(1500)), back(1400))
    assert sum(len(page.items) for page in pages) == 1000
    assert len(listings(server)) == 10
    assert [type(page.problem) for page in pages[-2:]] == [type(None), Truncated]
    assert pages[-1].covered == Window(NOON - timedelta(minutes=1000) + SECOND, NOON)
    assert str(pages[-1].problem) == (
        "reddit r/ClaudeAI/new: the listing ended after 1,000, at 2026-04-14T19:20Z; older ones cannot be read, "
        "so run it more often than every 16 h"
    )


def test_a_listing_that_ends_where_it_is_wanted_is_no_problem() -> None:
    """A short listing that reaches far enough back is complete."""
    pages, _ = walk(Reddit(new=one_a_minute(30)), back(20))
    assert [page.problem for page in pages] == [None]


def test_an_empty_listing_covers_nothing() -> None:
    """No post at all is not a calm hour but nothing seen."""
    pages, _ = walk(Reddit(new=[]), back(20))
    assert [(page.items, page.covered, type(page.problem)) for page in pages] == [((), None, Truncated)]
    assert "the listing is empty" in str(pages[0].problem)


def test_a_page_that_comes_back_empty_ends_the_walk() -> None:
    """The post that `after` names was deleted between two pages: Reddit answers with nothing (shaped by hand)."""
    site = Reddit(new=one_a_minute(300))
    with serve(site) as server:
        client = reddit.connect(load(environment(server.url)))
        pages = []
        for page in reddit.fetch(client, NEW, back(250), lambda: NOON, {}):
            pages.append(page)
            del site.listings["r/ClaudeAI/new"][len(page.items) - 1]
    assert [type(page.problem) for page in pages] == [type(None), Truncated]
    assert pages[-1].covered == Window(NOON - timedelta(minutes=100) + SECOND, NOON)


def test_a_listing_out_of_order_covers_what_is_newer_than_the_disorder() -> None:
    """A year-old post in the middle does not cover the year, nor does the time behind it count as seen (by hand)."""
    children = one_a_minute(60)
    children.insert(20, submission(999, ago(365 * 24 * 60)))
    pages, _ = walk(Reddit(new=children), back(50))
    assert pages[-1].covered == Window(NOON - timedelta(minutes=21) + SECOND, NOON)
    assert isinstance(pages[-1].problem, Truncated)
    assert len(pages[-1].items) == 61


def test_a_listing_that_starts_over_is_out_of_order() -> None:
    """A server that ignores `after` sends its newest page again: the walk ends, what was covered stays (by hand)."""
    site = Reddit(new=one_a_minute(500))
    again = as_json(listing(one_a_minute(100), "t3_000100"))
    site.trouble("r/ClaudeAI/new", None, instead(again), forever=True)
    pages, server = walk(site, back(400))
    assert [page.covered and page.covered.start for page in pages[:1]] == [NOON - timedelta(minutes=100) + SECOND]
    assert isinstance(pages[-1].problem, Truncated)
    assert len(listings(server)) == 2


def test_the_same_after_twice_ends_the_walk() -> None:
    """A server that names one `after` again and again, its posts in order, is not followed in circles (by hand)."""
    site = Reddit()
    site.listings["r/ClaudeAI/new"] = []
    pages_of = (as_json(listing(one_a_minute(10, first), "t3_000100")) for first in range(0, 500, 10))
    site.trouble("r/ClaudeAI/new", *(instead(answer) for answer in pages_of))
    pages, server = walk(site, back(400))
    assert len(listings(server)) == 2
    assert "in circles" in str(pages[-1].problem)
    assert pages[-1].covered == Window(NOON - timedelta(minutes=20) + SECOND, NOON)


def test_a_listing_without_an_end_is_left() -> None:
    """A server that pages for ever is left after twice what a listing holds (by hand)."""

    def endless(request: Request) -> Response:
        if request.method == "POST":
            return Reddit()(request)
        return as_json(listing([submission(first := len(sent), ago(first / 100))], f"t3_{first:06d}"))

    with serve(endless) as server:
        sent = server.requests
        client = reddit.connect(load(environment(server.url)))
        pages = list(reddit.fetch(client, NEW, back(400), lambda: NOON, {}))
    assert len(pages) == MAX_PAGES
    assert "does not end" in str(pages[-1].problem)


def test_a_format_that_changed_covers_nothing() -> None:
    """Comments that all fail to parse are not a calm hour: their page covers nothing and says so (by hand)."""
    children = one_a_minute(40, make=comment)
    for child in children:
        child["data"]["markdown"] = child["data"].pop("body")
    pages, _ = walk(Reddit(comments=children), back(20), COMMENTS)
    assert [(len(page.items), page.covered, type(page.problem)) for page in pages] == [(40, None, UnexpectedShape)]


@pytest.mark.parametrize("created", [None, "noon", float("nan"), -1, 0, 1e300], ids=str)
def test_one_unreadable_post_does_not_stop_the_walk(created: object) -> None:
    """A child without a readable time is a reject; its neighbours say how far the walk came (by hand)."""
    children = one_a_minute(60)
    children[29]["data"]["created_utc"] = created
    pages, _ = walk(Reddit(new=children), back(50))
    assert [(page.covered, page.problem) for page in pages] == [
        (Window(NOON - timedelta(minutes=60) + SECOND, NOON), None)
    ]


def test_a_used_up_budget_is_said_and_not_slept_over() -> None:
    """With `x-ratelimit-remaining: 0.0` praw would sleep for the whole `reset`; the rest is left to the next run."""
    site = Reddit(new=one_a_minute(300))
    site.trouble("r/ClaudeAI/new", header("x-ratelimit-remaining", "0.0"))
    pages, server = walk(site, back(250))
    assert len(listings(server)) == 1
    assert pages[0].covered == Window(NOON - timedelta(minutes=100) + SECOND, NOON)
    assert (pages[1].items, pages[1].covered, pages[1].requests) == ((), None, 0)
    assert isinstance(pages[1].problem, RateLimited)


def test_comments_are_asked_as_praw_asks_them() -> None:
    """The path of the comments ends in a slash, as in every recorded request."""
    pages, server = walk(Reddit(comments=one_a_minute(30, make=comment)), back(20), COMMENTS)
    assert listings(server)[0].path == "/r/ClaudeAI/comments/"
    assert len(pages[0].items) == 30


def test_it_introduces_itself() -> None:
    """The user agent is the user's own, and nothing but a token and a listing is asked: no look for a newer praw."""
    with serve(Reddit(new=one_a_minute(30))) as server:
        client = reddit.connect(load(environment(server.url, ICD_USER_AGENT="linux:invented:v1 (by /u/invented)")))
        list(reddit.fetch(client, NEW, back(20), lambda: NOON, {}))
    assert [request.path for request in server.requests] == ["/api/v1/access_token", "/r/ClaudeAI/new"]
    assert server.requests[1].headers["user-agent"].startswith("linux:invented:v1 (by /u/invented) PRAW/8")


def test_keys_of_another_program_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name and a password that praw finds in the environment do not turn reading into a login."""
    monkeypatch.setenv("praw_username", "invented")
    monkeypatch.setenv("praw_password", "invented")
    monkeypatch.setenv("praw_site", "of-another-program")
    pages, server = walk(Reddit(new=one_a_minute(30)), back(20))
    assert server.requests[0].body == b"grant_type=client_credentials"
    assert pages[0].problem is None


@pytest.mark.parametrize("key", ["ICD_REDDIT_CLIENT_ID", "ICD_REDDIT_CLIENT_SECRET"])
def test_a_missing_key_is_named(key: str) -> None:
    """Without one of the app's keys the source is not configured, and says which."""
    keys = environment("http://127.0.0.1:1")
    del keys[key]
    with pytest.raises(MissingKey, match=key):
        reddit.connect(load(keys))


def test_a_user_agent_too_short_is_said() -> None:
    """A user agent that prawcore would refuse is a setting to mend, not a crash."""
    with pytest.raises(ConfigError, match="ICD_USER_AGENT"):
        reddit.connect(load(environment("http://127.0.0.1:1", ICD_USER_AGENT="me")))


@pytest.mark.parametrize("missing", ["author", "selftext", "title"])
def test_a_field_that_is_missing_is_not_asked_for(missing: str) -> None:
    """Praw's own objects send a request for an attribute they lack; a raw child that lacks one sends none (by hand)."""
    children = one_a_minute(30)
    for child in children[::2]:
        del child["data"][missing]
    pages, server = walk(Reddit(new=children), back(20))
    assert [request.path for request in server.requests] == ["/api/v1/access_token", "/r/ClaudeAI/new"]
    reading = Reading(NEW, NOON, AuthorKeys(b"k" * 32))
    facts = read_items(reddit, NEW, pages[0], reading)
    assert [request.path for request in server.requests] == ["/api/v1/access_token", "/r/ClaudeAI/new"]
    assert (len(facts.posts), len(facts.rejects)) == (15, 15)


def test_comments_end_at_a_thousand_too() -> None:
    """A busy megathread fills the thousand in an hour: what is older is said to be out of reach, and not covered."""
    pages, _ = walk(Reddit(comments=[comment(n, ago(n / 20)) for n in range(1, 1500)]), back(120), COMMENTS)
    assert sum(len(page.items) for page in pages) == 1000
    assert pages[-1].covered == Window(NOON - timedelta(minutes=50) + SECOND, NOON)
    assert "run it more often than every 49 min" in str(pages[-1].problem)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=40))
def test_covered_is_never_older_than_what_follows(minutes: list[int]) -> None:
    """Whatever the order of a listing, everything after the first disorder lies outside what is covered."""
    children = tuple(submission(n, ago(m)) for n, m in enumerate(minutes, 1))
    walked = Walk(asked_at=NOON).past(Answer(children, None))
    ordered = 1
    while ordered < len(minutes) and minutes[ordered] >= minutes[ordered - 1]:
        ordered += 1
    if walked.covered:
        assert all(NOON - timedelta(minutes=m) < walked.covered.start for m in minutes[ordered:])
    assert ordered < len(minutes) or minutes[-1] == 0 or walked.covered is not None
