"""What a person said of an episode stands beside it: in the terminal, in Markdown and in JSON."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from click.testing import CliRunner, Result

from ingest import marks
from ingest.marks import Mark
from ingest.windows import Window
from reports.__main__ import door
from reports.timeline import as_json


def test_a_mark_stands_beside_its_episode(judged: Any, say: Callable[..., Result]) -> None:
    """The one that it speaks of carries it, with its reason as plain words; the others carry none."""
    judged.typical()
    span = Window(judged.at(100), judged.at(120))
    marks.save(judged.connection, Mark("claude", span, "wrong", "a | <b>joke</b>\x1b[31m", "gone", judged.at(1500)))

    rows = {row["episode_id"]: row for row in json.loads(as_json(judged.load()))}
    assert (rows["claude-60"]["mark"], rows["claude-60"]["mark_why"]) == ("wrong", "a | <b>joke</b>")
    assert {row["mark"] for name, row in rows.items() if name != "claude-60"} == {None}
    assert "marked wrong: a | <b>joke</b>" in " ".join(say().stdout.split())
    assert "marked wrong: a \\| \\<b\\>joke\\</b\\>" in say("--markdown").stdout


def test_a_mark_taken_back_stands_nowhere(judged: Any, say: Callable[..., Result]) -> None:
    """Once it is withdrawn the timeline is as if it had never been."""
    judged.typical()
    before = say().stdout
    span = Window(judged.at(60), judged.at(60) + timedelta(hours=1))
    marks.save(judged.connection, Mark("claude", span, "right", "I was there", "claude-60", judged.at(1500)))
    assert say().stdout != before
    marks.withdraw(judged.connection, marks.load(judged.connection)[0], judged.at(1600))
    assert say().stdout == before


def test_a_mark_stands_in_the_story_of_its_episode(judged: Any, say: Callable[..., Result]) -> None:
    """Whoever reads one outage line by line is told first that somebody doubts it; so is a program."""
    judged.typical()
    span = Window(judged.at(100), judged.at(120))
    marks.save(judged.connection, Mark("claude", span, "wrong", "a joke", "gone", judged.at(1500)))

    assert "Marked somebody marked it as no outage: a joke." in " ".join(say("--episode", "claude-60").stdout.split())
    told = json.loads(say("--episode", "claude-60", "--json").stdout)
    assert (told["mark"], told["mark_why"]) == ("wrong", "a joke")
    assert "Marked" not in say("--episode", "claude-500").stdout


def test_now_says_what_somebody_marked(judged: Any) -> None:
    """Of the running outage in a line of its own, of the last one beside when it was; without a mark nothing."""
    judged.run()
    last, running = judged.episode(500), judged.episode(1380, ended_at=None)
    judged.stands("down", "two platforms", episode_id=running, since=judged.at(1380))
    assert "Marked" not in now(judged)
    for name, minute, says in ((running, 1380, "right"), (last, 500, "wrong")):
        span = Window(judged.at(minute), judged.at(minute + 5))
        marks.save(judged.connection, Mark("claude", span, says, "I was there", name, judged.at(1439)))
    assert "Marked  somebody marked it as an outage: I was there." in now(judged)

    judged.connection.execute("DELETE FROM standing")
    judged.stands("no sign", "as usual")
    assert "; marked wrong: I was there." in now(judged)


def now(judged: Any) -> str:
    """Ask whether it is down, five minutes after it was judged."""
    path = str(judged.path)
    with time_machine.travel(judged.at(1445), tick=False):
        return CliRunner().invoke(door, ["now", "--db", path]).stdout
