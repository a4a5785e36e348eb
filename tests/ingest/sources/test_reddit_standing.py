"""Asking Reddit whether posts still stand, and dropping those that do not."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.http import Server, serve
from loopback.reddit import Child, Reddit, as_json, comment, environment, header, instead, listing, submission
from loopback.reddit_recordings import Replay, exchanges

from ingest.authors import AuthorKeys
from ingest.errors import RateLimited, UnexpectedShape
from ingest.recheck import TARGET
from ingest.records import Deletion, Post
from ingest.settings import load
from ingest.sources import Page, Reading, Rechecking, reddit
from ingest.sources.reddit.standing import Absent, Rechecked

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
READING = Reading(TARGET, NOON, KEYS)


def knowing(*children: Child) -> Reddit:
    """Make a Reddit whose `/api/info` knows these."""
    site = Reddit()
    site.things = {child["data"]["name"]: child for child in children}
    return site


def ask(site: Reddit, *names: str) -> tuple[list[Page], Server]:
    """Ask a server about full names."""
    with serve(site) as server:
        return list(reddit.recheck(reddit.connect(load(environment(server.url))), names)), server


def gone(pages: list[Page]) -> set[str | None]:
    """Name what the pages say is gone."""
    facts = [reddit.parse(entry, READING) for page in pages for entry in page.items]
    assert all(fact is None or isinstance(fact, Deletion) for fact in facts)
    return {fact.post_id for fact in facts if isinstance(fact, Deletion)}


def test_it_can_be_asked_again() -> None:
    """The source follows the protocol, and asks once, after 36 hours: by then a fifth of the posts is gone."""
    assert isinstance(reddit, Rechecking)
    assert timedelta(hours=36) == reddit.RECHECK_AFTER


CATEGORIES = (
    "moderator", "reddit", "automod_filtered", "deleted", "author", "content_takedown", "copyright_takedown",
    "community_ops", "anti_evil_ops", "a_new_one",
)  # fmt: skip
GONE: dict[str, Child] = {
    **{f"post: {name}": submission(1, 1.776e9, removed_by_category=name) for name in CATEGORIES},
    "post: [removed]": submission(1, 1.776e9, selftext="[removed]"),
    "post: [deleted]": submission(1, 1.776e9, selftext="[deleted]", author="[deleted]"),
    "post: only its title": submission(1, 1.776e9, title="[deleted by user]"),
    "post: by Reddit": submission(1, 1.776e9, selftext="[ Removed by Reddit ]"),
    "post: the account": submission(1, 1.776e9, author="[deleted]"),
    "comment: [removed]": comment(1, 1.776e9, body="[removed]"),
    "comment: [deleted]": comment(1, 1.776e9, body=" [deleted]\n", author="[deleted]"),
    "comment: the account": comment(1, 1.776e9, author="[deleted]"),
    "comment: legal": comment(1, 1.776e9, removal_reason="legal"),
    "comment: collapsed": comment(1, 1.776e9, collapsed_reason_code="DELETED"),
}


@pytest.mark.parametrize("name", GONE)
def test_what_is_gone(name: str) -> None:
    """Removed, deleted, held back, or without its author's account: a deletion of the post as a whole (by hand).

    The answer no longer says whose it was, and the identifiers of an account that is gone must go.
    """
    child = GONE[name]
    full_name = child["data"]["name"]
    pages, _ = ask(knowing(child), full_name)
    (entry,) = pages[0].items
    assert reddit.parse(entry, READING) == Deletion(platform="reddit", post_id=full_name, deleted_at=NOON, seen_at=NOON)
    assert (pages[0].covered, pages[0].requests) == (None, 1)


STANDING: dict[str, Child] = {
    "post": submission(1, 1.776e9),
    "post without a text": submission(1, 1.776e9, selftext=""),
    "post that speaks of removal": submission(1, 1.776e9, selftext="[removed] is all I see"),
    "post that was edited": submission(1, 1.776e9, edited=1776000000.0),
    "comment": comment(1, 1.776e9),
    "comment with a low score": comment(1, 1.776e9, collapsed_reason_code="LOW_SCORE", removal_reason=None),
}


@pytest.mark.parametrize("name", STANDING)
def test_what_stands(name: str) -> None:
    """What can still be read is no deletion; edits and scores say nothing of that (by hand)."""
    child = STANDING[name]
    pages, _ = ask(knowing(child), child["data"]["name"])
    assert len(pages[0].items) == 1
    assert gone(pages) == set()


def test_what_the_answer_leaves_out_is_gone() -> None:
    """Only `/api/info` may say it by silence, and only about what it was asked."""
    pages, server = ask(knowing(submission(1, 1.776e9), comment(2, 1.776e9)), "t3_000001", "t1_000002", "t1_000003")
    assert gone(pages) == {"t1_000003"}
    (asked,) = [request for request in server.requests if request.method == "GET"]
    assert asked.path == "/api/info/"
    assert asked.query == {"id": "t3_000001,t1_000002,t1_000003", "raw_json": "1"}


def test_an_answer_without_any_deletes_nothing() -> None:
    """An empty answer is Reddit's trouble, not a hundred deletions: they could not be taken back (by hand)."""
    with pytest.raises(Exception, match="none of the 50") as raised:
        ask(knowing(), *(f"t3_{n:06d}" for n in range(50)))
    assert isinstance(reddit.translate(raised.value, TARGET), UnexpectedShape)


def test_a_closed_subreddit_does_not_make_an_answer_empty() -> None:
    """150 posts of which the older hundred are absent: they stand mixed in two answers of 75, and are gone."""
    posts = [submission(n, 1.776e9 + n) for n in range(150)]
    names = [post["data"]["name"] for post in posts]
    pages, _ = ask(knowing(*posts[100:]), *names)
    assert [len(page.items) for page in pages] == [75, 75]
    assert gone(pages) == set(names[:100])


def test_a_hundred_at_a_time() -> None:
    """250 names, some of them twice, are three requests, none with more than 100, and each is asked about once."""
    posts = [submission(n, 1.776e9) for n in range(250)]
    names = [post["data"]["name"] for post in posts]
    pages, server = ask(knowing(*posts), *names, *names[:20])
    asked = [request.query["id"].split(",") for request in server.requests if request.method == "GET"]
    assert [len(some) for some in asked] == [84, 83, 83]
    assert sorted(name for some in asked for name in some) == names
    assert gone(pages) == set()


def test_an_id_that_is_not_of_reddit_is_not_asked_about() -> None:
    """A file of the user's own may hold any id: Reddit would not know it, and its silence would delete the post."""
    pages, server = ask(
        knowing(submission(1, 1.776e9)), "t3_000001", "abc123", "", "t5_2qk00", "t3_1,t3_2", "t1_\u0661"
    )
    assert server.requests[-1].query["id"] == "t3_000001"
    assert gone(pages) == set()
    assert ask(knowing(), "abc123")[1].requests == []


def test_a_format_that_changed_deletes_nothing() -> None:
    """Were the author called otherwise, all would look gone: each is a reject, and they are asked again (by hand)."""
    posts = [submission(n, 1.776e9) for n in range(20)]
    for post in posts:
        post["data"]["writer"] = post["data"].pop("author")
    with serve(knowing(*posts)) as server:
        pages = reddit.recheck(reddit.connect(load(environment(server.url))), [p["data"]["name"] for p in posts])
        for entry in next(pages).items:
            with pytest.raises(ValueError, match="author"):
                reddit.parse(entry, READING)
        with pytest.raises(Exception, match="could not be read") as raised:
            next(pages)
    assert isinstance(reddit.translate(raised.value, TARGET), UnexpectedShape)


def test_a_missing_one_beside_an_unreadable_one_is_not_gone() -> None:
    """A child without a name may be the very one that is missing (by hand)."""
    stands, odd = submission(1, 1.776e9), submission(2, 1.776e9)
    del odd["data"]["name"]
    site = knowing(stands)
    site.trouble("api/info", instead(as_json(listing([stands, odd], None))))
    pages, _ = ask(site, "t3_000001", "t3_000002")
    entries = pages[0].items
    assert [type(entry) for entry in entries] == [Rechecked, Rechecked]
    assert reddit.parse(entries[0], READING) is None
    with pytest.raises(ValueError, match="name"):
        reddit.parse(entries[1], READING)


def test_one_who_was_not_asked_about_is_not_deleted() -> None:
    """What the answer brings beyond what was asked is left out (by hand)."""
    site = knowing(submission(1, 1.776e9))
    other = submission(2, 1.776e9, author="[deleted]")
    site.trouble("api/info", instead(as_json(listing([submission(1, 1.776e9), other], None))))
    assert gone(ask(site, "t3_000001")[0]) == set()


def test_a_listing_cannot_say_that_something_is_gone() -> None:
    """A child that pretends to be an answer about another is a reject: the wrapper is a type of ours (by hand)."""
    for forged in ({"absent": "t3_000001"}, {"name": "t3_000001"}, {"child": submission(1, 1.776e9)}):
        with pytest.raises(ValueError, match=r"."):
            reddit.parse(forged, READING)
    removed = submission(1, 1.776e9, removed_by_category="moderator", selftext="[removed]")
    assert isinstance(reddit.parse(removed, READING), Post)


def test_a_used_up_budget_is_asked_later() -> None:
    """With no request left the rest is not asked about, and raises: the driver would count it as asked otherwise."""
    posts = [submission(n, 1.776e9) for n in range(150)]
    site = knowing(*posts)
    site.trouble("api/info", header("x-ratelimit-remaining", "0.0"))
    with serve(site) as server:
        pages = reddit.recheck(reddit.connect(load(environment(server.url))), list(site.things))
        assert len(next(pages).items) == 75
        with pytest.raises(Exception, match="used up") as raised:
            next(pages)
    assert isinstance(reddit.translate(raised.value, TARGET), RateLimited)


# Of the recorded answers: how many posts and comments were asked about, and how many of each are gone.
RECORDED = [
    ("praw/TestReddit.test_info", 1, 67, {"t3": 4, "t1": 2}),
    ("praw/TestReddit.test_info", 2, 67, {"t3": 4, "t1": 3}),
    ("praw/TestReddit.test_info", 3, 66, {"t3": 4, "t1": 4}),
    ("praw/TestComment.test_delete", 2, 1, {"t1": 1}),
    ("praw/TestComment.test_refresh__deleted_comment", 1, 1, {"t1": 1}),
]


@pytest.mark.parametrize(("name", "number", "asked", "deleted"), RECORDED, ids=str)
def test_recorded_answers_are_read(
    name: str, number: int, asked: int, deleted: dict[str, int], shared_data: Path
) -> None:
    """Recorded answers of `/api/info`: the removed, the deleted, those of accounts that are gone, those left out."""
    recorded = exchanges(shared_data / f"protocol/reddit/{name}.json")
    token, answer = recorded[0], recorded[number]
    names = [one for one in answer.query["id"].split(",") if one.startswith(("t1_", "t3_"))]
    with serve(Replay([token, answer], anywhere=True)) as server:
        (page,) = reddit.recheck(reddit.connect(load(environment(server.url))), names)
    assert len(page.items) == asked
    assert Counter(name[:2] for name in gone([page]) if name) == deleted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "data", "name", "author"]), inner),
)


@given(JSON)
def test_any_answer_is_a_deletion_or_none_or_a_reject(raw: Any) -> None:
    """Whatever JSON stands where a child should, nothing but a ValueError is raised."""
    try:
        fact = reddit.parse(Rechecked(raw), READING)
    except ValueError:
        return
    assert fact is None or isinstance(fact, Deletion)


def test_a_reject_does_not_tell_names() -> None:
    """Of an entry that cannot be read the author is masked, as everywhere."""
    odd = submission(1, 1.776e9, removed_by_category=7)
    with pytest.raises(ValueError, match="removed_by_category"):
        reddit.parse(Rechecked(odd), READING)
    assert reddit.parse(Absent("t3_000001"), READING) is not None
