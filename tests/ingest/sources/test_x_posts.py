"""X's posts and counts as facts; shaped by hand unless a test says recorded."""

import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from loopback.x import snowflake
from loopback.x_world import COMPLAINTS, KEYS, NOON, SAMPLE

from ingest.errors import ConfigError
from ingest.records import Post, Volume, Window
from ingest.settings import load
from ingest.sources import Reading, Target, x
from ingest.sources.x.shape import created_at, labelled, minute
from ingest.times import from_epoch

READ = Reading(SAMPLE, NOON, KEYS)
GOOD: dict[str, Any] = {
    "id": "2044100000000000001", "text": "it is down", "created_at": "2026-04-15T11:00:00.000Z", "author_id": "7000001",
    "lang": "en", "conversation_id": "2044100000000000001",
}  # fmt: skip


def read(**fields: Any) -> Post | None:
    """Read a good post with some fields changed; None takes one out."""
    raw = {name: told for name, told in (GOOD | fields).items() if told is not None}
    fact = x.parse(labelled("post", raw), READ)
    assert fact is None or isinstance(fact, Post)
    return fact


def test_a_post() -> None:
    """Every field of a plain post: keyed author, X's own time as claim and receipt, an address without a handle."""
    at = datetime(2026, 4, 15, 11, tzinfo=UTC)
    assert read() == Post(
        platform="x", post_id="2044100000000000001", place="", author_key=KEYS.of("x", "7000001"), claimed_at=at,
        received_at=at, seen_at=NOON, form="post", text="it is down", lang="en",
        url="https://x.com/i/status/2044100000000000001",
    )  # fmt: skip


FORMS: list[tuple[list[tuple[str, str]], str, str | None]] = [
    ([("replied_to", "5")], "reply", "5"),
    ([("quoted", "6")], "quote", "6"),
    ([("quoted", "6"), ("replied_to", "5")], "reply", "5"),
    ([("something_new", "7")], "post", None),
    ([("quoted", "at://somebody")], "quote", None),
]


@pytest.mark.parametrize("name", ["referenced_tweets", "referenced_posts"])
@pytest.mark.parametrize(("to", "form", "parent_id"), FORMS)
def test_a_form(name: str, to: list[tuple[str, str]], form: str, parent_id: str | None) -> None:
    """A reply that quotes is a reply; what is not known is a post; a parent's id is a number or none."""
    fact = read(**{name: [{"type": sort, "id": post_id} for sort, post_id in to]})
    assert fact is not None
    assert (fact.form, fact.parent_id) == (form, parent_id)


@pytest.mark.parametrize("name", ["referenced_tweets", "referenced_posts"])
@pytest.mark.parametrize("sort", ["retweeted", "reposted"])
def test_a_repost_is_no_post(name: str, sort: str) -> None:
    """Who passes a post on says nothing of their own."""
    assert read(**{name: [{"type": sort, "id": "5"}]}) is None


@pytest.mark.parametrize("name", ["note_tweet", "note_post"])
def test_a_long_post(name: str) -> None:
    """The whole text stands in the note, whichever it is called; an empty note does not hide the text."""
    whole = read(**{name: {"text": "the whole of it"}})
    assert whole is not None
    assert whole.text == "the whole of it"
    short = read(**{name: {"text": ""}})
    assert short is not None
    assert short.text == "it is down"


def test_text_is_hostile() -> None:
    """Terminal sequences and bidirectional overrides are taken out, also where they are written as entities."""
    fact = read(text="a &lt;b&gt; &amp;amp; \x1b[31mred\x1b[0m \x1b[2Jgone \u202eabc&#x202e; half \ud83d")
    assert fact is not None
    assert fact.text == "a <b> &amp; red gone abc half"
    assert len((read(text="x" * 50_000) or fact).text) == 40_000


@pytest.mark.parametrize("text", ["", "  ", "\u202e\u202d"])
def test_a_post_without_a_text_is_none(text: str) -> None:
    """What holds nothing to read is no fact."""
    assert read(text=text) is None


@pytest.mark.parametrize("lang", ["und", "zxx", "art", "qme", "qht", "qam", None, ""])
def test_a_language_that_is_none(lang: str | None) -> None:
    """X's marks for links, emoji and what it does not know are not stored as languages."""
    fact = read(lang=lang)
    assert fact is not None
    assert fact.lang is None


def test_an_unknown_author_is_nobodys_key() -> None:
    """Without an author the key is None, so that no two posts are taken for one person."""
    fact = read(author_id=None)
    assert fact is not None
    assert fact.author_key is None


def test_the_id_tells_the_time() -> None:
    """An answer that leaves created_at out, as X does where a parameter is dropped, is dated by the post's number."""
    fact = read(id=snowflake(NOON - timedelta(minutes=3)), created_at=None, conversation_id=None)
    assert fact is not None
    assert fact.claimed_at == NOON - timedelta(minutes=3)


BAD: dict[str, dict[str, Any]] = {
    "no id": {"id": None}, "id a number": {"id": 5}, "id a path": {"id": "1/../2"}, "id too long": {"id": "1" * 20},
    "an id in other digits": {"id": "٣٤٥"}, "no text": {"text": None}, "text a list": {"text": ["down"]},
    "no zone": {"created_at": "2026-04-15T11:00:00"}, "no time": {"created_at": "just now"},
    "time a number": {"created_at": 1776250800}, "before there was X": {"created_at": "1970-01-01T00:00:00Z"},
    "year 0001": {"created_at": "0001-01-01T00:00:00Z"}, "year 10000": {"created_at": "9999-12-31T23:59:59-14:00"},
    "references a text": {"referenced_posts": "5"}, "a note of none": {"note_post": {"text": 5}},
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_post_is_a_reject(name: str) -> None:
    """Another shape is a ValueError, for the walk it has no time, and nothing else is raised."""
    raw = {key: told for key, told in (GOOD | BAD[name]).items() if told is not None}
    with pytest.raises(ValueError, match=r"."):
        x.parse(labelled("post", raw), READ)


@pytest.mark.parametrize("raw", [None, 5, "post", [], {}, {"data": {}}, {"post": None}, {"post": [1]}, {"count": 5}])
def test_what_is_no_part_of_an_answer_is_a_reject(raw: Any) -> None:
    """Whatever stands where a post or a count should is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        x.parse(raw, READ)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*GOOD, "note_post", "type"]), inner),
    max_leaves=12,
)


@given(json_like, st.sampled_from(["post", "count", "error"]))
def test_anything_is_a_fact_or_a_reject(raw: Any, sort: Any) -> None:
    """Whatever JSON comes: a fact, nothing, or a ValueError; and the walk's own reading of its time never fails."""
    with suppress(ValueError):
        x.parse(labelled(sort, raw), READ)
    created_at(raw)


@pytest.mark.parametrize("word", ["tweet", "post"])
def test_a_minute(word: str) -> None:
    """A bucket is a volume of its minute, by the target's query."""
    raw = {"start": "2026-04-15T11:00:00.000Z", "end": "2026-04-15T11:01:00.000Z", f"{word}_count": 12}
    at = datetime(2026, 4, 15, 11, tzinfo=UTC)
    window = Window(at, at + timedelta(minutes=1))
    for target, query in (
        (COMPLAINTS, "complaints"),
        (Target("claude/exposure", "claude", brings="volumes"), "exposure"),
    ):
        fact = x.parse(labelled("count", raw), Reading(target, NOON, KEYS))
        assert fact == Volume("x", "", "claude", query, window, 12, NOON)


def recorded(data: Path, name: str) -> dict[str, Any]:
    """Read the answer of one recorded exchange."""
    text = (data / "protocol" / "x" / "tweepy_cassettes" / f"{name}.yaml").read_text("utf-8")
    body = yaml.safe_load(text)["interactions"][0]["response"]["body"]["string"]
    return json.loads(gzip.decompress(body) if isinstance(body, bytes) else body)


@pytest.mark.parametrize("name", ["test_client_search_recent_tweets", "test_asyncclient_search_recent_tweets"])
def test_recorded_posts(name: str, shared_data: Path) -> None:
    """Recorded in 2022 with default fields: ten posts, newest first, dated by their numbers within the recorded day."""
    answer = recorded(shared_data, name)
    facts = [x.parse(labelled("post", one), READ) for one in answer["data"]]
    times = [fact.claimed_at for fact in facts if isinstance(fact, Post)]
    assert len(times) == answer["meta"]["result_count"] == 10
    assert times == sorted(times, reverse=True)
    assert {at.date().isoformat() for at in times} == {"2022-10-07"}
    assert answer["data"][0]["id"] == answer["meta"]["newest_id"]


def test_recorded_counts_have_cut_ends(shared_data: Path) -> None:
    """Recorded in 2021: 169 buckets whose counts sum up; the first and the last are cut short, all others are whole."""
    answer = recorded(shared_data, "test_client_get_recent_tweets_count")
    read_ = [minute(one) for one in answer["data"]]
    assert sum(count for _, count in read_) == answer["meta"]["total_tweet_count"]
    whole = [window.end - window.start == timedelta(hours=1) for window, _ in read_]
    assert (len(whole), whole[0], whole[-1], all(whole[1:-1])) == (169, False, False, True)


@pytest.mark.parametrize("name", ["tweets_search_recent", "tweets_counts_recent"])
def test_xs_own_examples_are_read(name: str, shared_data: Path) -> None:
    """The examples of X's own playground, invented there: zones, all fields and partial errors are understood."""
    file = shared_data / "protocol" / "x" / "playground_examples" / f"{name}.json"
    answer = json.loads(file.read_text("utf-8"))[0]["response"]
    for one in answer["data"]:
        if "counts" in name:
            with pytest.raises(ValueError, match="end after it starts"):
                minute(one)  # its start and its end are the same instant
        else:
            fact = x.parse(labelled("post", one), READ)
            assert fact is None or isinstance(fact, Post)
    for one in answer["errors"]:
        with pytest.raises(ValueError, match="a partial error"):
            x.parse(labelled("error", one), READ)


def test_counts_come_before_samples() -> None:
    """Nine targets of three services: all counts first, for they are the cheap signal."""
    assert [(target.name, target.brings) for target in x.targets(load({}))] == [
        *((f"{service}/{query}", "volumes") for service in ("claude", "openai", "gemini")
          for query in ("complaints", "exposure")),
        *((f"{service}/sample", "posts") for service in ("claude", "openai", "gemini")),
    ]  # fmt: skip


WATCHED = '[claude]\ntitle = "Claude"\naliases = ["claude"]\n[claude.queries]\n'


def watching(tmp_path: Path, queries: str) -> dict[str, str]:
    """Write a watchlist of one service with these queries."""
    path = tmp_path / "watchlist.toml"
    path.write_text(WATCHED + queries)
    return {"ICD_WATCHLIST": str(path), "ICD_X_BEARER_TOKEN": "invented"}


def test_a_service_without_queries_is_not_asked_about(tmp_path: Path) -> None:
    """Only what the watchlist has queries for: no exposure without one, no sample without complaints."""
    assert x.targets(load(watching(tmp_path, "reddit = ['claude']"))) == []
    only = x.targets(load(watching(tmp_path, "x_exposure = ['claude']")))
    assert [target.name for target in only] == ["claude/exposure"]


def test_several_queries_are_asked_as_one(tmp_path: Path) -> None:
    """Two queries are one request: they are joined, each in parentheses."""
    client = x.connect(load(watching(tmp_path, "x_complaints = ['claude down', 'claude outage lang:en']")))
    assert client.queries["claude/complaints"] == "(claude down) OR (claude outage lang:en)"


def test_a_query_too_long_is_said(tmp_path: Path) -> None:
    """512 characters are X's limit for those who pay per use: 513 are a setting to mend, named with their number."""
    x.targets(load(watching(tmp_path, f"x_complaints = ['{'a' * 512}']")))
    with pytest.raises(ConfigError, match=r"x_complaints is 513 characters long; X takes 512"):
        x.targets(load(watching(tmp_path, f"x_complaints = ['{'a' * 513}']")))


def test_a_snowflake_and_its_time() -> None:
    """The number of a post of 2022-10-07 holds the very time its text was written with (recorded)."""
    assert from_epoch(((1578522108187283456 >> 22) + 1288834974657) / 1e3).isoformat()[:19] == "2022-10-07T23:06:12"
