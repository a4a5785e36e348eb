"""What a search of Hacker News truly saw, and its troubles: the real httpx over loopback; shaped by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback.hackernews import HackerNews, comment, story
from loopback.http import serve
from loopback.reddit import Trouble, as_json, header, html, instead, status

from ingest.authors import AuthorKeys
from ingest.errors import ConfigError, RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, Reading, Target, hackernews
from ingest.sources.webclient import BadBody

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


def test_the_question_is_for_the_phrase_alone() -> None:
    """No typos, no beginnings of words, no plurals, no authors' names: or "cloud" would be found for "claude"."""
    with serve(HackerNews([])) as server:
        list(fetch(server.url, Window(NOON - timedelta(hours=1), NOON - timedelta(minutes=30, microseconds=-1))))
        newest, request = server.requests
    assert newest.query == {"tags": "(story,comment)", "hitsPerPage": "1"}
    asked = request.query
    assert (asked["query"], asked["tags"], asked["hitsPerPage"]) == ('"claude"', "(story,comment)", "1000")
    assert asked["numericFilters"] == "created_at_i>=1776250800,created_at_i<1776252601"
    assert (asked["typoTolerance"], asked["queryType"], asked["ignorePlurals"]) == ("false", "prefixNone", "false")
    assert asked["advancedSyntax"] == "true"
    assert "author" not in asked["restrictSearchableAttributes"]


def test_a_span_is_read_in_one_answer() -> None:
    """What was said in it is handed out, and it is covered but for the last minutes, which the index may still lack."""
    hits = [story(n, NOON - n * MINUTE) for n in range(1, 100)]
    with serve(HackerNews(hits)) as server:
        (page,) = fetch(server.url, back(hours=1))
        (young,) = fetch(server.url, back(minutes=5))
    assert len(page.items) == 60
    assert page.covered == Window(NOON - timedelta(hours=1), NOON - LAG)
    assert (len(young.items), young.covered, young.problem) == (5, None, None)


def test_more_hits_than_are_given_narrow_the_span() -> None:
    """A thousand at a time: the next question ends with the oldest's second; each page vouches for what it reached."""
    hits = [comment(n, NOON - timedelta(seconds=700 + n // 2)) for n in range(2_501)]
    with serve(HackerNews(hits)) as server:
        pages = list(fetch(server.url, back(hours=2)))
    assert {raw["objectID"] for page in pages for raw in page.items} == {str(n) for n in range(2_501)}
    end = NOON - LAG
    assert [page.covered for page in pages] == [
        Window(NOON - timedelta(seconds=700 + 499 - 1), end),
        Window(NOON - timedelta(seconds=700 + 998 - 1), end),
        Window(NOON - timedelta(hours=2), end),
    ]
    assert [page.problem for page in pages] == [None] * 3


def test_fewer_hits_than_asked_for_are_not_taken_for_all() -> None:
    """Where the search gives twenty at a time but counts more, it is asked on."""
    hits = [comment(n, NOON - timedelta(minutes=15 + n)) for n in range(45)]
    with serve(HackerNews(hits, most=20)) as server:
        pages = list(fetch(server.url, back(hours=2)))
    assert {raw["objectID"] for page in pages for raw in page.items} == {str(n) for n in range(45)}
    assert pages[-1].covered == Window(NOON - timedelta(hours=2), NOON - LAG)


def test_a_crowded_second_cannot_be_passed() -> None:
    """More hits in one second than are given: said, and neither that second nor what lies before it is covered."""
    at = NOON - timedelta(minutes=20)
    with serve(HackerNews([comment(n, at) for n in range(1_500)])) as server:
        pages = list(fetch(server.url, back(hours=1)))
    assert isinstance(pages[-1].problem, Truncated)
    assert {page.covered for page in pages} == {Window(at + SECOND, NOON - LAG)}


def test_a_search_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ever more hits: left after the most pages, with what was truly seen."""
    monkeypatch.setattr(hackernews, "MAX_PAGES", 3)
    hits = [comment(n, NOON - timedelta(minutes=15 + n)) for n in range(45)]
    with serve(HackerNews(hits, most=10)) as server:
        pages = list(fetch(server.url, back(hours=2)))
        assert len(server.requests) == 4
    assert isinstance(pages[-1].problem, Truncated)
    assert pages[-1].covered is None
    assert pages[-2].covered is not None
    assert pages[-2].covered.start > NOON - timedelta(minutes=45)


def test_an_index_that_stands_still_is_not_relied_on() -> None:
    """The newest of anything in it is 40 minutes old: nobody may have said a word since, and nobody knows."""
    hits = [story(n, NOON - timedelta(minutes=40 + n)) for n in range(5)]
    with serve(HackerNews(hits, newest=int((NOON - timedelta(minutes=40)).timestamp()))) as server:
        (page,) = fetch(server.url, back(hours=1))
        (young,) = fetch(server.url, back(minutes=30))
    assert page.covered == Window(NOON - timedelta(hours=1), NOON - timedelta(minutes=40))
    assert (page.requests, young.covered, young.problem) == (2, None, None)
    empty = HackerNews([], troubles=[instead(as_json({"hits": [], "nbHits": 0}))])
    with serve(empty) as server, pytest.raises(BadBody) as raised:
        list(fetch(server.url, back(hours=1)))
    assert isinstance(hackernews.translate(raised.value, TARGET), UnexpectedShape)


def test_no_hit_is_zero() -> None:
    """A span in which nobody said a word is seen, and empty."""
    with serve(HackerNews([])) as server:
        (page,) = fetch(server.url, back(hours=1))
    assert (page.items, page.covered) == ((), Window(NOON - timedelta(hours=1), NOON - LAG))


def unfiltered(answer: dict[str, Any]) -> None:
    """Give an hour's hits that were not asked for."""
    answer["hits"] = [story(n, NOON - timedelta(days=3, minutes=n)) for n in range(60)]


def oldest_first(answer: dict[str, Any]) -> None:
    """Turn the order round."""
    answer["hits"].reverse()


def counted_and_not_given(answer: dict[str, Any]) -> None:
    """Count hits and give none."""
    answer["hits"] = []


def renamed(answer: dict[str, Any]) -> None:
    """Call the time something else."""
    for hit in answer["hits"]:
        hit["created"] = hit.pop("created_at_i")


@pytest.mark.parametrize("alter", [unfiltered, oldest_first, counted_and_not_given, renamed])
def test_an_answer_that_is_no_answer_covers_nothing(alter: Callable[[dict[str, Any]], None]) -> None:
    """Outside the span, out of order, missing, or in another format: said, and never a calm hour."""
    hits = [story(n, NOON - n * MINUTE) for n in range(1, 60)]
    with serve(HackerNews(hits, alter=alter)) as server:
        (page,) = fetch(server.url, back(hours=1))
    assert isinstance(page.problem, UnexpectedShape)
    assert page.covered is None


def test_our_clock_runs_backwards() -> None:
    """Set back in the middle, or to before the span: nothing later than the first asking is covered, or even asked."""
    hits = [comment(n, NOON - timedelta(minutes=15 + n)) for n in range(45)]
    clock = iter([NOON, *[NOON - timedelta(days=1)] * 50])
    with serve(HackerNews(hits, most=20)) as server:
        pages = list(fetch(server.url, back(hours=2), now=lambda: next(clock)))
        assert {page.covered.end for page in pages if page.covered} == {NOON - LAG}
        assert list(fetch(server.url, back(hours=2), now=lambda: NOON - timedelta(days=1))) == []


def test_our_clock_is_ahead_of_theirs() -> None:
    """By the search's own clock it is a quarter to noon: covered up to ten minutes before that."""
    site = HackerNews([], troubles=[header("Date", "Wed, 15 Apr 2026 11:45:00 GMT")])
    with serve(site) as server:
        (page,) = fetch(server.url, back(hours=1))
    assert page.covered == Window(NOON - timedelta(hours=1), NOON - timedelta(minutes=25))


def test_a_span_in_the_future_is_not_covered() -> None:
    """What is wanted up to tomorrow is covered up to a moment ago."""
    with serve(HackerNews([])) as server:
        (page,) = fetch(server.url, Window(NOON - timedelta(hours=1), NOON + timedelta(days=1)))
    assert page.covered == Window(NOON - timedelta(hours=1), NOON - LAG)


TROUBLES: dict[str, tuple[Trouble, type[SourceError], str]] = {
    "slow down": (status(429, {"Retry-After": "120", "Date": "Wed, 15 Apr 2026 12:00:00 GMT"}), RateLimited, "12:02Z"),
    "blocked": (html(403), Refused, "ICD_USER_AGENT"),
    "moved": (status(301, {"Location": "http://127.0.0.1:1/"}), Refused, "ICD_HACKERNEWS_URL"),
    "a field that cannot be filtered": (status(400), UnexpectedShape, "status 400"),
    "503": (status(503), Unreachable, "status 503"),
    "HTML with 200": (html(200), UnexpectedShape, "no JSON"),
    "a list": (instead(as_json([])), UnexpectedShape, "documented shape"),
    "no count": (instead(as_json({"hits": []})), UnexpectedShape, "documented shape"),
    "a count in words": (instead(as_json({"hits": [], "nbHits": "many"})), UnexpectedShape, "documented shape"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_one_line_with_a_remedy(name: str) -> None:
    """At the first question or the second, each misbehaviour is one line that says what, where and what to do."""
    trouble, kind, hint = TROUBLES[name]
    before: list[Trouble | None]
    for before in ([], [None]):
        site = HackerNews([], troubles=[*before, trouble])
        with serve(site) as server, pytest.raises(Exception) as raised:  # noqa: PT011  (whatever the client raises)
            list(fetch(server.url, back(hours=1)))
        meaning = hackernews.translate(raised.value, TARGET)
        assert type(meaning) is kind
        assert str(meaning).startswith("hackernews search claude: ")
        assert hint in str(meaning)


def test_slow_down_holds_for_the_next_target() -> None:
    """Told to wait, no query of this run is sent before the time is over."""
    site = HackerNews([], troubles=[status(429)])
    with serve(site) as server:
        client = hackernews.connect(load({"ICD_HACKERNEWS_URL": server.url}))
        with pytest.raises(Exception, match="429"):
            list(hackernews.fetch(client, TARGET, back(hours=1), lambda: NOON, Memory()))
        (page,) = hackernews.fetch(client, Target("search anthropic"), back(hours=1), lambda: NOON, Memory())
        assert len(server.requests) == 1
    assert isinstance(page.problem, RateLimited)
    assert "2026-04-15T12:01Z" in str(page.problem)


def test_a_defect_of_ours_is_not_translated() -> None:
    """What is not the client's goes on as what it is."""
    assert hackernews.translate(ValueError("ours"), TARGET) is None


def test_a_query_without_a_word_is_refused(tmp_path: Path) -> None:
    """It would find everything that anybody wrote: said with the block it stands in."""
    path = tmp_path / "watchlist.toml"
    path.write_text("[claude]\ntitle = 'Claude'\naliases = ['claude']\n[claude.queries]\nhackernews = ['\" \"']\n")
    with pytest.raises(ConfigError, match="hackernews"):
        hackernews.targets(load({"ICD_WATCHLIST": str(path)}))


def test_the_targets_are_the_queries() -> None:
    """Each query of each service is a target of its own; an estimate grows with the span."""
    chosen = load({"ICD_X_URL": "x"})
    named = [(target.name, target.service) for target in hackernews.targets(chosen)]
    assert ("search claude", "claude") in named
    assert len(named) == 5
    assert hackernews.estimate(chosen, TARGET, back(days=10)).requests == 6
