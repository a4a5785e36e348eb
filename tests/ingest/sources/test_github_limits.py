"""Answers "not modified", the limits of GitHub, and where the token goes; through the real client, shaped by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from loopback.github import REPOSITORY, TOKEN, GitHub, as_json, environment, minutely
from loopback.http import serve
from loopback.reddit import Trouble, header, instead, status

from ingest.errors import RateLimited, Refused, SourceError
from ingest.records import Window
from ingest.settings import load
from ingest.sources import CachedAnswer, Memory, Page, Target, github, webclient

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
TARGET = Target(REPOSITORY, "claude")


def back(**span: float) -> Window:
    """The span up to noon."""
    return Window(NOON - timedelta(**span), NOON)


def fetch(
    url: str, wanted: Window, memory: Memory | None = None, now: Callable[[], datetime] = lambda: NOON, **keys: str
) -> Iterator[Page]:
    """Read the list from a server."""
    client = github.connect(load(environment(url, **keys)))
    return github.fetch(client, TARGET, wanted, now, memory or Memory())


def troubled(*troubles: Trouble) -> GitHub:
    """Make a site that misbehaves first."""
    site = GitHub(minutely(300, NOON))
    site.troubles = list(troubles)
    return site


def remembered(page: Page) -> Memory:
    """Remember what a page says to."""
    return Memory({answer.url: answer for answer in page.remember})


def test_a_first_page_as_it_was_covers_up_to_now() -> None:
    """A 304 brings nothing, costs nothing, and proves that no issue was created since: covered up to now."""
    later = NOON + timedelta(minutes=10)
    site = GitHub(minutely(300, NOON))
    with serve(site) as server:
        (first,) = fetch(server.url, back(hours=1))
        left = site.remaining
        (again,) = fetch(server.url, Window(NOON, later), remembered(first), now=lambda: later)
        assert server.requests[1].headers["if-none-match"] == first.remember[0].etag
    assert (again.items, again.covered) == ((), Window(NOON - timedelta(minutes=97, seconds=-1), later))
    assert site.remaining == left


def test_behind_a_first_page_as_it_was_older_ones_are_read() -> None:
    """An older gap is filled although the first page did not change; the pages after it are asked for as ever."""
    site = GitHub(minutely(300, NOON))
    with serve(site) as server:
        site.url = server.url
        (first,) = fetch(server.url, back(hours=1))
        pages = list(fetch(server.url, back(hours=3), remembered(first)))
    assert [len(page.items) for page in pages] == [0, 100]
    assert pages[-1].covered == back(minutes=197, seconds=-1)


def test_what_is_remembered_names_nobody() -> None:
    """The remembered answer holds numbers and a time: no handle, no text; a validator no header can hold is left."""
    site = GitHub(minutely(300, NOON))
    with serve(site) as server:
        (first,) = fetch(server.url, back(hours=1))
        site.troubles = [header("ETag", 'W/"é"')]
        (odd,) = fetch(server.url, back(hours=1))
        site.troubles = [instead(as_json([{"number": 1}] * 3, 200, {"ETag": '"x"'}))]
        (unread,) = fetch(server.url, back(hours=1))
    (kept,) = first.remember
    assert isinstance(kept, CachedAnswer)
    assert "invented" not in kept.body
    assert "Title" not in kept.body
    assert odd.remember == unread.remember == ()


def test_a_changed_first_page_is_read() -> None:
    """A new comment changes the validator: the page comes whole, and is read."""
    site = GitHub(minutely(300, NOON))
    with serve(site) as server:
        (first,) = fetch(server.url, back(hours=1))
        site.issues[3] |= {"comments": 1}
        (again,) = fetch(server.url, back(hours=1), remembered(first))
    assert len(again.items) == 100


def test_a_304_that_was_not_asked_for() -> None:
    """It proves nothing, and is an odd answer."""
    with serve(troubled(status(304))) as server, pytest.raises(webclient.BadStatus) as raised:
        list(fetch(server.url, back(hours=1)))
    assert isinstance(github.translate(raised.value, TARGET), SourceError)


def test_the_last_request_is_not_overdrawn() -> None:
    """None left: the walk stops before asking, says until when and how to raise it, and the next target waits too."""
    site = GitHub(minutely(600, NOON))
    site.remaining, site.reset = 2, int((NOON + timedelta(minutes=30)).timestamp())
    date = header("Date", "Wed, 15 Apr 2026 12:00:00 GMT")
    site.troubles = [date] * 5
    with serve(site) as server:
        client = github.connect(load(environment(server.url)))
        pages = list(github.fetch(client, TARGET, back(hours=5), lambda: NOON, Memory()))
        (other,) = github.fetch(client, Target("acme/other", "claude"), back(hours=1), lambda: NOON, Memory())
        assert len(server.requests) == 2
        later = NOON + timedelta(minutes=30)
        site.remaining = 60
        assert next(github.fetch(client, TARGET, back(hours=1), lambda: later, Memory())).items
    assert [len(page.items) for page in pages] == [100, 100, 0]
    for page in (pages[-1], other):
        assert isinstance(page.problem, RateLimited)
        assert "2026-04-15T12:30Z" in str(page.problem)
        assert "ICD_GITHUB_TOKEN" in str(page.problem)
        assert (page.covered, page.requests) == (None, 0)


DATE = {"Date": "Wed, 15 Apr 2026 12:00:00 GMT"}
LIMITED = {
    "secondary, seconds": (status(403, {"Retry-After": "120"} | DATE), "12:02Z"),
    "secondary, a date": (status(429, {"Retry-After": "Wed, 15 Apr 2026 12:10:00 GMT"} | DATE), "12:10Z"),
    "secondary, in words": (
        instead(as_json({"message": "You have exceeded a secondary rate limit."}, 403, DATE)),
        "12:01Z",
    ),
    "primary": (status(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1776256200"} | DATE), "12:30Z"),
    "429 without a word": (status(429, DATE), "12:01Z"),
    "422 in words": (instead(as_json({"message": "API rate limit exceeded for 192.0.2.1."}, 422, DATE)), "12:01Z"),
    "a reset of nonsense": (status(429, {"X-RateLimit-Reset": "9" * 400} | DATE), "12:01Z"),
    "a date at the calendar's edge": (
        status(429, {"Retry-After": "999999999", "Date": "Fri, 31 Dec 9999 23:59:59 GMT"}),
        "in 999999999 s",
    ),
    "seconds of nonsense": (status(429, {"Retry-After": "-5"} | DATE), "12:01Z"),
}


@pytest.mark.parametrize("name", LIMITED)
def test_slow_down_is_heeded(name: str) -> None:
    """However it is put, it is RateLimited with the time to come back, and nothing more is sent in this run."""
    trouble, when = LIMITED[name]
    site = troubled(trouble)
    with serve(site) as server:
        client = github.connect(load(environment(server.url)))
        with pytest.raises(webclient.BadStatus) as raised:
            list(github.fetch(client, TARGET, back(hours=1), lambda: NOON, Memory()))
        (page,) = github.fetch(client, TARGET, back(hours=1), lambda: NOON, Memory())
        assert len(server.requests) == 1
    meaning = github.translate(raised.value, TARGET)
    assert isinstance(meaning, RateLimited)
    assert when in str(meaning)
    assert isinstance(page.problem, RateLimited)


def test_the_token_goes_to_githubs_host_alone() -> None:
    """A next page, or a redirect, on another host is refused, and that host is never asked."""
    with serve(lambda request: as_json([])) as elsewhere:
        links = [
            f"{elsewhere.url}/x",
            f"http://127.0.0.1@{elsewhere.url[7:]}/x",
            "http://evil.example/",
            "//evil.example/x",
        ]
        for link in links:
            site = troubled(header("Link", f'<{link}>; rel="next"'))
            with serve(site) as server:
                pages = fetch(server.url, back(hours=4), ICD_GITHUB_TOKEN=TOKEN)
                assert next(pages).covered
                assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
                with pytest.raises((webclient.Elsewhere, webclient.BadStatus)) as raised:
                    next(pages)
            assert isinstance(github.translate(raised.value, TARGET), Refused)
        site = troubled(status(302, {"Location": f"{elsewhere.url}/x"}))
        with serve(site) as server, pytest.raises(webclient.BadStatus) as raised:
            list(fetch(server.url, back(hours=1), ICD_GITHUB_TOKEN=TOKEN))
        meaning = github.translate(raised.value, TARGET)
        assert elsewhere.requests == []
    assert isinstance(meaning, Refused)
    assert TOKEN not in str(meaning)


def test_without_a_token_none_is_sent() -> None:
    """No key is needed, and none is made up."""
    with serve(GitHub(minutely(5, NOON))) as server:
        list(fetch(server.url, back(hours=1)))
        assert "authorization" not in server.requests[0].headers
        assert "is-claude-down" in server.requests[0].headers["user-agent"]
