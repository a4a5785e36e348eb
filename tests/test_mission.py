"""The mission as one test: Reddit, Bluesky, X and three official pages tell one outage, and the doors tell it on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from loopback import googlestatus, incidentio, jetstream, reddit, x
from loopback.http import Response, serve
from loopback.statuspage import StatusPage, from_record

MINUTE = timedelta(minutes=1)


@cache
def now() -> datetime:
    """Say when the test began: asked for first by its fixture, since the stream's clock must agree with the wall's."""
    return datetime.now(UTC).replace(microsecond=0)


def onset() -> datetime:
    """Say when it began to fail."""
    return now() - timedelta(minutes=95)


def spoke() -> datetime:
    """Say when the page spoke."""
    return onset() + timedelta(minutes=21)


def live_from() -> datetime:
    """Say from when on sources are asked; before, there is the archive."""
    return now() - timedelta(hours=36)


def begin() -> datetime:
    """Say when the archive begins."""
    return now() - timedelta(days=10)


WATCHLIST = """
[claude]
title = "Claude"
aliases = ["claude", "anthropic"]
places = { reddit = ["r/ClaudeAI"] }
[claude.queries]
x_complaints = ["claude (down OR error)"]
x_exposure = ["claude"]
[claude.surfaces]
api = { words = ["api"], components = ["Claude API (api.anthropic.com)"] }
[claude.status_page]
type = "statuspage"
url = "https://status.invalid"
[openai]
title = "OpenAI"
aliases = ["openai", "chatgpt"]
[openai.status_page]
type = "incidentio"
url = "https://status.invalid"
[gemini]
title = "Gemini"
aliases = ["google gemini"]
[gemini.status_page]
type = "googlestatus"
url = "https://status.invalid/incidents.json"
products = ["Z0FZJAMvEB4j3NbCJs6B"]
"""
SAID = ("claude is down", "is claude down for anyone else? api error 500", "claude gives me 529 overloaded, again")


def complaints(after: int) -> list[tuple[datetime, str]]:
    """Say when people complained in the last hours: hardly ever before the onset, every few seconds after it.

    In quiet hours no two platforms complain together, so that chance raises nothing: one begins `after` minutes.
    """
    quiet = [(live_from() + timedelta(minutes=after + 190 * n), SAID[n % 3]) for n in range(10)]
    loud = [(onset() + timedelta(seconds=40 * n), SAID[n % 3]) for n in range(100)]
    return quiet + loud


def archive() -> Iterator[dict[str, str]]:
    """Write ten calm days before that: chatter, and a complaint every few hours."""
    places = {"reddit": "r/ClaudeAI", "bluesky": "bluesky", "x": "x"}
    for number, (platform, place) in enumerate(places.items()):
        for n in range(int((live_from() - begin()) / timedelta(minutes=37)) - 2):
            at = begin() + timedelta(minutes=37 * n + 23 * number)
            yield {
                "platform": platform, "post_id": f"archived_{platform}_{n}", "place": place, "author": f"calm_{n % 50}",
                "posted_at": at.isoformat(), "text": SAID[n % 3] if n % 7 == 0 else "claude wrote my tests today",
            }  # fmt: skip


def door(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a door to its end."""
    return subprocess.run(
        [sys.executable, "-m", *words, "--db", "facts.duckdb"],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=180, check=False,
    )  # fmt: skip


def incident() -> dict[str, Any]:
    """Invent what the page said of it."""
    stamp = f"{spoke():%Y-%m-%dT%H:%M:%S.000Z}"
    change = [["Claude API (api.anthropic.com)", "operational", "major_outage"]]
    said = {
        "status": "investigating",
        "created_at": stamp,
        "display_at": stamp,
        "body": "Invented.",
        "components": change,
    }
    return from_record(
        {
            "id": "invented0001", "name": "Invented errors", "impact": "major", "status": "investigating",
            "started_at": stamp, "created_at": stamp, "resolved_at": None,
            "components": ["Claude API (api.anthropic.com)"], "updates": [said],
        }
    )  # fmt: skip


class LiveX(x.X):
    """An X whose clock is the one on the wall."""

    @property
    def now(self) -> datetime:
        """The time it is."""
        return datetime.now(UTC)

    @now.setter
    def now(self, at: datetime) -> None: ...


@pytest.fixture
def told() -> Iterator[dict[str, str]]:
    """Everything that speaks of it, on loopback, and the settings that point there."""
    listing = [
        reddit.comment(n, at.timestamp(), author=f"reddit_{n}", body=text)
        for n, (at, text) in enumerate(complaints(after=20))
    ][::-1]
    older = reddit.comment(9999, (live_from() - MINUTE).timestamp(), body="nice weather")
    new = [reddit.submission(9998, (live_from() - MINUTE).timestamp(), title="nice weather", selftext="")]
    history = [
        jetstream.commit(n, at + timedelta(seconds=9), "create", jetstream.record(text, at))
        for n, (at, text) in enumerate(complaints(after=80))
    ]
    # The network never rests: a second apart where the replay may begin, and to just after the run.
    beats = [live_from() + timedelta(seconds=n) for n in range(-10, 4 * 60)]
    beats += [live_from() + n * MINUTE for n in range(4, 36 * 60)] + [now() + timedelta(seconds=n) for n in range(200)]
    fine = jetstream.record("what a fine evening", live_from())
    ticks = [jetstream.commit(10_000 + n, at, "create", fine) for n, at in enumerate(beats)]
    host = jetstream.Jetstream(sorted([*history, *ticks], key=lambda told: told.at))
    posts = [x.post(at + timedelta(seconds=17), n, text=text) for n, (at, text) in enumerate(complaints(after=140))]
    site = LiveX("2.167", now(), posts, volume=lambda at: 9 if at >= onset() else 1)
    site_of_reddit = reddit.Reddit(comments=[*listing, older], new=new)
    site_of_reddit.things = {child["data"]["name"]: child for child in [*listing, older, *new]}
    long_ago = [incidentio.incident(now() - timedelta(days=3 * n), "investigating", "resolved") for n in range(5, 30)]
    with ExitStack() as stack:
        reddits = stack.enter_context(serve(site_of_reddit))
        stream = stack.enter_context(jetstream.running(host))
        xs = stack.enter_context(serve(site))
        page = stack.enter_context(serve(StatusPage([incident()])))
        openai = stack.enter_context(serve(incidentio.IncidentIo(long_ago)))
        google = stack.enter_context(serve(googlestatus.GoogleStatus([])))
        Path("watchlist.toml").write_text(WATCHLIST)
        pages = {f"ICD_{name}": url for name, url in googlestatus.environment(google.url).items()}
        yield {
            **reddit.environment(reddits.url), **x.environment(xs.url), **pages, "ICD_JETSTREAM_URLS": stream,
            "ICD_CLAUDE_STATUS_URL": page.url, "ICD_OPENAI_STATUS_URL": openai.url, "ICD_WATCHLIST": "watchlist.toml",
            # The sample is spent evenly over a month: its first minutes must have something to spend.
            "ICD_TIMEOUT_SECONDS": "10", "ICD_X_USD_PER_DAY": "1000000", "ICD_X_USD_PER_MONTH": "1000000",
        }  # fmt: skip


def told_by_webhook(told: dict[str, str]) -> dict[str, Any]:
    """Alert twice, and give the one message that came."""
    with serve(lambda request: Response(204)) as server:
        for _ in range(2):
            assert door("reports", "alert", **told, ICD_ALERT_URLS=server.url).returncode == 0
    [request] = server.requests
    message = json.loads(request.body)
    assert isinstance(message, dict)
    return message


@pytest.mark.usefixtures("fitted_here")
def test_three_platforms_and_three_pages_tell_one_outage(told: dict[str, str]) -> None:
    """Ten calm days from an archive, then live: one episode on three platforms, early, with its signed lag."""
    Path("archive.jsonl").write_text("".join(json.dumps(line) + "\n" for line in archive()))
    span = f"{begin():%Y-%m-%dT%H:%M:%SZ}/{live_from():%Y-%m-%dT%H:%M:%SZ}"
    runs = [
        door("ingest", "load", "--covered", span, "archive.jsonl", **told),
        door("ingest", **told),
        door("detect", **told),
        door("reports", "timeline", "--service", "claude", "--json", **told),
    ]

    assert [run.returncode for run in runs] == [0, 0, 0, 0], runs[1].stderr
    rows = json.loads(runs[3].stdout)
    assert len(rows) == 1, rows
    row = rows[0]
    assert sorted(row["platforms"]) == ["bluesky", "reddit", "x"]
    assert row["incident_ids"] == ["invented0001"]
    assert row["verdict"] == "early"
    assert abs(datetime.fromisoformat(row["onset_at"]) - onset()) <= timedelta(minutes=10)
    assert 11 <= row["acknowledgement_lag_min"] <= 31
    assert row["surfaces"] == ["api"]
    message = told_by_webhook(told)
    assert message["transition"] == ("ended" if row["ended_at"] else "opened")
    assert (message["episode_id"], message["text"].count("Invented errors")) == (row["episode_id"], 1)
    assert message["acknowledgement_lag_min"] == row["acknowledgement_lag_min"]
    assert row["ended_at"] is None or datetime.fromisoformat(row["ended_at"]) > spoke()
    assert_one_card(row, told)


def assert_one_card(row: dict[str, Any], told: dict[str, str]) -> None:
    """Hold the report of that week to it: one card, with the verdict and the lag in its page."""
    week = "{}-W{:02}".format(*datetime.fromisoformat(row["onset_at"]).isocalendar()[:2])
    run = door("reports", "week", "--week", week, "--out", "out", **told)
    assert run.returncode == 0, run.stderr
    page = Path("out", f"claude-{week}.html").read_text()
    assert page.count('<article class="card"') == 1
    card = page.split('<article class="card"')[1].split("</article>")[0].replace("\u00a0", " ")
    assert row["episode_id"] in card
    assert "<strong>early</strong>" in card
    # What is printed is a difference of what is printed: of minutes, whatever second the page spoke at.
    apart = spoke().replace(second=0) - datetime.fromisoformat(row["onset_at"])
    assert f"The page spoke {apart // MINUTE} min after the onset" in card
    assert all(platform in card for platform in ("bluesky", "reddit"))
