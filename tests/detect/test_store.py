"""What is loaded to be judged: nothing that was not known then, and no bucket opened again without end."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pytest
from scene import KEYS, said

from detect import store as opinions
from detect.detector.counts import REOPENED
from detect.reading import fitting
from detect.run import run
from ingest import store, watchlist
from ingest.database import connect, migrate
from ingest.records import Facts, Post, Pull, Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[duckdb.DuckDBPyConnection]:
    """An empty database with the tables of both rooms, judged by the rules alone."""
    monkeypatch.setattr(fitting, "load_or_fit", lambda folder: None)
    with connect(tmp_path / "facts.duckdb") as opened:
        store.prepare(opened, kind="live", key_fingerprint=KEYS.fingerprint)
        migrate(opened, "detect")
        yield opened


def pulled(
    connection: duckdb.DuckDBPyConnection, target: str, covered: Window, posts: Iterable[Post], at: datetime
) -> None:
    """Save what one pull of a subreddit brought at `at`."""
    listed = tuple(posts)
    pull = Pull(
        source="reddit", platform="reddit", target=target, service=None, asked=covered, covered=covered,
        fetched=len(listed), started_at=at, ended_at=at,
    )  # fmt: skip
    store.save(connection, pull, Facts(posts=listed))


def posts(numbers: range, start: datetime, seen_at: datetime) -> list[Post]:
    """Invent complaints, one a minute."""
    made = [said(number, start + timedelta(minutes=n), "is claude down?") for n, number in enumerate(numbers)]
    return [msgspec.structs.replace(one, seen_at=seen_at) for one in made]


def test_what_a_target_brings_later_does_not_weigh_in_what_was_known_before(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The coverage as of an instant, weights included, is the same before and after a later pull brings posts."""
    morning, after = Window(NOON - HOUR, NOON), Window(NOON, NOON + HOUR)
    watched = watchlist.load()
    for target, numbers in (("r/ClaudeAI/new", range(3)), ("r/ClaudeAI/comments", range(100, 120))):
        pulled(connection, target, morning, posts(numbers, morning.start, NOON), NOON)
    before = opinions.load_coverage(connection, watched, NOON)
    pulled(connection, "r/ClaudeAI/new", after, posts(range(200, 250), NOON, after.end), after.end)

    assert [one.posts for one in before["claude"]["reddit"]] == [3, 20]
    assert opinions.load_coverage(connection, watched, NOON) == before
    assert [one.posts for one in opinions.load_coverage(connection, watched, after.end)["claude"]["reddit"]] == [53, 20]


@pytest.mark.parametrize(
    ("late", "looked_before", "counts"),
    [
        (timedelta(hours=1), True, 3),
        (REOPENED, True, 3),
        (REOPENED + HOUR, True, 0),
        (REOPENED + HOUR, False, 3),
    ],
    ids=["late", "at the last moment", "too late", "a gap filled late"],
)
def test_a_bucket_is_opened_again_for_a_stated_time(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, *, late: timedelta, looked_before: bool, counts: int
) -> None:
    """A post that comes late counts up to `REOPENED` after its time; later only where nobody had looked before."""
    hour = Window(NOON, NOON + HOUR)
    now = NOON + late + 2 * HOUR
    if looked_before:
        pulled(connection, "r/ClaudeAI/new", hour, (), hour.end)
    pulled(connection, "r/ClaudeAI/new", hour, posts(range(3), NOON, NOON + late), NOON + late)

    run(
        connection, watchlist.load(), KEYS, as_of=now, ran_at=now, false_alarms_per_4_weeks=1.0, folder=tmp_path
    )  # fmt: skip

    said_then = opinions.load_complaints(connection, now)
    people = connection.execute(
        "SELECT coalesce(sum(observed), 0) FROM buckets WHERE service = 'claude' AND kind = 'outage'"
    ).fetchall()
    assert (len(said_then), people) == (counts, [(counts,)])
