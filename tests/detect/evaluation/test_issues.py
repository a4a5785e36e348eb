"""The real issue series: read line by line, judged by the real chain, told with counts and intervals."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from detect.__main__ import door
from detect.evaluation import issues, naive
from detect.evaluation.issue_tables import Sought, loudest, of_impacts, tables
from detect.evaluation.stamped import as_json, poisson_interval, stamp
from ingest import watchlist
from ingest.errors import ConfigError


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON",
        b'{"text": "is it down", "date": "yesterday", "source": "https://github.com/acme/tool/issues/1"}',
        b'{"text": "is it down", "date": "2026-03-01T00:00:00Z", "source": "elsewhere"}',
        b'{"date": "2026-03-01T00:00:00Z", "source": "https://github.com/acme/tool/issues/1"}',
    ],
)
def test_a_line_that_is_no_issue_is_named(tmp_path: Path, line: bytes) -> None:
    """The error names file and line, and what a line needs; an empty file is one too."""
    good = b'{"text": "is it down", "date": "2026-03-01T00:00:00Z", "source": "https://github.com/acme/tool/issues/1"}'
    file = tmp_path / "titles.jsonl"
    file.write_bytes(good + b"\n" + line + b"\n")

    with pytest.raises(ConfigError, match=r"line 2: .*needs text, date and source"):
        issues.load(file)
    file.write_bytes(good)
    assert [(one.place, one.number) for one in issues.load(file)] == [("acme/tool", 1)]
    file.write_bytes(b"")
    with pytest.raises(ConfigError, match="holds no issue"):
        issues.load(file)


def test_the_fullest_hour_is_counted_within_the_incident() -> None:
    """An hour is half-open, and what lies outside the incident is not counted."""
    at = np.array([0, 100, 3599, 3600, 3700, 9000])

    assert [loudest(at, *span) for span in ((0, 10_000), (100, 3_700), (3_650, 9_000), (20_000, 30_000))] == [
        3,
        3,
        1,
        0,
    ]
    assert loudest(np.zeros(0), 0, 1) == 0


def test_recall_is_counted_by_impact_with_its_ceiling() -> None:
    """Per impact and of all: felt, with enough complaints to be found, and felt of those; none of none is said so."""
    outages = [Sought("a", "major", True, 12), Sought("b", "major", False, 2), Sought("c", "minor", False, 0)]
    rows = {str(row[0]): row for row in of_impacts(outages)}

    assert set(rows) == {"major", "minor", "all"}
    assert [str(cell) for cell in rows["major"][1:4]] == ["2", "1 of 2 [0.12, 0.88]", "2 of 2 [0.42, 1.00]"]
    assert [str(cell).split(" [", maxsplit=1)[0] for cell in rows["all"][2:]] == [
        "1 of 3", "2 of 3", "1 of 3", "1 of 3", "1 of 2", "1 of 1", "1 of 1",
    ]  # fmt: skip
    assert rows["minor"][-1] is None


def test_a_count_s_interval_is_exact() -> None:
    """Of nothing seen the rate may still be 3 (90 %); the interval holds the count, and widens with it."""
    assert poisson_interval(0) == pytest.approx((0, 2.996), abs=1e-3)
    assert poisson_interval(10) == pytest.approx((5.425, 16.962), abs=1e-3)


def test_crude_phrases_are_found_in_any_case() -> None:
    """The naive reading looks for phrases, and for nothing else."""
    assert naive.crude(["API Error: 529", "Feature: dark mode", "it IS DOWN"]).tolist() == [True, False, True]


def test_the_door_names_what_is_not_there(tmp_path: Path) -> None:
    """Without the files there is one line that says which, and nothing is measured."""
    told = CliRunner().invoke(door, ["evaluate", "issues", "--data", str(tmp_path)])

    assert isinstance(told.exception, ConfigError)
    assert "issues is skipped: there is no" in str(told.exception)
    assert "claude-code-issue-titles" in str(told.exception)


def test_the_real_series_is_judged_as_a_run_does(shared_data: Path, fitted: Path) -> None:
    """The great outage of 17 March alarms within a quarter of an hour of the page, and next to nothing else does.

    A floor, as high as a development series may have one.
    """
    known = watchlist.load()
    came = issues.come(issues.load(shared_data / issues.TITLES), shared_data / issues.RECORD, known, fitted)
    episodes, recall, precision, rules = tables(came, known)
    alarms = [f"{one.episode.alarm_at:%m-%d %H:%M}" for one in came.felt]

    assert len(came.issues) == 6930
    assert any("03-17 19:40" < alarm <= "03-17 20:02" for alarm in alarms)
    assert sum(one.verdict == "unacknowledged" for one in came.record.episodes.values()) <= 1
    assert len(episodes.rows) == len(came.felt)
    assert recall.rows[-1][:2] == ("all", 29)
    assert {row[0] for row in precision.rows} >= {"lift", "false alarms a week (promised: .25)"}
    assert '"of": 29' in as_json([episodes, recall, precision, rules], stamp(1, "whole"))
    assert rules.rows[0][:3] == ("ours", "ours", len(came.felt))
