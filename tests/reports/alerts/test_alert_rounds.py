"""Rounds of alerts, on a real database and a real webhook: told once, told again where it was not taken."""

import json
from datetime import timedelta
from typing import Any

import pytest
from loopback.http import Response

from ingest import marks
from ingest.marks import Mark
from ingest.windows import Window
from reports.alerts import store


def test_each_change_is_told_once(world: Any) -> None:
    """Found, graver, the page, over: each at the round that finds it, and nothing between."""
    world.judged.episode(60, ended_at=None, severity=1)
    world.stands(75)
    assert world.ask().exit_code == 0
    assert world.ask().stdout.startswith("nothing to send")
    world.change(severity=2)
    world.stands(80)
    world.ask()
    world.change(first_published_at=85)
    world.stands(90)
    world.ask()
    world.ask()
    world.change(ended_at=150)
    world.stands(180, "no sign")
    world.ask()
    world.stands(200, "no sign")
    world.ask()

    assert world.told == [f"claude-60/{said}" for said in ("opened", "risen", "page", "ended")]


def test_a_first_use_tells_what_runs_and_what_is_recent(world: Any) -> None:
    """Of a year of episodes one message each for the one that runs and the one that was just over."""
    for onset in range(-60 * 24 * 30, -600, 1000):
        world.judged.episode(onset)
    world.judged.episode(400, ended_at=500)
    world.judged.episode(520, ended_at=None)
    world.stands(540)
    world.ask()

    assert world.told == ["claude-400/ended", "claude-520/opened"]


@pytest.mark.parametrize("late", [31, 300])
def test_stale_data_tells_nothing(world: Any, late: int) -> None:
    """Where nobody has looked for half an hour, what ran then says nothing of now: told is that, and what to run."""
    world.judged.episode(60, ended_at=None)
    world.stands(400, late=late)
    asked = world.ask()

    assert (asked.exit_code, world.told) == (0, [])
    assert "claude was judged too long ago" in asked.stdout
    assert "make ingest detect" in asked.stdout


def test_a_judgement_of_yesterday_tells_nothing(world: Any) -> None:
    """The clock that counts is the wall's."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    world.minute += 24 * 60
    assert world.ask().exit_code == 0
    assert world.told == []


def test_an_episode_that_nobody_can_see_any_more_is_not_news(world: Any) -> None:
    """Where the rule says can't tell, an episode without an end alarms nobody; nor does a source that comes back."""
    world.judged.episode(60, ended_at=None)
    world.stands(75, "can't tell")
    world.ask()
    world.change(ended_at=70)
    world.stands(900, "no sign")
    world.ask()
    assert world.told == []


def test_what_was_not_taken_is_tried_again(world: Any, answer: Any) -> None:
    """A failed send is said, not noted, and made good by the next round, with what is known then."""
    answer[f"/{world.secret}"] = lambda request: Response(500)
    world.judged.episode(60, ended_at=None, severity=1)
    world.stands(75)
    failed = world.ask()
    assert (failed.exit_code, "status 500" in failed.stderr) == (1, True)
    answer.clear()
    world.change(severity=3)
    world.stands(80)
    assert world.ask().exit_code == 0
    assert world.ask().stdout.startswith("nothing to send")

    assert world.told == ["claude-60/opened", "claude-60/opened"]
    assert json.loads(world.server.requests[-1].body)["severity"] == 3


def test_no_address_holds_up_another(world: Any, answer: Any) -> None:
    """Of three, one fails and one never answers: the third is told at once, the two at the next round."""
    slow = Response(200, b"", headers={})
    answer["/broken"] = lambda request: Response(503)
    answer["/slow"] = lambda request: __import__("time").sleep(3) or slow
    world.urls = f"{world.server.url}/broken {world.server.url}/slow {world.server.url}/fine"
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    asked = world.ask()
    assert asked.exit_code == 3
    assert "sent to address 3 (webhook)" in asked.stdout
    assert "address 1 (webhook): it answered with status 503" in asked.stderr
    assert "address 2 (webhook): it did not answer within 2 s" in asked.stderr
    answer.clear()
    assert world.ask().stdout.count("sent to") == 2
    assert sorted(request.path for request in world.server.requests) == [
        "/broken", "/broken", "/fine", "/slow", "/slow",
    ]  # fmt: skip


def test_a_crash_after_sending_sends_again_under_the_same_id(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least once: what was sent and not noted comes again, and its id tells that it is the same news."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    with monkeypatch.context() as patch:
        patch.setattr(store, "save", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert world.ask().exit_code != 0
    world.ask()
    world.ask()

    assert world.told == ["claude-60/opened", "claude-60/opened"]
    assert world.server.requests[0].headers["idempotency-key"] == world.server.requests[1].headers["idempotency-key"]


def test_what_was_told_and_is_no_more_is_taken_back(world: Any) -> None:
    """An episode that a later judgement does not have, and one that a person marked wrong."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    world.ask()
    span = Window(world.judged.at(60), world.judged.at(75))
    marks.save(world.judged.connection, Mark("claude", span, "wrong", "a joke", "claude-60", world.judged.at(76)))
    world.ask()
    assert world.ask().stdout.startswith("nothing to send")
    world.judged.episode(300, ended_at=None)
    world.judged.connection.execute("DELETE FROM episodes WHERE episode_id = 'claude-60'")
    world.stands(310)
    world.ask()
    world.judged.connection.execute("DELETE FROM episodes")
    world.stands(320, "no sign")
    world.ask()

    assert world.told == ["claude-60/opened", "claude-60/withdrawn", "claude-300/opened", "claude-300/withdrawn"]


def test_a_new_address_is_told_what_runs(world: Any) -> None:
    """What one address knows says nothing of another."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    world.ask()
    world.urls = f"{world.server.url}/other {world.urls}"
    world.ask()
    assert [request.path for request in world.server.requests] == [f"/{world.secret}", "/other"]


def test_an_episode_of_a_service_no_longer_watched_is_left_alone(world: Any) -> None:
    """What the watchlist does not have is not spoken of."""
    world.judged.episode(60, ended_at=None, service="elsewhere")
    world.stands(75)
    assert world.ask().exit_code == 0
    assert world.told == []


def test_late_rounds_still_tell_that_it_is_over(world: Any) -> None:
    """Whoever was told that it began is told that it ended, were it days later."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    world.ask()
    world.change(ended_at=200)
    world.stands(int(timedelta(days=3) / timedelta(minutes=1)), "no sign")
    world.ask()
    assert world.told == ["claude-60/opened", "claude-60/ended"]
