"""Past the 10,000 hits that one query gives, and where a walk ends: the real client, over the wire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from loopback.bluesky import (
    SEARCH,
    Bluesky,
    View,
    asked,
    failing,
    fetch,
    missed,
    named,
    numbers,
    opened,
    sorted_at,
    view,
)
from loopback.http import Request, Response, serve
from loopback.reddit import as_json

from ingest.coverage import gaps, union
from ingest.errors import RateLimited, Truncated
from ingest.records import Window
from ingest.sources.bluesky import search

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def hours(back: float) -> Window:
    """Span so many hours up to noon."""
    return Window(NOON - timedelta(hours=back), NOON)


def posts(count: int, every: timedelta = MINUTE) -> list[View]:
    """Make posts, newest first, the newest indexed `every` before noon."""
    return [view(number, NOON - number * every) for number in range(1, count + 1)]


def test_past_the_ceiling_a_new_window_is_asked() -> None:
    """10,000 hits and no cursor is not the end: the walk goes on below, and every one of 10,400 comes (by hand)."""
    site = Bluesky(posts(10_400, timedelta(seconds=6)))
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(24), NOON + MINUTE * 30))
    assert [page.problem for page in pages] == [None] * len(pages)
    assert set(numbers(pages)) == {post["uri"] for post in site.posts}
    assert len(pages) == 99 + 6
    assert pages[-1].covered == hours(24)
    assert missed(site, pages) == []
    queries = asked(server)
    assert max(int(query.get("cursor", 0)) for query in queries) + 100 <= 10_000
    assert len({query["until"] for query in queries}) == 2


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set our ceiling to 900, for a server whose own is 1,000: the same arithmetic, a tenth of the requests."""
    monkeypatch.setattr(search, "CEILING", 900)


def test_no_cursor_near_the_ceiling_is_not_the_end(low: None) -> None:
    """Hits that this account may not see are missing from a page, and count for the ceiling: one in eight (by hand)."""
    site = Bluesky(posts(1_500, timedelta(seconds=6)), ceiling=1_000)
    site.unseen = {post["uri"] for post in site.posts[::8]}
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(3), NOON + MINUTE * 30))
    assert len({query["until"] for query in asked(server)}) == 2
    assert set(numbers(pages)) == {post["uri"] for post in site.posts} - site.unseen
    assert pages[-1].covered == hours(3)


def test_an_old_post_amid_the_last_page_hides_nothing(low: None) -> None:
    """The order is not perfect: a new window below the oldest post of the last page would skip an hour (by hand)."""
    site = Bluesky(posts(1_500, timedelta(seconds=6)), ceiling=1_000)
    stray = site.posts[1_490]["uri"]
    site.place = lambda post: NOON - timedelta(seconds=6 * 870) if post["uri"] == stray else sorted_at(post)
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(3), NOON + MINUTE * 30))
    assert set(numbers(pages)) == {post["uri"] for post in site.posts}


def test_windows_overlap_in_milliseconds(low: None) -> None:
    """Where a window ends amid posts of one millisecond, the next begins with them again: doubles, no loss (by hand).

    The author's time has microseconds here; the search knows milliseconds, and so does `until`.
    """
    moments = [NOON - timedelta(milliseconds=number // 120) - timedelta(hours=1) for number in range(1_400)]
    made = [view(n, at + timedelta(seconds=1), createdAt=f"{at:%Y-%m-%dT%H:%M:%S.%f}Z") for n, at in enumerate(moments)]
    site = Bluesky(made, ceiling=1_000)
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(3), NOON))
    assert set(numbers(pages)) == {post["uri"] for post in made}
    assert len(numbers(pages)) > len(made)
    assert all(len(query["until"]) == len("2026-04-15T12:00:00.000Z") for query in asked(server))


def test_more_in_one_millisecond_than_the_ceiling_ends_the_walk(low: None) -> None:
    """No narrower window can be asked: it is said, and nothing of it is covered (by hand)."""
    site = Bluesky([view(n, NOON - MINUTE * 60) for n in range(1_100)], ceiling=1_000)
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(3), NOON))
    assert len(pages) == 18  # the first window is cut at those posts, the second cannot be cut
    assert isinstance(pages[-1].problem, Truncated)
    assert union(page.covered for page in pages if page.covered) == [
        Window(NOON - MINUTE * 60 - timedelta(seconds=1) + search.SLACK, NOON - search.LAG)
    ]


def test_a_lower_ceiling_than_ours_is_one_too() -> None:
    """400 "can't paginate so deep" amid a walk is taken for the ceiling it is (text as published; by hand)."""
    site = Bluesky(posts(700, timedelta(seconds=6)), ceiling=10_000)
    deep = named("InvalidRequest", 400, "invalid value for 'cursor' (can't paginate so deep)")
    site.trouble(
        SEARCH, lambda request, right: deep if int(request.query.get("cursor", 0)) >= 500 else right, forever=True
    )
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(2), NOON + MINUTE * 30))
    assert set(numbers(pages)) == {post["uri"] for post in site.posts}
    assert pages[-1].covered == hours(2)
    assert pages[-1].problem is None
    assert missed(site, pages) == []


def test_a_window_read_again_gives_other_hits_and_no_harm(low: None) -> None:
    """The same window twice gives other hits near its end: what one window lacks comes with the next (by hand)."""
    site = Bluesky(posts(1_500, timedelta(seconds=6)), ceiling=1_000)

    def shaken(request: Request, right: Response) -> Response:
        # Each answer lacks three posts of the one before and has three of the next.
        said = search.msgspec.json.decode(right.body)
        return as_json(said | {"posts": said["posts"][:-3] + said["posts"][:3]})

    site.trouble(SEARCH, *([None] * 8), shaken)
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(3), NOON + MINUTE * 30))
    assert set(numbers(pages)) == {post["uri"] for post in site.posts}


def test_pages_that_go_in_circles_end() -> None:
    """A cursor that stays the same is left at its second coming (by hand)."""
    site = Bluesky(posts(300))
    site.trouble(SEARCH, lambda request, right: as_json({"posts": posts(100), "cursor": "100"}), forever=True)
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(6), NOON))
    assert len(pages) == 2
    assert isinstance(pages[-1].problem, Truncated)
    assert pages[-1].covered is None or pages[-1].covered.start > NOON - timedelta(minutes=2)


def test_pages_without_end_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the most pages of one walk it stops; what is covered by then stands, and the next run goes on there."""
    monkeypatch.setattr(search, "MOST_PAGES", 3)
    site = Bluesky(posts(600))
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(12), NOON))
        assert len(pages) == 3
        assert isinstance(pages[-1].problem, Truncated)
        (gap,) = gaps(hours(12), [page.covered for page in pages if page.covered] + [Window(NOON - search.LAG, NOON)])
        assert gap.end == NOON - 201 * MINUTE - SECOND
        rest = list(fetch(opened(server), gap, NOON))
    assert rest[-1].problem
    assert missed(site, pages + rest) == []


def test_the_servers_last_request_is_not_passed() -> None:
    """`RateLimit-Remaining: 0` ends the run's requests: the page stands, the next says why there is none."""
    site = Bluesky(posts(300))
    site.trouble(
        SEARCH, None, lambda request, right: replace(right, headers=right.headers | {"RateLimit-Remaining": "0"})
    )
    with serve(site) as server:
        pages = fetch(opened(server), hours(6), NOON)
        assert [len(next(pages).items), len(next(pages).items)] == [100, 100]
        assert isinstance(failing(pages), RateLimited)
    assert len(asked(server)) == 2
