"""A view of the search, read as a post: recorded ones, and what can stand in one."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from loopback.bluesky import stamp, view

from ingest.authors import AuthorKeys
from ingest.pull import read_items
from ingest.records import Post
from ingest.sources import Page, Reading, Target, bluesky
from ingest.sources.bluesky.shape import View, sort_at

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
DOWN = Target('search "claude down"', "claude")
READING = Reading(DOWN, NOON, KEYS)


def parse(raw: Any) -> Post:
    """Read a view that is a post."""
    post = bluesky.parse(raw, READING)
    assert post is not None
    return post


def written(at: str | None, **more: Any) -> Post:
    """Read a post indexed at 11:30 whose author says that it was written at some other time."""
    return parse(view(1, NOON - timedelta(minutes=30), createdAt=at, **more))


def test_a_view_is_a_post() -> None:
    """Its platform's receipt is `indexedAt`; person and address are hashes, and no link is kept (by hand)."""
    made = view(7, NOON - timedelta(minutes=30))
    post = parse(made)
    assert (post.platform, post.form, post.lang, post.url) == ("bluesky", "post", "en", None)
    assert post.received_at == NOON - timedelta(minutes=30)
    assert post.claimed_at == NOON - timedelta(minutes=30, seconds=1)
    assert post.seen_at == NOON
    assert post.author_key == KEYS.of("bluesky", made["author"]["did"])
    assert post.post_id == KEYS.hidden("bluesky", made["uri"])
    assert post.text == "Is claude down? 7"
    assert made["author"]["did"] not in repr(post)


@pytest.mark.parametrize(
    ("claim", "counted"),
    [
        ("0001-01-01T00:00:00Z", True),
        ("0001-01-01T00:00:00+14:00", True),
        ("1970-01-01T00:00:00.000Z", True),
        ("2026-04-16T11:30:00Z", False),
        ("2026-04-14T11:29:00Z", False),
        ("2026-04-15T11:00:00.123456789Z", True),
        ("2026-04-15T13:29:59+02:00", True),
        ("yesterday", True),
        (None, True),
    ],
)
def test_an_author_may_claim_any_time(claim: str | None, counted: bool) -> None:
    """Year 1, 1970, tomorrow, nanoseconds, no time: counted at the receipt unless a day and more from it (by hand)."""
    post = written(claim)
    assert post.received_at == NOON - timedelta(minutes=30)
    assert post.counted_at(known_by=NOON) == (post.received_at if counted else None)


@pytest.mark.parametrize(
    ("claim", "at"),
    [
        ("2026-04-15T11:00:00Z", "2026-04-15T11:00:00Z"),
        ("2026-04-15T13:00:00+02:00", "2026-04-15T11:00:00Z"),
        ("2026-04-16T11:00:00Z", "2026-04-15T11:30:00Z"),
        ("1970-01-01T00:00:00Z", "2026-04-15T11:30:00Z"),
        ("0001-01-01T00:00:00+14:00", "2026-04-15T11:30:00Z"),
        ("yesterday", "2026-04-15T11:30:00Z"),
        (None, "2026-04-15T11:30:00Z"),
    ],
)
def test_the_search_orders_by_the_earlier_time(claim: str | None, at: str) -> None:
    """The author's time where it is earlier and can be true, else the index's (social-apis, B1; by hand)."""
    assert sort_at(view(1, NOON - timedelta(minutes=30), createdAt=claim)) == datetime.fromisoformat(at)


def test_hostile_text_is_made_plain() -> None:
    """Terminal sequences, overrides and half a surrogate pair are not stored."""
    assert written(None, text="claude\x1b[2J is\u202e down\ud83d").text == "claude is down"


WRONG = {
    "no record": {"record": None},
    "a record of text": {"record": "claude down"},
    "no text": {"record": {"createdAt": "2026-04-15T11:00:00Z"}},
    "a handle for an address": {"uri": "at://person.example/app.bsky.feed.post/3l1"},
    "another collection": {"uri": "at://did:plc:invented0000000000000001/app.bsky.feed.like/3l1"},
    "somebody else's address": {"uri": "at://did:plc:other/app.bsky.feed.post/3l1"},
    "no author": {"author": None},
    "no did": {"author": {"handle": "person-1.example"}},
    "no index time": {"indexedAt": None},
    "an index time that is none": {"indexedAt": "today"},
    "a naive index time": {"indexedAt": "2026-04-15T11:00:00"},
    "indexed tomorrow": {"indexedAt": "2026-04-16T11:00:00Z"},
    "indexed in the year 1": {"indexedAt": "0001-01-01T00:00:00+14:00"},
    "indexed before there were posts": {"indexedAt": "1970-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("name", WRONG)
def test_another_shape_is_a_reject_that_names_nobody(name: str) -> None:
    """What cannot be read is kept as a reject, which tells the shape and neither handle, address nor text (by hand)."""
    wrong = {
        key: value for key, value in (view(1, NOON - timedelta(hours=1)) | WRONG[name]).items() if value is not None
    }
    good = view(2, NOON - timedelta(hours=1))
    facts = read_items(bluesky, DOWN, Page((View(wrong), View(good)), None), READING)
    assert len(facts.posts) == 1
    (reject,) = facts.rejects
    for secret in ("person-1", "Person 1", "did:plc", "at://", "claude down", "claude down?"):
        assert secret not in reject.excerpt
        assert secret not in reject.reason
    assert "uri: str" in reject.excerpt or len(reject.excerpt) == 200


@pytest.mark.parametrize("raw", [None, 7, "text", [], {}, {"uri": 1}])
def test_what_is_no_view_is_a_value_error(raw: Any) -> None:
    """Whatever JSON stands there: an exception that ends as a reject, and never another."""
    with pytest.raises(ValueError, match=r"."):
        bluesky.parse(raw, READING)
    assert sort_at(raw) is None


def test_the_recorded_answer_is_read(shared_data: Path) -> None:
    """All 25 views of a recorded search are posts, in the order of our `sort_at` (recorded)."""
    recorded = yaml.safe_load((shared_data / "protocol/bluesky/recorded/bskyr_vcr_searchPosts.yml").read_text())
    said = json.loads(recorded["http_interactions"][0]["response"]["body"]["string"])
    facts = read_items(bluesky, DOWN, Page(tuple(map(View, said["posts"])), None), READING)
    assert (len(facts.posts), len(facts.rejects)) == (25, 0)
    assert {post.form for post in facts.posts} == {"post", "quote", "reply"}
    assert [post.received_at for post in facts.posts] == [
        datetime.fromisoformat(raw["indexedAt"]) for raw in said["posts"]
    ]
    times = [at for raw in said["posts"] if (at := sort_at(raw))]
    assert len(times) == 25
    assert times == sorted(times, reverse=True)
    # What `LAG` goes by: how long after it was written the index had each.
    delays = sorted(post.received_at - post.claimed_at for post in facts.posts if post.received_at)
    assert delays[len(delays) // 2] < timedelta(seconds=3)
    assert stamp(times[0]).endswith("Z")
