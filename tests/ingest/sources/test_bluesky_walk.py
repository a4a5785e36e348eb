"""How far the search is read, and that nothing is claimed which was not seen: the real client, over the wire."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.bluesky import (
    DOWN,
    SEARCH,
    Bluesky,
    View,
    asked,
    fetch,
    missed,
    numbers,
    opened,
    sorted_at,
    stamp,
    view,
)
from loopback.http import Request, serve
from loopback.reddit import as_json, instead

from ingest.coverage import gaps
from ingest.errors import UnexpectedShape
from ingest.records import Window
from ingest.sources import Page
from ingest.sources.bluesky import search

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def hours(back: float) -> Window:
    """Span so many hours up to noon."""
    return Window(NOON - timedelta(hours=back), NOON)


def posts(count: int, every: timedelta = MINUTE) -> list[View]:
    """Make posts, newest first, the newest indexed `every` before noon."""
    return [view(number, NOON - number * every) for number in range(1, count + 1)]


def test_a_phrase_is_asked_whole_and_in_quotes() -> None:
    """One query a phrase, newest first, 100 a page, in whole milliseconds (the lexicon's parameters; by hand)."""
    site = Bluesky(posts(30))
    with serve(site) as server:
        start = NOON - timedelta(hours=1, microseconds=-1234)
        (page,) = fetch(opened(server), Window(start, NOON - timedelta(microseconds=-999)), NOON + timedelta(hours=1))
    (query,) = asked(server)
    assert query == {"q": '"claude down"', "sort": "latest", "limit": "100", "since": "2026-04-15T10:45:00.001Z",
                     "until": "2026-04-15T12:00:00.000Z"}  # fmt: skip
    assert len(page.items) == 30
    assert page.covered == Window(start, NOON)
    assert page.requests == 2  # the sign-in is one


def test_each_page_covers_what_was_surely_seen() -> None:
    """Pages short of the last vouch for what is newer than all their posts; the last vouches for the gap (by hand)."""
    site = Bluesky(posts(250))
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(4), NOON))
    end = NOON - search.LAG
    assert [page.covered and page.covered.start for page in pages] == [
        None,
        NOON - 101 * MINUTE - SECOND,  # the second page begins with the post of minute 102 and a second
        hours(4).start,
    ]
    assert {page.covered.end for page in pages if page.covered} == {end}
    assert missed(site, pages) == []
    # The first two minutes are not asked for; the quarter of an hour before the gap is.
    assert len(set(numbers(pages))) == 250 - 1


@given(st.lists(st.integers(0, 3000), min_size=120, max_size=400), st.integers(0, 2**32), st.integers(0, 50))
def test_no_order_within_the_slack_makes_a_page_lie(seconds: list[int], seed: int, wobble: int) -> None:
    """Hits out of place by up to 50 s, as the search's are: whatever page is the last one saved, its cover is true."""
    site = Bluesky([view(number, NOON - timedelta(minutes=3, seconds=at)) for number, at in enumerate(seconds)])

    def place(post: View) -> float:
        return sorted_at(post).timestamp() + crc32(f"{seed} {post['uri']}".encode()) % (2 * wobble + 1) / 2

    site.place = place
    pages = list(WALK(site, hours(2)))
    assert missed(site, pages) == []
    assert pages[-1].covered == Window(NOON - timedelta(hours=2), NOON - search.LAG)


class _Spoken:
    """An account that asks a `Bluesky` without a wire: for what is tried a thousand times."""

    def __init__(self, site: Bluesky) -> None:
        self.site, self.wire = site, self
        self.sent = 0
        site.access.add("good")

    def query(self, method: str, params: search.models.AppBskyFeedSearchPosts.Params) -> object:
        """Ask, and read the answer."""
        self.sent += 1
        query = {key: str(value) for key, value in params.model_dump(exclude_none=True, by_alias=True).items()}
        response = self.site(Request("GET", f"/xrpc/{method}", query, {"authorization": "Bearer good"}, b""))
        return search.msgspec.json.decode(response.body)


def WALK(site: Bluesky, wanted: Window) -> Iterator[Page]:  # noqa: N802
    """Walk without a wire."""
    return search.walk(_Spoken(site), DOWN, wanted, lambda: NOON)  # type: ignore[arg-type]


def test_one_post_far_out_of_place_moves_nothing() -> None:
    """A post of five hours ago on the first page is no sign that the five hours were read (by hand)."""
    site = Bluesky(posts(350))
    stray = site.posts[300]["uri"]
    site.place = lambda post: NOON if post["uri"] == stray else sorted_at(post)
    with serve(site) as server:
        pages = fetch(opened(server), hours(6), NOON)
        first, second = next(pages), next(pages)
    assert stray in {post["uri"] for post in first.items}
    assert missed(site, [first, second]) == []
    assert second.covered == Window(NOON - 100 * MINUTE - SECOND, NOON - search.LAG)


def test_the_newest_minutes_are_not_covered() -> None:
    """The index lags: a post that enters it a minute after it was written is found by the next run, in no hole."""
    late = view(900, NOON - timedelta(seconds=90))
    site = Bluesky(posts(20, timedelta(minutes=3)))
    with serve(site) as server:
        (page,) = fetch(opened(server), hours(1), NOON)
        assert page.covered == Window(NOON - timedelta(hours=1), NOON - search.LAG)
        site.posts.append(late)
        later = NOON + timedelta(minutes=16)
        (gap,) = gaps(Window(hours(1).start, later), [page.covered])
        (second,) = fetch(opened(server), gap, later)
    assert late["uri"] in numbers([second])


def test_a_post_indexed_late_is_found_by_the_next_run() -> None:
    """Written at 11:50, indexed at 12:05: it is filed under 11:50, which is covered by then, and comes all the same."""
    late = view(900, NOON + timedelta(minutes=5), createdAt=stamp(NOON - timedelta(minutes=10)))
    site = Bluesky(posts(20, timedelta(minutes=3)))
    with serve(site) as server:
        (page,) = fetch(opened(server), hours(1), NOON)
        assert page.covered
        site.posts.append(late)
        later = NOON + timedelta(minutes=16)
        (second,) = fetch(opened(server), Window(page.covered.end, later), later)
    assert late["uri"] in numbers([second])
    assert second.covered == Window(page.covered.end, later - search.LAG)


@pytest.mark.parametrize(
    ("start", "now", "sent"),
    [(NOON, NOON + 14 * MINUTE, 0), (NOON, NOON + 16 * MINUTE, 2), (NOON, NOON - MINUTE, 0), (NOON, NOON, 0)],
)
def test_a_young_gap_is_left_alone(start: datetime, now: datetime, sent: int) -> None:
    """Younger than a quarter of an hour: no request, not even a sign-in; an old one is asked, however short."""
    with serve(Bluesky(posts(20))) as server:
        pages = list(fetch(opened(server), Window(start, start + timedelta(minutes=5)), now))
    assert len(server.requests) == sent
    assert len(pages) == sent // 2


def test_a_future_window_is_never_covered() -> None:
    """A window that ends tomorrow is covered up to two minutes ago."""
    with serve(Bluesky(posts(20))) as server:
        (page,) = fetch(opened(server), Window(NOON - timedelta(hours=1), NOON + timedelta(days=1)), NOON)
    assert page.covered == Window(NOON - timedelta(hours=1), NOON - search.LAG)


def test_a_window_from_the_year_one_can_be_asked() -> None:
    """Somebody asks for everything there is: no calendar is left behind."""
    with serve(Bluesky(posts(20))) as server:
        (page,) = fetch(opened(server), Window(datetime(1, 1, 1, tzinfo=UTC), NOON), NOON)
    assert len(page.items) == 19
    assert asked(server)[0]["since"] == "2006-03-20T23:45:00.000Z"


def test_an_empty_search_is_an_answer() -> None:
    """Nobody spoke: that is covered, not missing."""
    with serve(Bluesky([])) as server:
        (page,) = fetch(opened(server), hours(1), NOON)
    assert (page.items, page.covered) == ((), Window(hours(1).start, NOON - search.LAG))


def test_a_malformed_view_does_not_lose_the_page() -> None:
    """Views that the client's own models refuse, whole page and all, are handed out beside the rest (B3; by hand)."""
    odd = posts(20)
    odd[3]["likeCount"] = "7"
    odd[4]["embed"] = {"$type": "app.bsky.embed.images#view", "images": "none"}
    del odd[5]["author"]["handle"]
    odd[6]["embed"] = {"$type": "app.bsky.embed.gallery#view", "items": 1}
    del odd[7]["indexedAt"]
    site = Bluesky(posts(20))
    site.trouble(SEARCH, instead(as_json({"posts": odd})))
    with serve(site) as server:
        (page,) = fetch(opened(server), hours(1), NOON)
    assert len(page.items) == 20
    assert page.covered
    assert page.problem is None


def test_a_page_that_is_mostly_unreadable_is_not_calm() -> None:
    """Where most views are of another shape the walk ends with nothing covered, and the rest unread (by hand)."""
    odd = posts(150)
    for post in odd[:60]:
        post["record"] = {
            "$type": "app.bsky.feed.post",
            "createdAt": post["record"]["createdAt"],
            "body": "claude down",
        }
    site = Bluesky(odd)
    site._found[("claude down", 150)] = odd
    with serve(site) as server:
        pages = list(fetch(opened(server), hours(3), NOON))
    assert len(pages) == 1
    assert pages[0].covered is None
    assert isinstance(pages[0].problem, UnexpectedShape)
