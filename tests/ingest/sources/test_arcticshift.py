"""Reddit's volumes from Arctic Shift: through the real httpx over loopback; shaped by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loopback.arcticshift import ArcticShift, Points
from loopback.http import serve
from loopback.reddit import Trouble, as_json, header, html, instead, status

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.errors import MissingKey, RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.pull import Outcome, pull_target
from ingest.records import Volume, Window
from ingest.settings import load
from ingest.sources import Memory, Page, Reading, Target, arcticshift

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
NOW = NOON + arcticshift.LAG
KEYS = AuthorKeys(b"k" * 32)
TARGET = Target("r/ClaudeAI comments", "claude", brings="volumes")
READING = Reading(TARGET, NOW, KEYS)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def back(**span: float) -> Window:
    """The span up to noon, which is the last instant that may be settled."""
    return Window(NOON - timedelta(**span), NOON)


def every(step: timedelta, **span: float) -> list[datetime]:
    """A comment every so often up to noon."""
    return [NOON - step * n for n in range(1, timedelta(**span) // step + 1)]


def environment(url: str, **more: str) -> dict[str, str]:
    """Name the keys that point the source at a server."""
    return {"ICD_ARCTIC_SHIFT": "on", "ICD_ARCTIC_SHIFT_URL": url, "ICD_TIMEOUT_SECONDS": "5"} | more


def fetch(
    url: str, wanted: Window, now: Callable[[], datetime] = lambda: NOW, target: Target = TARGET
) -> Iterator[Page]:
    """Ask a server for a series."""
    return arcticshift.fetch(arcticshift.connect(load(environment(url))), target, wanted, now, Memory())


def volumes(pages: list[Page]) -> list[Volume]:
    """Read everything that some pages brought."""
    return [arcticshift.parse(raw, READING) for page in pages for raw in page.items]


@pytest.mark.parametrize("said", [{}, {"ICD_ARCTIC_SHIFT": "off"}, {"ICD_ARCTIC_SHIFT": "yes"}])
def test_it_is_off_unless_switched_on(said: dict[str, str]) -> None:
    """Without the word "on" it is not configured, whatever else is set."""
    with pytest.raises(MissingKey, match="ICD_ARCTIC_SHIFT"):
        arcticshift.connect(load({"ICD_ARCTIC_SHIFT_URL": "http://127.0.0.1"} | said))


def test_minutes_that_add_up_are_volumes() -> None:
    """Two comments each third minute: each minute is a volume, those not listed are zero, the hours are covered."""
    times = every(3 * MINUTE, hours=4)
    with serve(ArcticShift([*times, *times])) as server:
        pages = list(fetch(server.url, back(hours=2)))
        assert [request.query["precision"] for request in server.requests] == ["hour", "minute"]
    assert [(page.covered, page.requests, page.problem) for page in pages] == [(back(hours=2), 2, None)]
    found = volumes(pages)
    assert [volume.count for volume in found] == [2, 0, 0] * 40
    first = found[0]
    assert (first.platform, first.place, first.service, first.query) == ("reddit", "r/ClaudeAI", "claude", "comments")
    assert (first.window, first.seen_at) == (Window(NOON - 2 * HOUR, NOON - 2 * HOUR + MINUTE), NOW)


def without_minute_17(points: Points) -> Points:
    """Leave the 17th minute of each hour out, as if it had not been counted yet."""
    return [point for point in points if point["date"] // 60 % 60 != 17]


def without_ten(points: Points) -> Points:
    """Leave the hour from ten to eleven out."""
    return [point for point in points if point["date"] != int((NOON - 2 * HOUR).timestamp())]


def test_minutes_that_do_not_add_up_are_unknown() -> None:
    """A minute that came to the hour's count and not to its own: nothing of the hour is handed out, or covered."""
    with serve(ArcticShift(every(MINUTE, hours=4), late={"minute": without_minute_17})) as server:
        pages = list(fetch(server.url, back(hours=3)))
    assert volumes(pages) == []
    assert {page.covered for page in pages} == {None}
    assert isinstance(pages[-1].problem, Truncated)


def test_an_hour_that_is_not_listed_is_unknown() -> None:
    """Whether nobody wrote or nobody counted is not told: that hour is left out, its neighbours are covered."""
    with serve(ArcticShift(every(MINUTE, hours=4), late={"hour": without_ten})) as server:
        pages = list(fetch(server.url, back(hours=3)))
    assert [page.covered for page in pages] == [Window(NOON - 3 * HOUR, NOON - 2 * HOUR), Window(NOON - HOUR, NOON)]
    assert [page.requests for page in pages] == [2, 0]
    assert len(volumes(pages)) == 120


def test_a_subreddit_it_does_not_know_is_said() -> None:
    """A series without a single point is no zero."""
    with serve(ArcticShift([])) as server:
        pages = list(fetch(server.url, back(hours=3), target=Target("r/NoSuch posts", "claude", brings="volumes")))
    assert isinstance(pages[-1].problem, Truncated)
    assert {page.covered for page in pages} == {None}


def test_what_is_younger_than_the_lag_is_not_asked_for() -> None:
    """Of the last 36 hours only those that are a day old, and only whole hours."""
    half_past = NOW + timedelta(minutes=30)
    with serve(ArcticShift(every(MINUTE, hours=30))) as server:
        (page,) = fetch(server.url, Window(NOON - 12 * HOUR, half_past), now=lambda: half_past)
        assert {int(request.query["before"]) for request in server.requests} == {
            int((NOON + HOUR).timestamp()), int((NOON + MINUTE).timestamp())
        }  # fmt: skip
        asked = len(server.requests)
        assert list(fetch(server.url, Window(NOON, half_past), now=lambda: half_past)) == []
        assert len(server.requests) == asked
    assert page.covered == back(hours=12)


def test_a_gap_of_odd_minutes_is_asked_for_in_whole_hours() -> None:
    """From a quarter past nine to a quarter to eleven: nine to eleven, or the hour could not be added up."""
    wanted = Window(NOON - 3 * HOUR + 15 * MINUTE, NOON - HOUR - 15 * MINUTE)
    with serve(ArcticShift(every(MINUTE, hours=6))) as server:
        (page,) = fetch(server.url, wanted)
    assert page.covered == Window(NOON - 3 * HOUR, NOON - HOUR)


def test_what_was_not_asked_for_is_left() -> None:
    """An archive that gives a week where an hour was asked for: the hour is taken, once."""
    with serve(ArcticShift(every(MINUTE, hours=168), heedless=True)) as server:
        (page,) = fetch(server.url, back(hours=1))
    assert (page.covered, len(volumes([page]))) == (back(hours=1), 60)


def test_a_long_span_is_asked_for_by_the_day_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oldest first, two requests a day; after the most days the rest is left to the next run."""
    monkeypatch.setattr(arcticshift, "MAX_SPANS", 2)
    with serve(ArcticShift(every(HOUR, hours=80))) as server:
        pages = list(fetch(server.url, back(hours=72)))
        assert len(server.requests) == 4
    start = NOON - 72 * HOUR
    assert [page.covered for page in pages] == [
        Window(start, start + 24 * HOUR), Window(start + 24 * HOUR, start + 48 * HOUR), None
    ]  # fmt: skip
    assert isinstance(pages[-1].problem, Truncated)


def test_our_clock_is_wrong() -> None:
    """Ahead of theirs, only what is a day old by theirs is covered; set back in the middle, only what is by ours."""
    behind = header("Date", "Thu, 16 Apr 2026 10:00:00 GMT")
    site = ArcticShift(every(MINUTE, hours=6), troubles=[behind, behind])
    clock = iter([NOW, NOW, *[NOW - 2 * HOUR] * 50])
    with serve(site) as server:
        (page,) = fetch(server.url, back(hours=4))
        assert page.covered == Window(NOON - 4 * HOUR, NOON - 2 * HOUR)
        (page,) = fetch(server.url, back(hours=4), now=lambda: next(clock))
    assert page.covered == Window(NOON - 4 * HOUR, NOON - 2 * HOUR)


ODD: dict[str, Any] = {
    "no date": {"value": 1},
    "a date in words": {"date": "yesterday", "value": 1},
    "a date between two minutes": {"date": int(NOON.timestamp()) - 1_799, "value": 1},
    "a negative count": {"date": int(NOON.timestamp()) - 1_800, "value": -1},
    "no count": {"date": int(NOON.timestamp()) - 1_800, "value": None},
    "a count past all bounds": {"date": int(NOON.timestamp()) - 1_800, "value": 10**15},
    "a number": 17,
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_point_is_a_reject(name: str, tmp_path: Path) -> None:
    """One malformed point is written down; the other hours are kept, and its own only where it adds up without it."""

    def spoil(points: Points) -> Points:
        odd = ODD[name]
        return [point for point in points if point["date"] != int(NOON.timestamp()) - 1_800] + [odd]

    with serve(ArcticShift(every(MINUTE, hours=4), late={"minute": spoil})) as server:
        outcome, covered = pull(server.url, tmp_path)
    assert (outcome.new, outcome.rejected, outcome.error) == (60, 1, None)
    assert covered == [Window(NOON - 2 * HOUR, NOON - HOUR)]


def pull(url: str, folder: Path) -> tuple[Outcome, list[Window]]:
    """Pull two hours into a database. Returns how that went, and what is covered then."""
    database = folder / "facts.duckdb"
    with connect(database) as connection:
        store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
    outcome = pull_target(
        arcticshift, arcticshift.connect(load(environment(url))), TARGET, back(hours=2),
        open_database=partial(connect, database), keys=KEYS, now=lambda: NOW,
    )  # fmt: skip
    with connect(database, read_only=True) as connection:
        assert connection.execute("SELECT DISTINCT brings FROM pulls").fetchall() == [("volumes",)]
        return outcome, ledger.load_covered(connection, "arcticshift", TARGET.name)


def test_volumes_reach_the_database(tmp_path: Path) -> None:
    """Two hours of minutes are saved with their ledger row, and are not asked for again."""
    with serve(ArcticShift(every(2 * MINUTE, hours=4))) as server:
        outcome, covered = pull(server.url, tmp_path)
    assert (outcome.new, outcome.error, outcome.gaps_left) == (120, None, ())
    assert covered == [back(hours=2)]


TROUBLES: dict[str, tuple[Trouble, type[SourceError], str]] = {
    "slow down": (status(429, {"X-RateLimit-Reset": "30"}), RateLimited, "run it again"),
    "a query too slow": (instead(as_json({"data": None, "error": "Query timed out"}, 422)), Unreachable, "too long"),
    "an error with 200": (instead(as_json({"data": None, "error": "invented"})), UnexpectedShape, "documented shape"),
    "a bad request": (instead(as_json({"data": None, "error": "invented"}, 400)), UnexpectedShape, "status 400"),
    "HTML with 200": (html(200), UnexpectedShape, "no JSON"),
    "moved": (status(308, {"Location": "http://127.0.0.1:1/"}), Refused, "ICD_ARCTIC_SHIFT_URL"),
    "502": (status(502), Unreachable, "status 502"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_one_line_with_a_remedy(name: str) -> None:
    """At the hours or at the minutes, each misbehaviour is one line that says what, where and what to do."""
    trouble, kind, hint = TROUBLES[name]
    for before in ([], [None]):
        site = ArcticShift(every(MINUTE, hours=4), troubles=[*before, trouble])
        with serve(site) as server, pytest.raises(Exception) as raised:  # noqa: PT011  (whatever the client raises)
            list(fetch(server.url, back(hours=1)))
        meaning = arcticshift.translate(raised.value, TARGET)
        assert type(meaning) is kind
        assert str(meaning).startswith("arcticshift r/ClaudeAI comments: ")
        assert hint in str(meaning)


def test_the_last_request_is_not_overdrawn() -> None:
    """None left: nothing more is asked in this run, and it is said until when."""
    none_left = header("X-RateLimit-Remaining", "0")
    with serve(ArcticShift(every(MINUTE, hours=80), troubles=[None, none_left])) as server:
        pages = list(fetch(server.url, back(hours=72)))
        assert len(server.requests) == 2
    assert isinstance(pages[-1].problem, RateLimited)
    assert "2026-04-16T12:01Z" in str(pages[-1].problem)


def test_the_targets_are_two_series_a_subreddit() -> None:
    """Comments and posts of each place, as volumes; a defect of ours is not translated."""
    chosen = load(environment("http://127.0.0.1"))
    named = [(target.name, target.service, target.brings) for target in arcticshift.targets(chosen)]
    assert ("r/ClaudeAI comments", "claude", "volumes") in named
    assert ("r/ClaudeAI posts", "claude", "volumes") in named
    assert len(named) == 16
    assert arcticshift.estimate(chosen, TARGET, back(hours=36)).requests == 4
    assert arcticshift.translate(ValueError("ours"), TARGET) is None
