"""How far back GitHub's list was truly read, by every clock; through the real client, shaped by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from loopback.github import REPOSITORY, GitHub, as_json, environment, issue, minutely, pull_request
from loopback.http import Request, Response, serve
from loopback.reddit import header, instead

from ingest.authors import AuthorKeys
from ingest.errors import Truncated, UnexpectedShape
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, Reading, Target, github

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
TARGET = Target(REPOSITORY, "claude")
READING = Reading(TARGET, NOON, AuthorKeys(b"k" * 32))


def back(**span: float) -> Window:
    """The span up to noon."""
    return Window(NOON - timedelta(**span), NOON)


def fetch(
    url: str, wanted: Window, memory: Memory | None = None, now: Callable[[], datetime] = lambda: NOON, **keys: str
) -> Iterator[Page]:
    """Read the list from a server."""
    client = github.connect(load(environment(url, **keys)))
    return github.fetch(client, TARGET, wanted, now, memory or Memory())


MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def test_a_window_is_filled_page_by_page() -> None:
    """Four hours at an issue a minute: three pages, each true by itself, from the oldest second's end to the asking."""
    with serve(GitHub(minutely(600, NOON))) as server:
        pages = list(fetch(server.url, back(hours=4)))
    assert [len(page.items) for page in pages] == [100, 100, 100]
    assert [page.covered for page in pages] == [back(minutes=97 + 100 * n, seconds=-1) for n in range(3)]
    assert [page.problem for page in pages] == [None] * 3


def test_pull_requests_are_no_posts_and_are_looked_at() -> None:
    """A page of nothing but pull requests brings no post and covers as far as any other."""
    with serve(GitHub([pull_request(200 - n, NOON - n * MINUTE) for n in range(200)])) as server:
        (page,) = fetch(server.url, back(minutes=90))
    assert [github.parse(raw, READING) for raw in page.items] == [None] * 100
    assert page.covered == back(minutes=97, seconds=-1)


def test_others_of_the_oldest_second_are_not_covered() -> None:
    """Several issues of one second on either side of a page's end: the first page does not vouch for that second."""
    crowd = [issue(n, NOON - 97 * MINUTE) for n in range(103, 95, -1)]
    with serve(GitHub([*minutely(200, NOON)[:97], *crowd, *minutely(200, NOON)[105:]])) as server:
        first, *_ = fetch(server.url, back(minutes=99))
    assert first.covered is not None
    assert first.covered.start == NOON - 97 * MINUTE + SECOND


def test_an_issue_moved_here_keeps_its_old_time() -> None:
    """Last year's among today's, amid a page or at its end: the walk goes on, and nothing of last year is covered."""
    for place in (50, 98, 99):
        issues = minutely(300, NOON)
        issues.insert(place, issue(999, NOON - timedelta(days=365)))
        with serve(GitHub(issues)) as server:
            first, second = fetch(server.url, back(hours=3))
        assert (first.problem, second.problem) == (None, None)
        assert first.covered is not None
        assert second.covered is not None
        assert first.covered.start > NOON - 97 * MINUTE
        assert second.covered.start > NOON - 197 * MINUTE


def test_a_list_read_to_its_end_covers_all_that_is_wanted() -> None:
    """A young repository has nothing older: no issue is then zero, not unknown."""
    with serve(GitHub(minutely(150, NOON))) as server:
        pages = list(fetch(server.url, back(days=3)))
    assert (len(pages), pages[-1].covered, pages[-1].problem) == (2, back(days=3), None)


def test_an_empty_list_proves_nothing() -> None:
    """No issue at all, or none where more were promised, is likelier an outage of GitHub's: not covered."""
    site = GitHub(minutely(300, NOON))
    with serve(GitHub([])) as server:
        (empty,) = fetch(server.url, back(days=3))
    site.troubles = [None, instead(as_json([]))]
    with serve(site) as server:
        site.url = server.url
        first, broken = fetch(server.url, back(days=3))
    assert (empty.covered, broken.covered) == (None, first.covered)
    for page in (empty, broken):
        assert isinstance(page.problem, Truncated)
        assert "breaks off" in str(page.problem)


def test_a_full_page_without_a_link_is_not_taken_for_the_last() -> None:
    """A proxy that drops the header Link: the next page is asked for by its number."""
    site = GitHub(minutely(230, NOON))
    site.links = False
    with serve(site) as server:
        pages = list(fetch(server.url, back(days=3)))
        assert [request.query.get("page") for request in server.requests] == [None, "2", "3"]
    assert sum(len(page.items) for page in pages) == 230
    assert pages[-1].covered == back(days=3)


def test_past_ten_thousand_issues_the_cursor_is_followed() -> None:
    """Page numbers end with a 422 (GitHub, since 2025): the header Link goes on, and so do we."""
    site = GitHub(minutely(10_350, NOON), by_cursor=True)
    with serve(site) as server:
        site.url = server.url
        *_, last = fetch(server.url, back(days=30))
        assert len(server.requests) == 104
    assert (last.covered, last.problem) == (back(days=30), None)


def test_new_issues_between_two_requests_only_repeat() -> None:
    """Three arrive while the first page is read: the second begins with what is known, and nothing is taken for odd."""
    site = GitHub(minutely(300, NOON))
    with serve(site) as server:
        site.url = server.url
        pages = fetch(server.url, back(minutes=150))
        first = next(pages)
        site.issues[:0] = [issue(303 - n, NOON + (3 - n) * SECOND) for n in range(3)]
        second = next(pages)
    assert [first.items[-3:], first.problem, second.problem] == [second.items[:3], None, None]
    assert second.covered == back(minutes=194, seconds=-1)


def test_a_list_out_of_order_is_left() -> None:
    """Oldest first, as if the order had not been heard, on the first page or the second: nothing of it is covered."""
    site = GitHub(minutely(300, NOON)[::-1])
    with serve(site) as server:
        (page,) = fetch(server.url, back(hours=1))
        assert isinstance(page.problem, Truncated)
        assert "not in order" in str(page.problem)
        assert page.covered is None
        site.issues = minutely(300, NOON)
        site.issues[100:200] = site.issues[199:99:-1]
        first, second = fetch(server.url, back(hours=4))
    assert isinstance(second.problem, Truncated)
    assert second.covered == first.covered == back(minutes=97, seconds=-1)


@pytest.mark.parametrize("tail", ["&page=2", "&page={}"])
def test_a_list_in_circles_is_left(tail: str) -> None:
    """The same page again and again, by the same address or ever new ones: given up after one turn."""
    site = GitHub(minutely(100, NOON))
    asked = iter(range(2, 100))

    def circle(request: Request, right: Response) -> Response:
        address = f"{site.url}{request.path}?state=all&sort=created&direction=desc&per_page=100{tail}"
        return Response(200, right.body, {"Link": f'<{address.format(next(asked))}>; rel="next"'})

    site.troubles = [lambda request, right: circle(request, as_json(site.issues))] * 50
    with serve(site) as server:
        site.url = server.url
        pages = list(fetch(server.url, back(days=3)))
    assert len(pages) == 2
    assert "circles" in str(pages[-1].problem)
    assert pages[-1].covered == back(minutes=97, seconds=-1)


def test_a_list_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that pages for ever with ever older issues: left after the most pages, with what was truly seen."""
    monkeypatch.setattr("ingest.sources.github.walk.MAX_PAGES", 4)
    with serve(GitHub(minutely(1_000, NOON))) as server:
        pages = list(fetch(server.url, back(days=3)))
    assert len(pages) == 4
    assert isinstance(pages[-1].problem, Truncated)
    assert pages[-1].covered == back(minutes=397, seconds=-1)


def test_most_of_a_page_unreadable_is_not_covered() -> None:
    """A changed format is said, and never looks like a calm hour; a few odd ones do not stop the reading."""
    issues = minutely(300, NOON)
    for each in issues[:30]:
        each["created_at"] = "yesterday"
    with serve(GitHub(issues)) as server:
        (page,) = fetch(server.url, back(hours=1))
        assert (page.problem, page.covered) == (None, back(minutes=97, seconds=-1))
        for each in issues[:60]:
            del each["created_at"]
        (page,) = fetch(server.url, back(hours=1))
    assert isinstance(page.problem, UnexpectedShape)
    assert page.covered is None


def test_our_clock_runs_backwards() -> None:
    """Set back by an hour in the middle of a walk, or before it: nothing later than the first asking is covered."""
    clock = iter([NOON, *[NOON - timedelta(hours=1)] * 100])
    with serve(GitHub(minutely(600, NOON))) as server:
        pages = list(fetch(server.url, back(hours=3), now=lambda: next(clock)))
        assert {page.covered.end for page in pages if page.covered} == {NOON}
        early = NOON - timedelta(hours=1)
        pages = list(fetch(server.url, back(hours=3), now=lambda: early))
    assert {page.covered.end for page in pages if page.covered} == {early}
    assert pages[-1].covered == Window(NOON - timedelta(minutes=197, seconds=-1), early)


def test_our_clock_is_ahead_of_theirs() -> None:
    """By GitHub's clock it is a quarter to noon: what is created in the next quarter of an hour is yet to be seen."""
    date = "Wed, 15 Apr 2026 11:45:00 GMT"
    issues = [issue(300 - n, NOON - (n + 16) * MINUTE) for n in range(300)]
    site = GitHub(issues)
    site.troubles = [header("Date", date)] * 2
    with serve(site) as server:
        *_, last = fetch(server.url, back(hours=1))
    assert last.covered == Window(NOON - timedelta(minutes=113, seconds=-1), NOON - timedelta(minutes=15))
