"""What `doctor` advises is what helps: a pull that can bring something, for the database that was asked about."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.__main__ import door
from ingest.doors.checkup import Finding, _out_of_reach, told
from ingest.records import Window
from ingest.sources import Target, open_source


def called(*words: str) -> Result:
    """Call the door of this room."""
    return CliRunner().invoke(door, words)


def test_on_the_sample_nothing_is_advised_that_brings_nothing(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gaps of the sample belong to it: they are told, and no pull is advised; before the first pull one is."""
    empty = called("doctor")
    monkeypatch.chdir(sample)
    filled = called("doctor")

    assert "nothing missing" in filled.stdout
    assert "not covered, and no pull can bring it:" in filled.stdout
    assert "next:" not in filled.stdout
    assert "nothing covered yet; missing" in empty.stdout
    assert "next: python -m ingest --source sample" in empty.stdout


def test_a_database_of_ones_own_is_named_in_the_advice() -> None:
    """What fills another database would not help this one."""
    said = json.loads(called("doctor", "--db", "my own.duckdb", "--json").stdout)

    assert said["next_step"] == "python -m ingest --db 'my own.duckdb' --source sample"


def test_past_a_sources_reach_nothing_can_be_brought() -> None:
    """Of a source that reaches back 36 hours the rest of three days is out of reach, and of the newest nothing is."""
    now = datetime.now(UTC)
    reach = open_source("jetstream").ABOUT.reach
    assert reach is not None

    [past] = _out_of_reach(open_source("jetstream"), Target("stream"), Window(now - timedelta(days=3), now))

    assert abs(past.end - (now - reach)) < timedelta(minutes=1)
    assert _out_of_reach(open_source("statuspage"), Target("page"), Window(now - timedelta(days=3), now)) == []


@pytest.mark.parametrize(
    ("covered", "said"),
    [(None, "nothing covered yet"), (datetime(2026, 4, 1, tzinfo=UTC), "covered up to 2026-04-01 00:00Z")],
)
def test_never_is_said_in_words(covered: datetime | None, said: str) -> None:
    """A source that brought nothing yet is not covered up to never."""
    text = told(Finding("jetstream", True, "36 hours", "free", "", True, covered))

    assert said in text
    assert "never" not in text
