"""The walk through X's search, newest first: what it covers, where it stops, and how the next run goes on.

Through the real httpx over loopback, in both vocabularies; payloads are shaped by hand.
"""

from typing import Any

import pytest
from loopback.x import SEARCH, as_json, changed, every, instead, post
from loopback.x_world import HOUR, MINUTE, NOON, SAMPLE, SECOND, VERSIONS, opened

from ingest.errors import Truncated, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.sources import Memory, x
from ingest.sources.x.search import MOST_PAGES

both = pytest.mark.parametrize("version", VERSIONS)
LATEST = NOON - 30 * SECOND
ASKED = NOON - 3 * HOUR - MINUTE
"""What three hours at noon begin with: a minute before them is asked again."""


def one_a_minute(count: int) -> list[dict[str, Any]]:
    """Invent a post each minute back from noon."""
    return every(MINUTE, NOON, count)


def ids(posts: list[dict[str, Any]]) -> list[str]:
    """Name posts by id, oldest first."""
    return sorted((one["id"] for one in posts), key=int)


@both
def test_a_walk_covers_its_window(version: str) -> None:
    """Three hours of a post a minute: two pages, 180 posts, the window covered up to 30 seconds ago, each post paid."""
    with opened(version, one_a_minute(300)) as world:
        outcome = world.pull()
        assert (outcome.fetched, outcome.new, outcome.rejected, outcome.error) == (181, 181, 0, None)
        assert world.covered() == [Window(ASKED, LATEST)]
        assert outcome.gaps_left == (Window(LATEST, NOON),)
        assert world.spent() == world.bill() == 0.905
        assert world.sent("max_results")[-2:] == ["100", "100"]


@both
def test_nothing_found_is_calm(version: str) -> None:
    """An empty answer with a count of none has no `data` key: the window is covered, and it costs nothing."""
    with opened(version) as world:
        outcome = world.pull()
        assert (outcome.fetched, outcome.error, world.covered()) == (0, None, [Window(ASKED, LATEST)])
        assert world.spent() == world.bill() == 0.0


@both
def test_each_page_covers_what_lies_behind_it(version: str) -> None:
    """The first page reaches a second past its oldest post, for others of that second may stand on the next."""
    with opened(version, one_a_minute(300)) as world:
        found = [page for page in world.pages() if page.requests]
        assert [page.covered for page in found] == [
            Window(NOON - 100 * MINUTE + SECOND, LATEST), Window(ASKED, LATEST)
        ]  # fmt: skip


def test_posts_of_one_second_on_two_pages_are_both_seen() -> None:
    """A page that ends inside a second covers from the next second on; a walk broken there loses none of them."""
    same = [post(NOON - 50 * MINUTE, number) for number in range(150)]
    with opened(posts=same) as world:
        world.site.trouble(SEARCH, None, instead(as_json({}, 503)))
        world.pull()
        assert world.covered() == [Window(NOON - 50 * MINUTE + SECOND, LATEST)]
        world.pull()
        assert world.saved() == ids(same)


@both
def test_a_failure_on_page_two_is_continued_by_the_next_run(version: str) -> None:
    """503 on page two: page one stays with its coverage; the next run asks exactly the older rest, without a token."""
    posts = one_a_minute(180)
    with opened(version, posts) as world:
        world.site.trouble(SEARCH, *([None] if version == "2.166" else [None] * 3), instead(as_json({}, 503)))
        first = world.pull()
        assert isinstance(first.failure, Unreachable)
        assert world.covered() == [Window(NOON - 100 * MINUTE + SECOND, LATEST)]
        assert world.spent() == world.bill() == 0.5
        world.server.requests.clear()
        second = world.pull()
        assert (second.error, second.new) == (None, 80)
        asked = [(request.query["end_time"], request.query.get("next_token")) for request in world.server.requests]
        assert asked[-1] == ("2026-04-15T10:20:01Z", None)
        assert world.saved() == ids(posts)
        assert world.covered() == [Window(ASKED, LATEST)]


def test_a_walk_that_is_killed_is_continued() -> None:
    """The program dies after page one was saved: what it had covered is in the ledger, the rest is asked again."""
    posts = one_a_minute(180)
    with opened(posts=posts) as world:
        pages = world.pages()
        assert [len(next(pages).items) for _ in range(3)] == [0, 100, 0]
        pages.close()  # as a kill would: nothing of it is known to the next run but what a ledger would hold
        rest = Window(NOON - 3 * HOUR, NOON - 100 * MINUTE + SECOND)
        old = [page for page in x.fetch(world.client(), SAMPLE, rest, lambda: NOON, Memory()) if page.requests]
        assert sum(len(page.items) for page in old) == 81
        assert old[-1].covered == Window(ASKED, rest.end)


def test_so_many_pages_and_no_more() -> None:
    """A flood: five pages, then Truncated says how much is left, and that part stays a gap."""
    with opened(posts=every(SECOND, NOON, 4000)) as world:
        outcome = world.pull()
        assert isinstance(outcome.failure, Truncated)
        assert "after 5 pages at 2026-04-15T11:51Z and leaves 2.9 h" in str(outcome.failure)
        assert (outcome.fetched, world.spent()) == (MOST_PAGES * 100, 2.5)
        assert world.covered() == [Window(LATEST - 500 * SECOND + SECOND, LATEST)]


def test_the_newest_comes_before_the_rest() -> None:
    """After a flood the next run reads both: the gap that was left, without a word, and what is new, up to now."""
    posts = every(SECOND, NOON, 700)
    with opened(posts=posts) as world:
        world.pull(hours=0.15)
        assert len(world.covered()) == 1
        world.site.posts = [*posts, *every(MINUTE, NOON + HOUR, 59)]
        world.now = NOON + HOUR
        outcome = world.pull(hours=1.15)
        assert outcome.error is None
        assert world.covered() == [Window(NOON - 10 * MINUTE, NOON + HOUR - 30 * SECOND)]


@both
def test_seconds_are_whole_and_the_window_is_clipped(version: str) -> None:
    """Windows are asked in whole seconds, from a minute before the gap up to 30 seconds ago, and since_id never."""
    with opened(version, one_a_minute(10)) as world:
        world.now = NOON + 0.7 * SECOND
        world.pull(hours=0.5)
        (request,) = [one for one in world.server.requests if one.query.get("start_time")][-1:]
        assert (request.query["start_time"], request.query["end_time"]) == (
            "2026-04-15T11:29:00Z", "2026-04-15T11:59:30Z"
        )  # fmt: skip
        assert not {"since_id", "until_id", "expansions", "user.fields"} & request.query.keys()


def test_what_is_too_young_is_not_asked() -> None:
    """A gap of the last 30 seconds cannot be asked for yet: no request."""
    with opened() as world:
        assert list(world.pages(hours=20 / 3600)) == []


def test_a_window_beyond_the_reach_is_read_as_far_as_it_goes() -> None:
    """Ten days wanted: asked from seven days less a minute on, and Truncated for what is older."""
    with opened(posts=[post(NOON - 24 * 6 * HOUR)]) as world:
        outcome = world.pull(hours=240)
        assert isinstance(outcome.failure, Truncated)
        assert world.covered() == [Window(NOON - 7 * 24 * HOUR + MINUTE, LATEST)]
        assert (outcome.new, world.sent("start_time")) == (1, ["2026-04-08T12:01:00Z"])


def test_a_stray_old_post_covers_no_year() -> None:
    """A post from last year at the end of a page, as a far end that ignores start_time would send: not walked to."""

    def stray(payload: dict[str, Any]) -> None:
        payload["data"][-1]["created_at"] = "2025-04-15T11:00:00.000Z"

    with opened(posts=one_a_minute(300)) as world:
        world.site.trouble(SEARCH, changed(stray), instead(as_json({}, 503)))
        world.pull()
        assert world.covered() == [Window(NOON - 99 * MINUTE + SECOND, LATEST)]


def test_a_page_out_of_order_covers_nothing_before_the_end() -> None:
    """Newer posts after older ones: what is still to come could lie anywhere, so only the whole walk covers."""

    def disorder(payload: dict[str, Any]) -> None:
        payload["data"].reverse()

    with opened(posts=one_a_minute(180)) as world:
        world.site.trouble(SEARCH, changed(disorder))
        found = [page.covered for page in world.pages() if page.requests]
        assert found == [None, Window(ASKED, LATEST)]


def test_an_empty_page_in_between_is_passed() -> None:
    """A page of none with a next_token (seen in full-archive search) is not the end of the walk, nor calm."""

    def hollow(payload: dict[str, Any]) -> dict[str, Any]:
        return {"meta": {"result_count": 0, "next_token": "inventedtoken0"}}

    with opened(posts=one_a_minute(50)) as world:
        world.site.trouble(SEARCH, changed(hollow))
        found = [page for page in world.pages() if page.requests]
        assert [(len(page.items), page.covered) for page in found] == [(0, None), (50, Window(ASKED, LATEST))]


def test_pages_that_repeat_themselves_end_the_walk() -> None:
    """A token that leads to the same posts again and again is not paid for a third time."""
    with opened(posts=one_a_minute(300)) as world:
        again = changed(lambda payload: payload["meta"].update(next_token="inventedtoken0"))
        world.site.trouble(SEARCH, again, forever=True)
        outcome = world.pull()
        assert isinstance(outcome.failure, Truncated)
        assert "repeat themselves" in str(outcome.failure)
        assert len(world.server.requests) == 2
        assert world.spent() == 1.0


def test_a_post_on_two_pages_is_one() -> None:
    """A post that moves onto the next page while it is read is handed out once."""
    with opened(posts=one_a_minute(150)) as world:
        pages = world.pages()
        got: list[Any] = []
        for page in pages:
            got += page.items
            if page.items:
                world.site.posts.append(post(NOON - 10 * SECOND - 30 * SECOND, 999))
        numbers = [one["post"]["id"] for one in got]
        assert len(numbers) == len(set(numbers)) == 150


NO_ANSWER: dict[str, Any] = {
    "errors": {"errors": [{"title": "Field Authorization Error", "type": "about:blank", "detail": "…"}]},
    "errors and a count": {"errors": [{"title": "Over Capacity", "type": "about:blank"}], "meta": {"result_count": 0}},
    "nothing": {},
    "no count": {"meta": {}},
    "posts counted, none given": {"meta": {"result_count": 7}},
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_success_without_content_is_not_calm(name: str) -> None:
    """200 with errors alone, or with nothing at all: no post is paid, nothing is covered, and the reason is said."""
    with opened(posts=one_a_minute(5)) as world:
        world.site.trouble(SEARCH, instead(as_json(NO_ANSWER[name])))
        outcome = world.pull()
        assert isinstance(outcome.failure, UnexpectedShape)
        assert "not the same as nothing found" in str(outcome.failure)
        assert (world.covered(), world.spent()) == ([], 0.0)


def test_errors_beside_posts_are_kept_as_rejects() -> None:
    """A partial error comes with 200 and posts: the posts are saved and covered, the error is a reject of its own."""

    def partial(payload: dict[str, Any]) -> None:
        payload["errors"] = [
            {"title": "Not Found Error", "resource_type": "tweet", "type": "about:blank", "value": "1"}
        ]

    with opened(posts=one_a_minute(5)) as world:
        world.site.trouble(SEARCH, changed(partial))
        outcome = world.pull()
        assert (outcome.new, outcome.rejected, outcome.error) == (5, 1, None)
        assert world.covered() == [Window(ASKED, LATEST)]
        assert world.ask("SELECT reason FROM rejects") == [("a partial error: Not Found Error",)]


def test_a_malformed_post_is_a_reject_without_its_author() -> None:
    """One post without a text is a reject, the others are saved; no number and no name of a person is kept of it."""

    def spoil(payload: dict[str, Any]) -> None:
        people = {"entities": {"mentions": [{"username": "somebody", "id": "8887776"}]}, "username": "somebody"}
        payload["data"][1] = people | {"id": payload["data"][1]["id"], "author_id": 7654321, "text": 5}

    with opened(posts=one_a_minute(30)) as world:
        world.site.trouble(SEARCH, changed(spoil))
        outcome = world.pull()
        assert (outcome.new, outcome.rejected, outcome.error) == (29, 1, None)
        ((excerpt,),) = world.ask("SELECT excerpt FROM rejects")
        assert "'text': 5" in excerpt
        assert not [held for held in ("7654321", "8887776", "somebody") if held in excerpt]


@pytest.mark.parametrize("count", [4, 30])
def test_a_format_that_changed_covers_nothing(count: int) -> None:
    """Posts whose id has another name cannot be read: paid, nothing covered, and said."""

    def rename(payload: dict[str, Any]) -> None:
        for one in payload["data"]:
            one["rest_id"] = one.pop("id")

    with opened(posts=one_a_minute(count)) as world:
        world.site.trouble(SEARCH, changed(rename))
        outcome = world.pull()
        assert isinstance(outcome.failure, UnexpectedShape)
        assert (world.covered(), outcome.new, outcome.rejected) == ([], 0, count)
        assert world.spent() == count * 0.005


def test_half_a_surrogate_pair_spoils_no_page() -> None:
    """One post cut inside an emoji is JSON all the same: the page that was paid is read, and the half is left out."""
    with opened(posts=[post(NOON - MINUTE, 1, text="down \ud83d again"), *one_a_minute(5)[1:]]) as world:
        assert world.pull().new == 5
        assert ("down  again",) in world.ask("SELECT text FROM posts")
