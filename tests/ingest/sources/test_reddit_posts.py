"""Reddit's posts and comments as facts. The shapes are those of recorded children; all words and names are invented."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.reddit import comment, submission

from ingest.authors import AuthorKeys
from ingest.records import Post
from ingest.sources import Reading, Target, reddit

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
READING = Reading(Target("r/ClaudeAI/new", "claude"), NOON, KEYS)


def read(child: dict[str, Any]) -> Post:
    """Parse a child that is a fact."""
    fact = reddit.parse(child, READING)
    assert isinstance(fact, Post)
    return fact


def test_a_post_in_full() -> None:
    """Title and text are one text, Reddit's clock is claim and receipt, and the author is a key."""
    created = datetime(2026, 4, 15, 11, 30, 5, tzinfo=UTC)
    assert read(submission(7, created.timestamp(), author="Invented_One")) == Post(
        platform="reddit",
        post_id="t3_000007",
        place="r/ClaudeAI",
        author_key=KEYS.of("reddit", "invented_one"),
        claimed_at=created,
        received_at=created,
        seen_at=NOON,
        form="post",
        text="Title 7\n\nText 7",
        url="https://www.reddit.com/r/ClaudeAI/comments/000007/title/",
    )


def test_a_comment_and_a_reply() -> None:
    """A comment on a post is a comment, one on a comment a reply; both name their parent."""
    on_a_post, on_a_comment = read(comment(8, 1.776e9)), read(comment(9, 1.776e9, parent_id="t1_000008"))
    assert (on_a_post.post_id, on_a_post.form, on_a_post.parent_id) == ("t1_000008", "comment", "t3_000001")
    assert (on_a_comment.form, on_a_comment.parent_id) == ("reply", "t1_000008")
    assert on_a_post.text == "Comment 8"


@pytest.mark.parametrize("author", ["[deleted]", None, "", "[removed]"])
def test_an_author_who_is_gone_is_unknown(author: str | None) -> None:
    """`[deleted]` is no person, so that a hundred of them do not count as one; null crashes praw's own objects.

    The string is recorded (praw/TestComment.test_delete), null is shaped by hand.
    """
    assert read(submission(1, 1.776e9, author=author)).author_key is None


@pytest.mark.parametrize(
    "gone", ["[deleted]", "[removed]", "[ Removed by Reddit ]", "[deleted by user]", " [removed]\n"]
)
def test_what_is_gone_is_no_text(gone: str) -> None:
    """A post keeps its title, a comment without its words is no fact. `[deleted]` is recorded, the rest by hand."""
    assert read(submission(1, 1.776e9, selftext=gone)).text == "Title 1"
    assert reddit.parse(comment(1, 1.776e9, body=gone), READING) is None
    assert reddit.parse(submission(1, 1.776e9, title=gone, selftext=gone), READING) is None


def test_one_who_writes_of_removal_is_read() -> None:
    """Only the whole text says that it is gone."""
    assert read(comment(1, 1.776e9, body="[removed] is all I see")).text == "[removed] is all I see"


def test_a_profile_is_not_read() -> None:
    """A profile is named after its owner: what stands there is left out, so that no handle is stored."""
    assert reddit.parse(submission(1, 1.776e9, subreddit="u_invented_one"), READING) is None


def test_a_whole_number_is_a_time() -> None:
    """Reddit sends 1776000000.0; archives hold 1776000000."""
    child = submission(1, 0)
    child["data"]["created_utc"] = 1776000000
    assert read(child).claimed_at == datetime.fromtimestamp(1776000000, UTC)


@pytest.mark.parametrize(
    "created",
    [float("nan"), float("inf"), -1.0, 0, -62135596800, 1e300, 10**400, 1776000000000, True, "1776000000", None],
    ids=lambda value: str(value)[:12],
)
def test_a_time_that_is_none_is_a_reject(created: object) -> None:
    """NaN, before there were posts, year 1, milliseconds, text: ValueError, so a reject (by hand)."""
    with pytest.raises(ValueError, match=r"created_utc|not a time|NaN|year|out of range"):
        reddit.parse(submission(1, 0) | {"data": submission(1, 0)["data"] | {"created_utc": created}}, READING)


def test_a_time_in_the_future_is_kept_and_not_counted() -> None:
    """A claim is stored as made; whether it counts is the store's rule."""
    post = read(submission(1, 4e9))
    assert post.claimed_at.year == 2096
    assert post.counted_at(known_by=NOON) is None


@pytest.mark.parametrize(
    "child",
    [
        None, "t3", [], {}, {"kind": "t3"}, {"kind": "more", "data": {}}, {"kind": "t3", "data": []},
        submission(1, 1.776e9, title=None), submission(1, 1.776e9, selftext=["a"]),
        submission(1, 1.776e9, name="t1_000001"), submission(1, 1.776e9, name="t3_../x"),
        submission(1, 1.776e9, subreddit="a b"), submission(1, 1.776e9, author=7),
        comment(1, 1.776e9, body=None), comment(1, 1.776e9, parent_id="t5_1"),
        {"kind": "t1", "data": submission(1, 1.776e9)["data"]},
    ],
    ids=str,
)  # fmt: skip
def test_another_shape_is_a_reject(child: Any) -> None:
    """What is not of the recorded shape is a ValueError that does not repeat the payload's author (by hand)."""
    with pytest.raises(ValueError, match=r".") as raised:
        reddit.parse(child, READING)
    assert "invented" not in str(raised.value)


@pytest.mark.parametrize("permalink", ["@example.org/r/ClaudeAI/", "", "//a\nb", ".example.org/"])
def test_a_permalink_leads_to_reddit(permalink: str) -> None:
    """A permalink that would name another host, or break a line, is left out; in 2016 comments had none."""
    assert read(submission(1, 1.776e9, permalink=permalink)).url is None


def test_a_hostile_text_is_made_plain() -> None:
    """Terminal sequences, NUL and lone surrogates are taken out; a text of 100 kB is cut."""
    post = read(comment(1, 1.776e9, body="down\x1b[2J\x00 \u202eagain \ud800" + "x" * 100_000))
    assert post.text.startswith("down again x")
    assert len(post.text) <= 40_000
    post.text.encode("utf-8")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "data", "name", "body"]), inner),
)


@given(JSON)
def test_any_payload_is_a_post_or_none_or_a_reject(raw: Any) -> None:
    """Whatever JSON stands where a child should, nothing but a ValueError is raised."""
    try:
        fact = reddit.parse(raw, READING)
    except ValueError:
        return
    assert fact is None or isinstance(fact, Post)


@given(st.sampled_from(sorted(submission(1, 0)["data"])), JSON)
def test_any_field_makes_a_post_or_none_or_a_reject(field: str, value: Any) -> None:
    """Whatever stands in one field of a child that is right otherwise, nothing but a ValueError is raised."""
    child = submission(1, 1.776e9)
    child["data"][field] = value
    try:
        fact = reddit.parse(child, READING)
    except ValueError:
        return
    assert fact is None or isinstance(fact, Post)
