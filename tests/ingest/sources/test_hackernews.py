"""Hacker News by its search: through the real httpx over loopback, and as posts; shaped by hand."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loopback.hackernews import HackerNews, comment, story
from loopback.http import serve

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, Reading, Target, hackernews

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
TARGET = Target("search claude", "claude")
KEYS = AuthorKeys(b"k" * 32)
READING = Reading(TARGET, NOON, KEYS)
LAG = hackernews.LAG
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def back(**span: float) -> Window:
    """The span up to noon."""
    return Window(NOON - timedelta(**span), NOON)


def fetch(url: str, wanted: Window, now: Callable[[], datetime] = lambda: NOON) -> Iterator[Page]:
    """Search a server."""
    client = hackernews.connect(load({"ICD_HACKERNEWS_URL": url, "ICD_TIMEOUT_SECONDS": "5"}))
    return hackernews.fetch(client, TARGET, wanted, now, Memory())


def slim(hit: dict[str, Any]) -> Any:
    """Make a hit as `fetch` hands it out."""
    with serve(HackerNews([hit])) as server:
        (page,) = fetch(server.url, back(days=365 * 30))
    return page.items[0]


def test_a_story_and_a_comment_are_posts() -> None:
    """A story is a post, a comment on it a comment, one on a comment a reply; the times are the site's."""
    post = hackernews.parse(slim(story(7, NOON - MINUTE, story_text="<p>It is down")), READING)
    assert post is not None
    assert (post.platform, post.post_id, post.place, post.form) == ("hackernews", "7", "hackernews", "post")
    assert (post.text, post.parent_id) == ("Title 7\n\nIt is down", None)
    assert (post.claimed_at, post.received_at, post.seen_at) == (NOON - MINUTE, NOON - MINUTE, NOON)
    assert post.url == "https://news.ycombinator.com/item?id=7"
    assert post.author_key == KEYS.of("hackernews", "invented_7")
    for parent, form in ((1, "comment"), (8, "reply")):
        post = hackernews.parse(slim(comment(9, NOON - MINUTE, parent_id=parent)), READING)
        assert post is not None
        assert (post.text, post.form, post.parent_id) == ("Comment 9", form, str(parent))


MARKUP = {
    "a paragraph": ("one<p>two<p>three", "one\ntwo\nthree"),
    "a link": ('see <a href="https:&#x2F;&#x2F;evil.example" rel="nofollow">status page</a>', "see status page"),
    "escapes": ("it&#x27;s &lt;b&gt;down&lt;&#x2F;b&gt; &amp;amp; slow", "it's <b>down</b> &amp; slow"),
    "code": ("<pre><code>if a &lt; b:\n  529\n</code></pre>", "if a < b:\n  529"),
    "italics": ("is it <i>really</i>?", "is it really?"),
    "a comparison": ("a < b and c > d", "a < b and c > d"),
    "what html.parser stumbles over": ("<![ down", "<![ down"),
    "a terminal sequence": ("&#27;[2Jdown&#x202e;", "[2Jdown"),
    "half a surrogate pair": ("down \ud83d", "down"),
}


@pytest.mark.parametrize("name", MARKUP)
def test_markup_becomes_text(name: str) -> None:
    """The site's few tags and its escapes become plain text; what is no tag stays; nothing hostile is left."""
    markup, text = MARKUP[name]
    post = hackernews.parse(slim(comment(9, NOON - MINUTE, comment_text=markup)), READING)
    assert post is not None
    assert post.text == text


@pytest.mark.parametrize(
    "bad", ["<a ", "<!--", "<", "<aa", "&#", "</", "<a b='", "<" + "a" * 39_999], ids=lambda bad: repr(bad[:8])
)
def test_markup_of_malice_is_read_in_time(bad: str) -> None:
    """Forty thousand characters that take html.parser up to eight seconds are read in a blink."""
    raw = slim(comment(9, NOON - MINUTE)) | {"comment_text": bad * (40_000 // len(bad))}
    started = time.perf_counter()
    hackernews.parse(raw, READING)
    assert time.perf_counter() - started < 0.5


def test_without_words_there_is_no_post() -> None:
    """A hit of nothing but markup is none."""
    assert hackernews.parse(slim(comment(9, NOON - MINUTE, comment_text="<p>")), READING) is None


ODD: dict[str, dict[str, Any]] = {
    "no id": {"objectID": None},
    "an id of words": {"objectID": "7 or 8"},
    "no time": {"created_at_i": None},
    "a time in words": {"created_at_i": "yesterday"},
    "a time in 1970": {"created_at_i": 17},
    "a time no calendar holds": {"created_at_i": 10**18},
    "text that is none": {"comment_text": {"author": "planted"}},
    "an author that is none": {"author": ["planted"]},
    "a number no machine reads": {"comment_text": "&#" + "9" * 5_000 + ";"},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_hit_is_a_reject_that_names_nobody(name: str, tmp_path: Path) -> None:
    """One malformed hit is written down without its author's name; the others are kept, and the span counts as seen."""
    hits = [story(n, NOON - (20 + n) * MINUTE) for n in range(5)]

    def spoil(answer: dict[str, Any]) -> None:
        answer["hits"][2] = answer["hits"][2] | ODD[name]

    with serve(HackerNews(hits, alter=spoil)) as server, connect(tmp_path / "facts.duckdb") as connection:
        store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
        client = hackernews.connect(load({"ICD_HACKERNEWS_URL": server.url}))
        connection.close()
        outcome = pull_target(
            hackernews, client, TARGET, back(hours=1), open_database=partial(connect, tmp_path / "facts.duckdb"),
            keys=KEYS, now=lambda: NOON,
        )  # fmt: skip
    with connect(tmp_path / "facts.duckdb", read_only=True) as connection:
        ((excerpt,),) = connection.execute("SELECT excerpt FROM rejects").fetchall()
        covered = ledger.load_covered(connection, "hackernews", TARGET.name)
    assert (outcome.new, outcome.rejected, outcome.error) == (4, 1, None)
    assert covered == [Window(NOON - timedelta(hours=1), NOON - LAG)]
    assert "invented_" not in excerpt
    assert "planted" not in excerpt
