"""An onset that is hardly known is said to be a guess, in words, wherever it stands; a narrow one is a span."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from reports.__main__ import door

GUESS = "a rough guess, and so are its lags: complaints rose slowly, and any time from 18:00−1d to 01:05 (7h05m) fits"


@pytest.fixture
def slow(judged: Any) -> Any:
    """An outage whose onset may lie anywhere in seven hours, from the day before on, and one whose onset is known."""
    judged.run()
    judged.episode(60, onset_earliest=judged.at(0) - timedelta(hours=6))
    judged.episode(500)
    return judged


def said(judged: Any, *words: str) -> str:
    """Call a verb of the door."""
    return " ".join(CliRunner().invoke(door, [words[0], "--db", str(judged.path), *words[1:]]).stdout.split())


def test_a_story_says_that_its_onset_is_a_guess(slow: Any) -> None:
    """In the first line of the story; the other's interval stays two times."""
    assert GUESS in said(slow, "timeline", "--episode", "claude-60")
    assert "the usual (between 08:15 and 08:25)" in said(slow, "timeline", "--episode", "claude-500")


def test_the_timeline_notes_it(slow: Any) -> None:
    """In the note of its row, and of no other."""
    assert said(slow, "timeline").count("onset a rough guess, 18:00−1d to 01:05") == 1


def test_the_week_says_it(slow: Any) -> None:
    """On the outage's card."""
    slow.counted(slow.at(0) - timedelta(days=2), 168)
    said(slow, "week", "--week", "2026-W16", "--out", "out")
    with open("out/claude-2026-W16.md", encoding="utf-8") as file:
        text = file.read()
    assert f"01:00; {GUESS}" in text
    assert "08:20; between 08:15 and 08:25" in text
