"""Recorded exchanges with Reddit, through the real client: listings as facts, troubles as errors.

Only counts, ids and times are compared; no recorded word or name is repeated here.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from loopback.http import serve
from loopback.reddit import environment
from loopback.reddit_recordings import Replay, exchanges

from ingest.authors import AuthorKeys
from ingest.errors import RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.pull import read_items
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Page, Reading, Target, reddit

KEYS = AuthorKeys(b"k" * 32)
RECORDINGS = "protocol/reddit"


class Recorded(NamedTuple):
    """What a recorded listing holds: how many posts, on profiles, replies, authors; newest and oldest (id, time)."""

    name: str
    place: str
    posts: int
    profiles: int
    replies: int
    authors: int
    newest: tuple[str, int]
    oldest: tuple[str, int]


LISTINGS = [
    Recorded(
        "praw/TestSubredditListings.test_new", "askreddit/new",
        100, 0, 0, 89, ("t3_48fbm9", 1456821458), ("t3_48f6io", 1456818242),
    ),
    Recorded(
        "praw/TestSubredditListings.test_comments", "askreddit/comments",
        100, 0, 55, 97, ("t1_d4y8bdp", 1467590690), ("t1_d4y8a9e", 1467590634),
    ),
    Recorded(
        "praw/TestSubredditStreams.test_comments__with_pause", "kakapo/comments",
        16, 0, 4, 8, ("t1_dgauydy", 1492274908), ("t1_cg7r41r", 1395352418),
    ),
    Recorded(
        "asyncpraw/TestSubredditListings.test_new", "askreddit/new",
        100, 0, 0, 95, ("t3_hozvuc", 1594424685), ("t3_hozfbb", 1594422939),
    ),
    Recorded(
        "asyncpraw/TestSubredditListings.test_comments", "askreddit/comments",
        100, 0, 37, 97, ("t1_fxl1p7i", 1594424717), ("t1_fxl1nct", 1594424687),
    ),
    Recorded(
        "asyncpraw/TestSubredditStreams.test_comments__with_skip_existing", "askreddit/comments",
        100, 0, 38, 100, ("t1_hjlzwfl", 1636241137), ("t1_hjlztg5", 1636241100),
    ),
    Recorded(
        "asyncpraw/TestSubredditStreams.test_submissions", "all/new",
        100, 9, 0, 95, ("t3_kzj68i", 1610930669), ("t3_kzj64n", 1610930659),
    ),
]  # fmt: skip


def at(seconds: int) -> datetime:
    """Say a recorded time as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def read(recording: Path, target: Target, wanted: Window, *, anywhere: bool = False) -> list[Page]:
    """Fetch from a replay of a recording, as of the end of what is wanted."""
    with serve(Replay(exchanges(recording), anywhere=anywhere)) as server:
        client = reddit.connect(load(environment(server.url)))
        return list(reddit.fetch(client, target, wanted, lambda: wanted.end, {}))


@pytest.mark.parametrize("listed", LISTINGS, ids=lambda listed: listed.name)
def test_a_recorded_listing_is_read(listed: Recorded, shared_data: Path) -> None:
    """Recorded listings give every post with its id, time, form and author, and cover down to their oldest."""
    target = Target(f"r/{listed.place}")
    (newest, first), (oldest, last) = listed.newest, listed.oldest
    wanted = Window(at(last) + timedelta(seconds=1), at(first) + timedelta(minutes=1))
    (page,) = read(shared_data / RECORDINGS / f"{listed.name}.json", target, wanted)
    assert (len(page.items), page.covered, page.problem) == (listed.posts, wanted, None)
    assert (page.items[0]["data"]["name"], page.items[-1]["data"]["name"]) == (newest, oldest)
    facts = read_items(reddit, target, page, Reading(target, wanted.end, KEYS))
    assert facts.rejects == ()
    assert len(facts.posts) == listed.posts - listed.profiles
    assert len({post.post_id for post in facts.posts}) == len(facts.posts)
    times = [post.claimed_at for post in facts.posts]
    assert (max(times), min(times)) == (at(first), at(last))
    authors = {raw["data"]["author"] for raw in page.items if not raw["data"]["subreddit"].startswith("u_")}
    assert {post.author_key for post in facts.posts} == {KEYS.of("reddit", author) for author in authors}
    assert len({raw["data"]["author"] for raw in page.items}) == listed.authors
    assert sum(post.form == "reply" for post in facts.posts) == listed.replies
    form = "post" if listed.place.endswith("/new") else "comment"
    assert sum(post.form == form for post in facts.posts) == listed.posts - listed.profiles - listed.replies
    assert all(post.text and post.received_at == post.claimed_at for post in facts.posts)


def test_a_recorded_listing_that_ends_is_truncated(shared_data: Path) -> None:
    """A recorded listing of 16 comments ends in 2014: asked for more, it covers down to there and says so."""
    wanted = Window(at(1300000000), at(1492275000))
    recording = shared_data / RECORDINGS / "praw/TestSubredditStreams.test_comments__with_pause.json"
    (page,) = read(recording, Target("r/kakapo/comments"), wanted)
    assert page.covered == Window(at(1395352418) + timedelta(seconds=1), wanted.end)
    assert isinstance(page.problem, Truncated)


TROUBLES: dict[str, type[SourceError]] = {
    "prawcore/TestSession.test_request__too__many_requests__with_retry_headers": RateLimited,
    "prawcore/TestSession.test_request__too__many_requests__without_retry_headers": RateLimited,
    "prawcore/TestSession.test_request__bad_gateway": Unreachable,
    "prawcore/TestSession.test_request__service_unavailable": Unreachable,
    "prawcore/TestSession.test_request__cloudflare_connection_timed_out": Unreachable,
    "prawcore/TestSession.test_request__bad_json": UnexpectedShape,
    "prawcore/TestSession.test_request__forbidden": Refused,
    "prawcore/TestSession.test_request__not_found": Refused,
    "prawcore/TestSession.test_request__redirect": Refused,
    "prawcore/TestSession.test_request__redirect_301": Refused,
    "prawcore/TestSession.test_request__with_insufficient_scope": Refused,
    "prawcore/TestAuthorizer.test_refresh__with_invalid_token": Refused,
    "prawcore/TestScriptAuthorizer.test_refresh__with_invalid_username_or_password": Refused,
    "praw/TestReddit.test_bad_request_without_json_text_html_response": UnexpectedShape,
    "praw/TestReddit.test_bad_request_without_json_text_plain_response": UnexpectedShape,
    "praw/TestReddit.test_bare_badrequest": UnexpectedShape,
    "praw/TestRedditor.test_trophies__user_not_exist": UnexpectedShape,
    "praw/TestRedditorListings.test_saved__in_read_only_mode": Refused,
    "praw/TestSubreddit.test_sticky": Refused,
    "praw/TestSubreddit.test_sticky__not_set": Refused,
    "praw/TestSubredditQuarantine.test_opt_in": Refused,
}


def trouble(recording: Path) -> SourceError | None:
    """Say what a recorded trouble comes to when it happens to one of our listings."""
    target, noon = Target("r/ClaudeAI/new"), datetime(2026, 4, 15, 12, tzinfo=UTC)
    with pytest.raises(Exception, match=r".") as raised:
        read(recording, target, Window(noon - timedelta(hours=1), noon), anywhere=True)
    return reddit.translate(raised.value, target)


def test_recorded_troubles_are_translated(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every recorded failure, at one of our listings, comes to its class, whether or not it is retried."""
    monkeypatch.setattr("prawcore.sessions.FiniteRetryStrategy.sleep", lambda self: None)  # at once
    found = [trouble(shared_data / RECORDINGS / f"{name}.json") for name in TROUBLES]
    assert dict(zip(TROUBLES, map(type, found), strict=True)) == TROUBLES


def test_a_recorded_token_that_expired_is_renewed(shared_data: Path) -> None:
    """A recorded 401 in the middle is answered with a new token and the same request: 25 posts of a front page.

    The front page is no /new: it is not in order, so that it covers nothing, and says so.
    """
    recording = shared_data / RECORDINGS / "prawcore/TestSession.test_request__with_invalid_access_token__retry.json"
    wanted = Window(at(1491800000), at(1491884056))
    (page,) = read(recording, Target("r/ClaudeAI/new"), wanted, anywhere=True)
    assert len(page.items) == 25
    assert isinstance(page.problem, Truncated)
    assert "not in order" in str(page.problem)
