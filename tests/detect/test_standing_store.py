"""How a service stands is read from what a run has saved, and saved with it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from scene import ONSET, PLACE, Scene, every, own_words, scene

from detect import standing_store
from detect.standing import Known
from ingest import watchlist
from ingest.database import connect, migrate
from ingest.records import Facts, Incident, IncidentUpdate, PageState, Pull, Window
from ingest.store import prepare, save

__all__ = ["scene"]

AS_OF = datetime(2026, 4, 15, 15, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Saved:
    """A database of opinions and facts as a run leaves them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        prepare(connection, kind="live", key_fingerprint="none")
        migrate(connection, "detect")
        self.insert("runs", run_id=1, as_of=AS_OF, ran_at=AS_OF, false_alarms_per_4_weeks=1.0, rule="", inputs=0)

    def insert(self, table: str, **values: Any) -> None:
        """Insert one row by column names."""
        named, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO {table} ({named}) VALUES ({marks})", list(values.values()))  # noqa: S608

    def looked(
        self, platform: str, people: float | None, usual: float | None, *, hours: int = 2, until: datetime = AS_OF
    ) -> None:
        """Fill the buckets of a platform, each alike; `people` None: not looked at."""
        starts = pd.date_range(until - timedelta(hours=hours), until, freq="5min", inclusive="left")
        rows = pd.DataFrame({"bucket_start": starts}).assign(  # noqa: F841  (DuckDB reads it)
            service="claude", platform=platform, kind="outage", observed=people, expected=usual,
            coverage=0.0 if people is None else 1.0,
        )  # fmt: skip
        self.connection.execute("INSERT INTO buckets BY NAME SELECT * FROM rows").fetchall()

    def judged(self, until: datetime = AS_OF) -> None:
        """Note that an alarm could have been raised up to then."""
        self.insert("alarms", service="claude", bucket_start=until - 5 * MINUTE, alarm=False)

    def episode(self, **other: Any) -> None:
        """Note an episode that is running."""
        at = AS_OF - 30 * MINUTE
        row = {
            "episode_id": "claude-1", "service": "claude", "onset_at": at, "onset_earliest": at, "onset_latest": at,
            "alarm_at": at, "peak_at": at, "peak_people": 9, "peak_expected": 0.5, "people": 40,
            "platforms": ["reddit"], "symptoms": ["down"], "surfaces": ["api"], "models": [], "verdict": "pending",
            "detection_lag_min": 9.0,
        }  # fmt: skip
        self.insert("episodes", **row | other)

    def complaint(self, surface: str | None, minutes_ago: int, person: int, **other: Any) -> None:
        """Note a judged complaint."""
        row = {
            "post_key": person, "service": "claude", "platform": "reddit", "counted_at": AS_OF - minutes_ago * MINUTE,
            "person": person, "by": "place", "kind": "outage", "surface": surface,
        }  # fmt: skip
        self.insert("judgements", **row | other)

    def incident(self, *said: tuple[int, str], resolved: int | None = None, nature: str = "outage") -> None:
        """Publish an incident: messages as (minutes before AS_OF, status); and what a run holds of it."""
        at = [AS_OF - ago * MINUTE for ago, _ in said]
        updates = tuple(
            IncidentUpdate(status, when, when, "Errors.") for (_, status), when in zip(said, at, strict=True)
        )
        over = None if resolved is None else AS_OF - resolved * MINUTE
        incident = Incident(
            "claude", "inc", "API: errors", "major", said[-1][1], at[0], at[0], over, (), updates, AS_OF
        )
        self.pull("statuspage", AS_OF, Facts(incidents=(incident,)))
        self.insert(
            "incident_times", service="claude", incident_id="inc", nature=nature, first_published_at=at[0],
            published_start=at[0], published_end=over or AS_OF, surfaces=["api"], families=["opus"],
        )  # fmt: skip

    def pull(self, source: str, until: datetime, facts: Facts | None = None) -> None:
        """Read the official record up to then."""
        asked = Window(until - timedelta(days=1), until)
        save(
            self.connection,
            Pull(
                source=source, platform="status", target="claude/page", service="claude", asked=asked, covered=asked,
                fetched=0, started_at=until, ended_at=until, brings="incidents",
            ),
            facts or Facts(),
        )  # fmt: skip

    def known(self) -> Known:
        """Load what is known of Claude."""
        return next(standing_store.load(self.connection, watchlist.load(), AS_OF))

    def stood(self) -> list[tuple[Any, ...]]:
        """Save the standing and read it: part, answer, reason."""
        standing_store.save(self.connection, watchlist.load(), AS_OF)
        return self.connection.execute(
            "SELECT surface, answer, reason FROM standing WHERE service = 'claude' ORDER BY surface NULLS FIRST"
        ).fetchall()


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    """An empty database with one run."""
    with connect(tmp_path / "saved.duckdb") as connection:
        yield Saved(connection)


def test_the_hour_is_counted_beside_its_usual(saved: Saved) -> None:
    """Twelve buckets of each platform, people beside what was usual of the same; the hours before do not count."""
    saved.looked("reddit", 2, 0.5)
    saved.looked("bluesky", 0, 0.1)
    found = {one.platform: one for one in saved.known().seen}
    assert (found["reddit"].people, found["reddit"].usual, found["reddit"].covered) == (24, 6.0, 1.0)
    assert (found["bluesky"].people, found["bluesky"].usual, found["bluesky"].seen_until) == (0, 1.2, AS_OF)


def test_a_platform_nobody_looked_at_has_no_people(saved: Saved) -> None:
    """Not covered is None, not 0; what it brought in the weeks before weighs against the silence of the others."""
    saved.looked("reddit", 2, 0.5, until=AS_OF - timedelta(hours=2))
    saved.looked("reddit", None, None)
    saved.looked("bluesky", 1, 0.1)
    known = saved.known()
    reddit = next(one for one in known.seen if one.platform == "reddit")
    assert (reddit.people, reddit.usual, reddit.covered) == (None, None, 0.0)
    assert reddit.seen_until == AS_OF - timedelta(hours=2)
    assert known.heard == 0.3333  # 24 buckets with one person each, of 72 people


def test_a_service_nobody_looked_at_stands_as_unknown(saved: Saved) -> None:
    """A watched service without a single bucket has its rows too, and they say can't tell."""
    assert {(answer, reason) for _, answer, reason in saved.stood()} == {("can't tell", "not looked")}
    services = saved.connection.execute("SELECT count(DISTINCT service) FROM standing").fetchone()
    assert services == (len(watchlist.load().services),)


def test_learning_is_told_from_calm(saved: Saved) -> None:
    """Seen, counted, and not judged: learning, with the covered days so far."""
    saved.looked("reddit", 1, None, hours=36)
    assert saved.stood()[0] == (None, "learning", "learning")
    assert saved.known().covered_days == 1.5


def test_people_are_counted_by_the_part_they_name(saved: Saved) -> None:
    """One person, and one copied text, is one voice; the episode counts from its onset, the hour for an hour."""
    saved.episode()
    for person in (1, 1, 2):
        saved.complaint("api", 10, person)
    for person in (3, 4):
        saved.complaint("api", 12, person, fingerprint=[7, 8])
    saved.complaint("console", 45, 5)
    saved.complaint(None, 5, 6)
    saved.complaint("api", 5, 7, seen_at=AS_OF + MINUTE)
    saved.complaint("api", 5, 8, kind="limit")
    known = saved.known()
    assert known.named == {"api": 3, "console": 1}
    assert known.running is not None
    assert known.running.named == {"api": 3}


def test_an_open_incident_is_one_that_was_not_over_then(saved: Saved) -> None:
    """Its status is that of its newest message of then; it is met where it matches the running episode."""
    saved.episode()
    saved.incident((40, "investigating"), (20, "identified"))
    saved.insert("matches", episode_id="claude-1", service="claude", incident_id="inc", reason="")
    [found] = saved.known().open
    assert (found.status, found.impact, found.met, found.surfaces) == ("identified", "major", True, ("api",))
    assert found.said_at == AS_OF - 20 * MINUTE
    assert saved.known().page_until == AS_OF


@pytest.mark.parametrize(
    ("said", "resolved", "nature"),
    [
        (((40, "investigating"), (20, "resolved")), 20, "outage"),
        (((40, "investigating"), (20, "resolved")), None, "outage"),
        (((40, "investigating"),), 10, "outage"),
        (((40, "in_progress"),), None, "maintenance"),
    ],
)
def test_what_is_over_or_no_outage_is_not_open(
    saved: Saved, said: tuple[tuple[int, str], ...], resolved: int | None, nature: str
) -> None:
    """Resolved by message or by stamp, or maintenance: nothing is open."""
    saved.incident(*said, resolved=resolved, nature=nature)
    assert saved.known().open == ()


def test_a_page_that_was_unreadable_shows_nothing(saved: Saved) -> None:
    """The last poll counts, readable or not: an unreadable page does not give way to what it showed before."""
    states = tuple(
        PageState("claude", AS_OF - ago * MINUTE, indicator) for ago, indicator in ((20, "major"), (5, None))
    )
    saved.pull("statuspage", AS_OF, Facts(page_states=states[:1]))
    assert saved.known().page_indicator == "major"
    saved.pull("statuspage", AS_OF, Facts(page_states=states[1:]))
    assert saved.known().page_indicator is None


def test_the_standing_is_replaced_and_belongs_to_its_run(saved: Saved) -> None:
    """A second save leaves one row a part; after a newer run without its standing, nothing stands."""
    saved.looked("reddit", 1, 0.5)
    saved.judged()
    assert saved.stood() == saved.stood()
    assert standing_store.stands(saved.connection)
    saved.insert("runs", run_id=2, as_of=AS_OF, ran_at=AS_OF, false_alarms_per_4_weeks=1.0, rule="", inputs=0)
    assert not standing_store.stands(saved.connection)


def test_a_run_says_how_things_stand(scene: Scene) -> None:
    """From posts to the answer: a storm on one platform is probably an outage; a run cut short is made good."""
    scene.tell(every(30, [own_words(n) for n in range(60)]), place=PLACE)
    as_of = ONSET + timedelta(minutes=30)
    scene.judge(as_of=as_of)
    stood = (
        "SELECT answer, reason, since <= alarm_at FROM standing JOIN episodes USING (episode_id) WHERE surface IS NULL"
    )
    assert scene.ask(stood) == [("probably", "one platform", True)]

    with connect(scene.path) as connection:
        connection.execute("DELETE FROM standing")
    assert not scene.judge(as_of=as_of).unchanged
    assert scene.ask(stood) == [("probably", "one platform", True)]
    assert scene.judge(as_of=as_of).unchanged
