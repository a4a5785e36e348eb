"""What the timeline reads, and what a script gets of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.database import connect
from ingest.errors import DatabaseError, DatabaseTooNew
from ingest.sources.sample import LABEL
from ingest.times import parse_instant
from reports.timeline import as_json, load

LISTS = ("platforms", "symptoms", "surfaces", "models", "incident_ids", "impacts", "incidents")
INSTANTS = (
    "onset_at", "onset_earliest", "onset_latest", "alarm_at", "available_at", "peak_at", "ended_at",
    "first_published_at", "judged_until",
)  # fmt: skip
NUMBERS = (
    "peak_people", "peak_expected", "people", "acknowledgement_lag_min", "detection_lag_min", "declared_lag_min",
    "complaints", "repeats", "busiest_share", "usual_busiest_share", "new_people", "new_share", "usual_new_share",
)  # fmt: skip
TEXTS = ("service", "verdict")
START = datetime(2026, 4, 15, tzinfo=UTC)


def written(judged: Any, **asked: Any) -> list[dict[str, Any]]:
    found = json.loads(as_json(judged.load(**asked)))
    assert isinstance(found, list)
    return found


def test_every_object_has_every_field_in_its_type(judged: Any) -> None:
    """A script finds the same fields of the same types in every object, whichever of the two kinds it is."""
    judged.typical()
    for found in written(judged):
        assert set(found) == {*LISTS, *INSTANTS, *NUMBERS, *TEXTS, "episode_id", "label", "mark", "mark_why"}
        assert all(isinstance(found[name], list) for name in LISTS)
        assert all(isinstance(found[name], str) for name in TEXTS)
        assert all(found[name] is None or isinstance(found[name], int | float) for name in NUMBERS)
        for name in INSTANTS:
            assert found[name] is None or (found[name].endswith("Z") and parse_instant(found[name]))


def test_rows_stand_in_the_order_of_time(judged: Any) -> None:
    """Episodes stand by their onset, and the incidents that no episode met by the page's first word."""
    judged.typical()
    found = [row["episode_id"] or row["incident_ids"] for row in written(judged)]
    assert found == ["claude-60", "claude-500", ["quiet"], "claude-900", ["dark"]]


def test_an_episode_carries_its_signed_lag_and_its_incidents(judged: Any) -> None:
    """A page that spoke first has a negative lag, a later one a positive, a silent one none."""
    judged.typical()
    late, first, silent = (row for row in written(judged) if row["episode_id"])
    assert (late["acknowledgement_lag_min"], late["verdict"], late["incident_ids"]) == (17.0, "early", ["late"])
    assert (first["acknowledgement_lag_min"], first["first_published_at"]) == (-5.0, "2026-04-15T08:15:00Z")
    assert (silent["acknowledgement_lag_min"], silent["incident_ids"], silent["ended_at"]) == (None, [], None)
    assert late["incidents"][0]["reason"] == "they overlap"
    assert first["impacts"] == ["minor"]


def test_an_incident_nobody_felt_has_no_onset_and_no_alarm(judged: Any) -> None:
    """An official incident that no episode met is in the list, with what only people could tell left unknown."""
    judged.typical()
    for found in written(judged):
        if found["episode_id"] is None:
            assert found["verdict"] == {"quiet": "unfelt", "dark": "unknown"}[found["incident_ids"][0]]
            assert [found[name] for name in NUMBERS] == [None] * len(NUMBERS)
            assert [found[name] for name in INSTANTS if name != "first_published_at"] == [None] * (len(INSTANTS) - 1)
            assert (found["platforms"], found["symptoms"], found["surfaces"]) == ([], [], [])


def test_one_episode_may_meet_two_incidents_and_the_reverse(judged: Any) -> None:
    """Every incident of a pair is listed with the episode, and none of them a second time by itself."""
    judged.run()
    one, two = judged.episode(60, lag=17.0), judged.episode(500, lag=-423.0)
    judged.incident("a", 77, met=one, verdict="felt")
    judged.incident("b", 90, met=one, verdict="felt")
    judged.insert("matches", episode_id=two, service="claude", incident_id="a", reason="they overlap")
    assert [row["incident_ids"] for row in written(judged)] == [["a", "b"], ["a"]]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ["e60", "quiet", "e900"]),
        (344, None, ["quiet", "e900"]),  # the first episode ends at 344: half-open
        (343, None, ["e60", "quiet", "e900"]),
        (None, 60, []),
        (None, 61, ["e60"]),
        (859, 860, ["quiet"]),
        (861, 899, []),
        (5000, None, ["e900"]),  # not over yet: still going on at any later time
    ],
)
def test_since_and_until_choose_what_overlaps(
    judged: Any, since: int | None, until: int | None, expected: list[str]
) -> None:
    """Chosen is what overlaps [since, until): what was still going on counts, what begins at the end does not."""
    judged.run()
    judged.episode(60, episode_id="e60")
    judged.episode(900, episode_id="e900", ended_at=None)
    judged.incident("quiet", 800, verdict="unfelt")
    asked = {name: START + timedelta(minutes=at) for name, at in (("since", since), ("until", until)) if at is not None}
    assert [row["episode_id"] or row["incident_ids"][0] for row in written(judged, **asked)] == expected


def test_an_incident_written_up_afterwards_stands_where_the_page_spoke(judged: Any) -> None:
    """An end typed in before the first message does not hide the incident from the hour it was published in."""
    judged.run()
    judged.incident("afterwards", 700, verdict="unfelt", lasted=-300)
    hour = {"since": START + timedelta(minutes=660), "until": START + timedelta(minutes=720)}
    assert [row["incident_ids"] for row in written(judged, **hour)] == [["afterwards"]]


def test_one_service_is_told_from_another(judged: Any) -> None:
    """Rows of another service stay out where one is asked for."""
    judged.run()
    judged.episode(60)
    judged.episode(70, service="openai")
    judged.incident("other", 80, service="openai", verdict="unfelt")
    assert {row["service"] for row in written(judged, service="claude")} == {"claude"}
    assert len(written(judged, service="openai")) == 2


def test_an_incident_the_judgement_does_not_know_is_not_called_unfelt(judged: Any) -> None:
    """No verdict is unknown; and what was published after the judgement's time is only counted."""
    judged.run(as_of=600)
    judged.incident("unjudged", 100)
    judged.incident("later", 700)
    [row] = written(judged)
    assert (row["incident_ids"], row["verdict"]) == (["unjudged"], "unknown")
    assert judged.load().later == 1


def test_the_newest_run_is_in_force(judged: Any) -> None:
    """Of several judgements the last one made says the time and the rule."""
    judged.run(as_of=600)
    judged.run(as_of=1200)
    assert judged.load().as_of == START + timedelta(minutes=1200)


def test_a_platform_without_a_row_was_not_looked_at(judged: Any) -> None:
    """Coverage is a share of the service's whole grid: buckets missing on one platform count as not seen."""
    judged.run()
    judged.looked(hours=20)
    with connect(judged.path) as connection:
        connection.execute(
            "INSERT INTO buckets BY NAME SELECT * REPLACE ('github' AS platform) FROM buckets "
            "WHERE bucket_start < TIMESTAMPTZ '2026-04-15 05:00:00+00'"
        )
    assert {each.platform: each.share for each in judged.load().coverage} == {"reddit": 1.0, "github": 0.25}
    morning = judged.load(until=START + timedelta(hours=5))
    assert [each.share for each in morning.coverage] == [1.0, 1.0]
    assert morning.judged[0].end == START + timedelta(hours=5)


def test_rows_made_from_the_sample_say_so(judged: Any) -> None:
    """Every object made from the sample carries the label that says what is synthetic; a live one carries none."""
    judged.typical()
    assert {row["label"] for row in written(judged)} == {None}
    with connect(judged.path) as connection:
        connection.execute("UPDATE about SET value = 'sample' WHERE name = 'kind'")
    assert {row["label"] for row in written(judged)} == {" ".join(LABEL.split())}


def test_others_words_cannot_command_a_terminal(judged: Any) -> None:
    """Terminal sequences, NUL, line breaks and marks that reverse a line are gone before anything is rendered."""
    judged.run()
    judged.incident("x", 60, verdict="unfelt", name="Er\x1b[31mrors\x00\r\n\u202eon\x9b2J login")
    assert written(judged)[0]["incidents"][0]["title"] == "Errors on2J login"


def test_without_a_judgement_the_next_command_is_named(judged: Any) -> None:
    """Facts without a judgement are no quiet time: it is an error that names the command to run."""
    with pytest.raises(DatabaseError, match="make detect"):
        judged.load()


def test_without_facts_the_first_command_is_named(tmp_path: Path) -> None:
    """A database that is none of ours names the command that fills one."""
    with connect(tmp_path / "empty.duckdb") as connection, pytest.raises(DatabaseError, match="make ingest detect"):
        load(connection)


def test_a_database_of_a_newer_version_is_refused(judged: Any) -> None:
    """Tables that this version does not know are not guessed at."""
    judged.run()
    with connect(judged.path) as connection:
        connection.execute("INSERT INTO migrations VALUES ('detect', 999, '999_later.sql', now())")
    with pytest.raises(DatabaseTooNew, match="git pull"):
        judged.load()
