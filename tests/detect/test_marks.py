"""Which episodes a mark speaks of, whatever a later judgement makes of them; and the door that keeps it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from detect.__main__ import door
from detect.marks import by_episode, spoken_of
from ingest.database import connect, migrate
from ingest.errors import IngestError
from ingest.marks import Mark, Says
from ingest.store import prepare
from ingest.windows import Window

START = datetime(2026, 4, 15, tzinfo=UTC)
BAD = "it was\x1b[31m a joke\nthat went round\u202e"


class Episode(msgspec.Struct, frozen=True):
    """As much of an episode as a mark looks at."""

    episode_id: str
    service: str
    onset_at: datetime
    ended_at: datetime | None


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def episode(start: int, end: int | None, service: str = "claude") -> Episode:
    return Episode(f"{service}-{start}", service, at(start), None if end is None else at(end))


def mark(start: int, end: int, says: Says = "wrong", made: int = 0) -> Mark:
    return Mark("claude", Window(at(start), at(end)), says, "because", "gone", at(1000 + made), made)


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (episode(60, 90), True),
        (episode(0, 61), True),
        (episode(119, 500), True),
        (episode(100, None), True),
        (episode(0, 60), False),
        (episode(120, 130), False),
        (episode(60, 90, "openai"), False),
    ],
)
def test_a_mark_speaks_of_what_overlaps_it(found: Episode, named: bool) -> None:
    """Of an episode of its service that shares an instant with its span; what only touches it shares none."""
    assert bool(spoken_of(mark(60, 120), [found], at(500))) == named


@given(st.permutations([("right", 1), ("wrong", 2), ("right", 3)]))
def test_the_newest_mark_holds(order: list[tuple[Says, int]]) -> None:
    """Whatever order they are read in."""
    made = [mark(0, 60, says, number) for says, number in order]
    assert by_episode(made, [episode(10, 20)], at(500))["claude-10"].mark_id == 3


def test_a_mark_follows_its_time_and_not_its_episode() -> None:
    """Where a later judgement makes two of the one that was marked, it speaks of both, by whatever id."""
    found = [episode(0, 40), episode(50, 90), episode(200, 210)]
    assert set(by_episode([mark(0, 100)], found, at(500))) == {"claude-0", "claude-50"}


def test_a_mark_of_later_is_not_of_what_ran_then() -> None:
    """Judged as of an earlier time, an episode without an end has not lasted until the mark."""
    assert spoken_of(mark(600, 700), [episode(100, None)], at(500)) == []


@pytest.fixture
def judged() -> Path:
    """A database with one episode that is over and one that runs, judged to minute 1000."""
    with connect(Path("judged.duckdb")) as connection:
        prepare(connection, kind="live", key_fingerprint="none")
        migrate(connection, "detect")
        connection.execute(
            "INSERT INTO runs BY NAME SELECT 1 AS run_id, $1 AS as_of, $1 AS ran_at, 1.0 AS false_alarms_per_4_weeks, "
            "'' AS rule, 0 AS inputs",
            [at(1000)],
        )
        for start, end in ((60, 90), (900, None)):
            connection.execute(
                "INSERT INTO episodes BY NAME SELECT $1 AS episode_id, 'claude' AS service, $2 AS onset_at, "
                "$2 AS onset_earliest, $2 AS onset_latest, $2 AS alarm_at, $2 AS peak_at, 9 AS peak_people, "
                "0.1 AS peak_expected, $3::TIMESTAMPTZ AS ended_at, 9 AS people, [] AS platforms, [] AS symptoms, "
                "[] AS surfaces, [] AS models, 'pending' AS verdict, 0.0 AS detection_lag_min",
                [f"claude-{start}", at(start), end and at(end)],
            )
    return Path("judged.duckdb")


def said(*words: str) -> Result:
    return CliRunner().invoke(door, ["mark", "--db", "judged.duckdb", *words])


def listed() -> list[Any]:
    found = json.loads(said("--list", "--json").stdout)
    assert isinstance(found, list)
    return found


def test_what_is_marked_is_listed(judged: Path) -> None:
    """An episode is marked with its span, a running one up to what was judged; the reason is one clean line."""
    assert said("claude-60", "wrong", "--why", BAD).exit_code == 0
    assert said("claude-900", "right", "--why", "I was there").exit_code == 0

    first, second = listed()
    assert (first["says"], first["why"]) == ("wrong", "it was a joke that went round")
    assert first["span"] == {"start": "2026-04-15T01:00:00Z", "end": "2026-04-15T01:30:00Z"}
    assert second["span"]["end"] == "2026-04-15T16:40:00Z"


def test_a_second_mark_replaces_the_first(judged: Path) -> None:
    """What is said last of an episode is what is in force."""
    said("claude-60", "wrong", "--why", "a joke")
    assert "no longer wrong" in said("claude-60", "right", "--why", "it was none").stdout
    assert [one["says"] for one in listed()] == ["right"]


def test_a_mark_is_taken_back_by_the_episode_that_stands_there_now(judged: Path) -> None:
    """After a rebuild under another id, the mark is found by its time; and by the id that it was made under."""
    said("claude-60", "wrong", "--why", "a joke")
    with connect(judged) as connection:
        connection.execute("UPDATE episodes SET episode_id = 'rebuilt' WHERE episode_id = 'claude-60'")
    assert said("rebuilt", "--withdraw").exit_code == 0
    assert listed() == []
    said("rebuilt", "wrong", "--why", "a joke")
    with connect(judged) as connection:
        connection.execute("DELETE FROM episodes")
    assert said("rebuilt", "--withdraw").exit_code == 0
    assert listed() == []


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["nowhere", "wrong", "--why", "x"], "the latest are: claude-900, claude-60"),
        (["nowhere\x1b[31m", "--withdraw"], "'nowhere'"),
        (["claude-60", "--withdraw"], "is not marked"),
        (["claude-60", "wrong", "--why", " \n"], "say why"),
    ],
)
def test_what_cannot_be_marked_is_one_line(judged: Path, words: list[str], wanted: str) -> None:
    """An unknown episode, or no reason: it says which there are, and keeps nothing."""
    failed = said(*words)
    assert isinstance(failed.exception, IngestError)
    assert wanted in str(failed.exception)
    assert listed() == []


@pytest.mark.parametrize(
    "words",
    [[], ["claude-60"], ["claude-60", "wrong"], ["claude-60", "maybe", "--why", "x"], ["--list", "claude-60"],
     ["claude-60", "wrong", "--withdraw"], ["claude-60", "wrong", "--why", "x", "--json"]],
)  # fmt: skip
def test_wrong_words_are_code_two(judged: Path, words: list[str]) -> None:
    """What does not say what to do is refused with how it is said."""
    assert said(*words).exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anything")
def test_a_database_that_cannot_be_written_is_one_line(judged: Path) -> None:
    """It is named, with what to do, and listing what is marked goes on."""
    judged.chmod(0o444)
    failed = said("claude-60", "wrong", "--why", "x")
    assert isinstance(failed.exception, IngestError)
    assert "permission denied" in str(failed.exception)
    assert said("--list").exit_code == 0


def test_no_database_is_made_by_marking() -> None:
    """A database that is not there is named, and not made."""
    failed = said("claude-60", "wrong", "--why", "x")
    assert "does not exist" in str(failed.exception)
    assert not Path("judged.duckdb").exists()
