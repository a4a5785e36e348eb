"""X's counts, by the real httpx over loopback in both vocabularies; payloads are shaped by hand."""

from datetime import timedelta
from typing import Any

import pytest
from loopback.x import COUNTS, as_json, changed, instead
from loopback.x_world import COMPLAINTS, EXPOSURE, HOUR, MINUTE, NOON, SECOND, VERSIONS, opened

from ingest.errors import Truncated, UnexpectedShape
from ingest.records import Window
from ingest.sources import Memory, x

VOLUMES = "SELECT window_start, window_end, count, query, service, platform, place FROM volumes ORDER BY window_start"
both = pytest.mark.parametrize("version", VERSIONS)


@both
def test_every_whole_minute_is_a_volume(version: str) -> None:
    """Three hours at 12:00:00: the minutes from 08:59 to 11:59, each with its count; the one in progress is not."""
    with opened(version) as world:
        outcome = world.pull(COMPLAINTS)
        rows = world.ask(VOLUMES)
        assert rows[1] == (NOON - 3 * HOUR, NOON - 3 * HOUR + MINUTE, 0, "complaints", "claude", "x", "")
        assert [row[2] for row in rows] == [59, *range(60), *range(60), *range(59)]
        assert rows[-1][1] == NOON - MINUTE
        assert world.covered(COMPLAINTS) == [Window(NOON - 3 * HOUR - MINUTE, NOON - MINUTE)]
        assert (outcome.error, outcome.gaps_left) == (None, (Window(NOON - MINUTE, NOON),))
        assert (world.spent(), world.bill(), outcome.requests) == (0.005, 0.005, 1)


@pytest.mark.parametrize(("second", "last"), [(29, -1), (30, 0), (59, 0)])
def test_a_minute_counts_thirty_seconds_after_its_end(second: int, last: int) -> None:
    """X knows a post half a minute late: the minute before is complete from second 30 on, the present one never."""
    with opened() as world:
        world.now = NOON + second * SECOND
        world.pull(COMPLAINTS)
        assert world.covered(COMPLAINTS)[-1].end == NOON + last * MINUTE
        assert world.sent("end_time") == [f"{NOON + last * MINUTE:%Y-%m-%dT%H:%M:%SZ}"]


def test_the_minute_in_progress_is_not_asked_for() -> None:
    """Half a minute after a run there is nothing to ask: no request, no cost, the rest of the minute stays a gap."""
    with opened() as world:
        world.pull(COMPLAINTS)
        world.now = NOON + 20 * SECOND
        outcome = world.pull(COMPLAINTS)
        assert (outcome.requests, outcome.error) == (0, None)
        assert len(world.server.requests) == 1


def test_buckets_cut_short_are_dropped() -> None:
    """Where X cuts the first and the last bucket (recorded so in 2021), neither is stored, covered or rejected."""

    def cut(payload: dict[str, Any]) -> None:
        payload["data"][0]["start"] = "2026-04-15T08:59:24.000Z"
        payload["data"][-1]["end"] = "2026-04-15T11:58:24.000Z"

    with opened() as world:
        world.site.trouble(COUNTS, changed(cut))
        outcome = world.pull(COMPLAINTS)
        assert outcome.rejected == 0
        assert world.covered(COMPLAINTS) == [Window(NOON - 3 * HOUR, NOON - 2 * MINUTE)]
        assert len(world.ask(VOLUMES)) == 178


def test_an_hour_that_was_recorded_is_no_minute() -> None:
    """A far end that ignores the granularity covers nothing: hours are not minutes."""

    def hours(payload: dict[str, Any]) -> dict[str, Any]:
        return {"data": [{"start": "2026-04-15T10:00:00.000Z", "end": "2026-04-15T11:00:00.000Z", "tweet_count": 9}]}

    with opened() as world:
        world.site.trouble(COUNTS, changed(hours))
        outcome = world.pull(COMPLAINTS)
        assert isinstance(outcome.failure, UnexpectedShape)
        assert world.covered(COMPLAINTS) == []
        assert world.ask(VOLUMES) == []


def test_the_minute_before_a_gap_is_asked_again() -> None:
    """A second run begins 60 seconds before what is missing, and doubles nothing."""
    with opened() as world:
        world.pull(COMPLAINTS)
        world.now = NOON + 5 * MINUTE
        world.sent("start_time")
        world.pull(COMPLAINTS)
        assert world.sent("start_time") == ["2026-04-15T11:58:00Z"]
        assert len(world.ask(VOLUMES)) == 186 - 1
        assert world.covered(COMPLAINTS) == [Window(NOON - 3 * HOUR - MINUTE, NOON + 4 * MINUTE)]


@both
def test_one_request_fills_all_gaps(version: str) -> None:
    """Two gaps hours apart cost $0.005 together: the older one's answer comes past the younger."""

    def without(payload: dict[str, Any]) -> None:
        del payload["data"][60:70]

    with opened(version) as world:
        world.site.trouble(COUNTS, changed(without))
        first = world.pull(COMPLAINTS)
        assert first.gaps_left[0] == Window(NOON - 2 * HOUR - MINUTE, NOON - 2 * HOUR + 9 * MINUTE)
        world.now = NOON + HOUR
        second = world.pull(COMPLAINTS, hours=4)
        assert (second.requests, second.cost_usd) == (1, 0.005)
        assert world.covered(COMPLAINTS) == [Window(NOON - 3 * HOUR - MINUTE, NOON + HOUR - MINUTE)]
        assert world.spent() == 0.01


def test_a_minute_that_cannot_be_read_stays_a_gap() -> None:
    """One bucket without a count is a reject; the minutes around it are covered, it is not."""

    def spoil(payload: dict[str, Any]) -> None:
        del payload["data"][61]["tweet_count"]
        payload["data"][62]["tweet_count"] = -1
        payload["data"][63]["start"] = "a minute ago"

    with opened() as world:
        world.site.trouble(COUNTS, changed(spoil))
        outcome = world.pull(COMPLAINTS)
        assert outcome.rejected == 3
        first = NOON - 3 * HOUR - MINUTE
        assert world.covered(COMPLAINTS) == [
            Window(first, first + 61 * MINUTE), Window(first + 64 * MINUTE, NOON - MINUTE)
        ]  # fmt: skip


EMPTY: dict[str, Any] = {"no data": {"meta": {"total_tweet_count": 0}}, "nothing": {}, "an empty list": {"data": []}}


@pytest.mark.parametrize("name", EMPTY)
def test_no_buckets_are_not_a_count_of_none(name: str) -> None:
    """An answer without a bucket says nothing about how many there were: nothing is covered, the request is paid."""
    with opened() as world:
        world.site.trouble(COUNTS, instead(as_json(EMPTY[name])))
        outcome = world.pull(COMPLAINTS)
        assert isinstance(outcome.failure, UnexpectedShape)
        assert "not the same as nothing found" in str(outcome.failure)
        assert (world.covered(COMPLAINTS), world.spent()) == ([], 0.005)


def test_errors_with_success_are_no_counts() -> None:
    """200 with nothing but errors: said with X's title, kept as a reject, nothing covered."""
    errors = {"errors": [{"title": "Internal Error", "type": "https://api.x.com/2/problems/internal-error"}]}
    with opened() as world:
        world.site.trouble(COUNTS, instead(as_json(errors)))
        outcome = world.pull(COMPLAINTS)
        assert "only errors (Internal Error)" in str(outcome.failure)
        assert (outcome.rejected, world.covered(COMPLAINTS)) == (1, [])


@both
def test_what_is_older_than_seven_days_stays_a_gap(version: str) -> None:
    """Ten days wanted: one request from seven days less a minute, and Truncated for the rest."""
    with opened(version) as world:
        outcome = world.pull(COMPLAINTS, hours=240)
        assert isinstance(outcome.failure, Truncated)
        assert "what is before 2026-04-08T12:02Z stays a gap" in str(outcome.failure)
        assert world.covered(COMPLAINTS) == [Window(NOON - timedelta(days=7) + 2 * MINUTE, NOON - MINUTE)]
        assert world.sent("start_time") == ["2026-04-08T12:02:00Z"]


def test_what_is_wholly_too_old_is_not_asked() -> None:
    """A gap that ended before X's reach costs nothing and says why it stays."""
    window = Window(NOON - timedelta(days=9), NOON - timedelta(days=8))
    with opened() as world:
        pages = list(x.fetch(world.client(), COMPLAINTS, window, lambda: NOON, Memory()))
        assert [(page.covered, page.requests, page.cost_usd, type(page.problem)) for page in pages] == [
            (None, 0, 0.0, Truncated)
        ]
        assert world.server.requests == []


def test_counts_of_several_pages_are_read() -> None:
    """X documents one page; should it ever give more, each is paid for and each covers its own minutes."""

    def first(payload: dict[str, Any]) -> None:
        payload["data"] = payload["data"][:90]
        payload["meta"]["next_token"] = "inventedtoken2"

    def second(payload: dict[str, Any]) -> None:
        payload["data"] = payload["data"][90:]

    with opened() as world:
        world.site.trouble(COUNTS, changed(first), changed(second))
        outcome = world.pull(COMPLAINTS)
        assert world.sent("next_token") == [None, "inventedtoken2"]
        assert (outcome.error, world.spent()) == (None, 0.01)
        assert world.covered(COMPLAINTS) == [Window(NOON - 3 * HOUR - MINUTE, NOON - MINUTE)]


def test_counts_without_an_end_are_left() -> None:
    """A far end that pages for ever is left after three pages, and the bill with it."""
    with opened() as world:
        world.site.trouble(COUNTS, changed(lambda p: p["meta"].update(next_token="again")), forever=True)
        outcome = world.pull(COMPLAINTS)
        assert isinstance(outcome.failure, Truncated)
        assert world.spent() == 0.015


def test_exposure_is_a_volume_of_its_own() -> None:
    """The same minutes counted for all mentions stand beside those of complaints, with their own coverage."""
    with opened() as world:
        world.pull(COMPLAINTS)
        world.pull(EXPOSURE)
        assert world.ask("SELECT query, count(*) FROM volumes GROUP BY 1 ORDER BY 1") == [
            ("complaints", 180), ("exposure", 180)
        ]  # fmt: skip
        complaints, exposure = world.sent("query")
        assert complaints != exposure
        assert (complaints or "").startswith("(claude OR")
