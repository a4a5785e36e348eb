"""A lag that stands beside its two instants is the difference of what is printed, wherever it is printed."""

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner

from reports.__main__ import door

LATE = timedelta(minutes=7, seconds=58)
"""How long after the onset the page spoke: its clock shows 7 minutes, and rounding would say 8."""


@pytest.fixture
def beside(judged: Any) -> Any:
    """An outage from 19:40 on, of which the page spoke at 19:47:58, after our alarm of 19:46:30."""
    judged.run(6 * 24 * 60)
    onset = 19 * 60 + 40
    judged.counted(judged.at(0) - timedelta(days=2), 168)
    name = judged.episode(
        onset, lag=LATE / timedelta(minutes=1), alarm_at=judged.at(onset) + timedelta(minutes=6, seconds=30),
        detection_lag_min=6.5,
    )  # fmt: skip
    judged.incident("late", onset + 7, verdict="felt")
    judged.insert(
        "matches", episode_id=name, service="claude", incident_id="late", reason="they overlap",
        page_spoke_at=judged.at(onset) + LATE, acknowledgement_lag_min=8.0, alarm_to_page_min=1.5,
    )  # fmt: skip
    return judged


def said(judged: Any, *words: str) -> str:
    """Call a verb of the door, a minute after it was judged."""
    path = str(judged.path)
    with time_machine.travel(judged.at(6 * 24 * 60 + 1), tick=False):
        run = CliRunner().invoke(door, [words[0], "--db", path, *words[1:]])
    assert run.exit_code == 0, run.output
    return " ".join(run.stdout.split())


def test_the_timeline_prints_the_difference_of_what_it_prints(beside: Any) -> None:
    """Onset 19:40, page 19:47: +7 min, in the row and in what it comes to; JSON keeps the seconds."""
    text = said(beside, "timeline")
    assert re.search(r"19:40 19:46 .* 19:47 \+7 min", text)
    assert "median lag +7 min" in text
    [row] = [one for one in json.loads(said(beside, "timeline", "--json")) if one["episode_id"]]
    assert row["acknowledgement_lag_min"] == pytest.approx(7.967, abs=0.001)


def test_a_story_prints_the_difference_of_what_it_prints(beside: Any) -> None:
    """The alarm is 6 minutes from the onset, and the page 7 minutes from it and 1 from the alarm."""
    text = said(beside, "timeline", "--episode", "claude-1180")
    assert "alarm, +6 min from the onset" in text
    assert "page − onset +7 min, page − alarm +1 min" in text


def test_the_page_report_prints_the_difference_of_what_it_prints(beside: Any) -> None:
    """Onset, alarm and page stand in one row with both differences."""
    assert "2026-04-15 19:40 19:46 19:47 +7 min +1 min" in said(beside, "page")


@pytest.mark.parametrize("form", ["html", "md"])
def test_the_weekly_report_prints_the_difference_of_what_it_prints(beside: Any, form: str) -> None:
    """In the tile, the sentence, every table and the chart: 7 minutes, never 8."""
    said(beside, "week", "--week", "2026-W16", "--out", "out")
    text, index = (
        unescape(Path("out", name).read_text("utf-8")).replace("\xa0", " ")
        for name in (f"claude-2026-W16.{form}", "index.html")
    )
    assert "7 min after the onset, 1 min after our alarm" in text.replace("\\", "")
    assert "+7 min" in text
    assert "8 min" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL).replace("58 min", "")
    assert "+7 min" in index


def test_now_prints_the_difference_of_what_it_prints(judged: Any) -> None:
    """The open incident stands with its minute, and its lag is that minute's."""
    judged.run()
    name = judged.episode(1380, ended_at=None)
    judged.stands("down", "two platforms", episode_id=name, since=judged.at(1380), incident_ids=["inc"])
    judged.incident("inc", 1387, lasted=None)
    judged.insert(
        "incident_times", service="claude", incident_id="inc", nature="outage",
        first_published_at=judged.at(1380) + LATE, published_start=judged.at(1387), published_end=judged.at(1440),
        surfaces=[], families=[],
    )  # fmt: skip
    path = str(judged.path)
    with time_machine.travel(judged.at(1445), tick=False):
        text = CliRunner().invoke(door, ["now", "--db", path]).stdout
    assert "open since 2026-04-15 23:07, +7 min from the onset" in text
