"""However a source is disturbed, once it is left alone the facts are those of a run that never was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import github as githubs
from loopback import googlestatus, hackernews, incidentio, x
from loopback.http import Request, Response, serve
from loopback.statuspage import StatusPage, from_record

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.coverage import gaps
from ingest.database import connect
from ingest.pull import pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Target, open_source

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
WANTED = Window(NOON - timedelta(hours=6), NOON - timedelta(minutes=15))
"""Up to where every source is sure: some are told of a post only minutes later."""
KEYS = AuthorKeys(b"k" * 32)
HTML = {"Content-Type": "text/html"}

Answer = Callable[[Request], Response]

FAULTS: dict[str, Callable[[Response], Response]] = {
    "none": lambda right: right,
    "500": lambda right: Response(500),
    "503 html": lambda right: Response(503, b"<html>busy</html>", HTML),
    "200 html": lambda right: Response(200, b"<html>blocked</html>", HTML),
    "429": lambda right: Response(429, b"{}", {"Retry-After": "1"}),
    "403": lambda right: Response(403, b"{}"),
    "empty": lambda right: Response(200, b""),
    "torn": lambda right: Response(right.status, right.body, right.headers, hang_up=True),
    "other shape": lambda right: Response(200, b'{"unexpected": []}', {"Content-Type": "application/json"}),
}


class Disturbed:
    """A server whose next answers are spoilt as the schedule says, and right ever after."""

    def __init__(self, answer: Answer, schedule: list[str]) -> None:
        self._answer, self._left = answer, list(schedule)

    def __call__(self, request: Request) -> Response:
        fault = FAULTS[self._left.pop(0)] if self._left else FAULTS["none"]
        return fault(self._answer(request))


def incident(number: int) -> dict[str, Any]:
    """Invent an incident an hour after the one before."""
    at = f"{NOON - timedelta(hours=1 + number):%Y-%m-%dT%H:%M:%S.000Z}"
    said = {"status": "resolved", "created_at": at, "display_at": at, "body": "Invented.", "components": []}
    return {
        "id": f"invented{number:04}", "name": f"Invented {number}", "impact": "minor", "status": "resolved",
        "started_at": at, "created_at": at, "resolved_at": at, "components": [], "updates": [said],
    }  # fmt: skip


def github_world(url: str) -> tuple[Answer, dict[str, str]]:
    """A repository with an issue a minute."""
    site = githubs.GitHub(githubs.minutely(300, NOON))
    site.url = url
    return site, githubs.environment(url)


def hackernews_world(url: str) -> tuple[Answer, dict[str, str]]:
    """A site with a comment every two minutes."""
    hits = [hackernews.comment(n, NOON - timedelta(minutes=2 * n), comment_text=f"claude {n}") for n in range(170)]
    return hackernews.HackerNews(hits), {"ICD_HACKERNEWS_URL": url}


def x_world(url: str) -> tuple[Answer, dict[str, str]]:
    """Counts of every minute."""
    return x.X("2.166", NOON), x.environment(url)


WORLDS: dict[str, Callable[[str], tuple[Answer, dict[str, str]]]] = {
    "github": github_world,
    "hackernews": hackernews_world,
    "x": x_world,
    "statuspage": lambda url: (
        StatusPage([from_record(incident(n)) for n in range(9)]),
        {"ICD_CLAUDE_STATUS_URL": url, "ICD_STATUSPAGE_PAUSE_SECONDS": "0"},
    ),
    "incidentio": lambda url: (
        incidentio.IncidentIo(
            [incidentio.incident(NOON - timedelta(hours=n), "investigating", "resolved") for n in range(1, 40)]
        ),
        {"ICD_OPENAI_STATUS_URL": url},
    ),
    "googlestatus": lambda url: (
        googlestatus.GoogleStatus(
            [googlestatus.incident("invented1", NOON - timedelta(hours=3), "Z0FZJAMvEB4j3NbCJs6B")]
        ),
        {f"ICD_{name}": address for name, address in googlestatus.environment(url).items()},
    ),
}

TARGETS = {"github": Target(githubs.REPOSITORY, "claude")}
"""Where the loopback server has a place of its own."""

FACTS = (
    "SELECT post_id, text, claimed_at FROM posts ORDER BY ALL",
    'SELECT service, query, window_start, "count" FROM volumes ORDER BY ALL',
    "SELECT service, incident_id, content_hash FROM incident_revisions ORDER BY ALL",
    "SELECT service, incident_id, created_at, status FROM incident_updates ORDER BY ALL",
)


def told(name: str, schedule: list[str], runs: int, database: Path) -> tuple[list[Any], list[Window]]:
    """Pull the source's first target until it is covered. Returns the facts and what of the span is not covered."""
    database.unlink(missing_ok=True)
    source, held = open_source(name), list[Answer]()
    opened = partial(connect, database)
    with opened() as connection:
        store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
    with serve(lambda request: held[-1](request)) as server:  # noqa: PLW0108  (the server comes before what it serves)
        site, keys = WORLDS[name](server.url)
        held.append(Disturbed(site, schedule))
        said = load({**keys, "ICD_TIMEOUT_SECONDS": "2"}, Path("none"))
        target = TARGETS.get(name) or source.targets(said)[0]
        for _ in range(runs):
            # Every run has a client of its own, as after a crash.
            pull_target(source, source.connect(said), target, WANTED, open_database=opened, keys=KEYS, now=lambda: NOON)
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        facts = [connection.execute(query).fetchall() for query in FACTS]
        return facts, gaps(WANTED, ledger.load_covered(connection, name, target.name))


@cache
def undisturbed(name: str) -> tuple[list[Any], list[Window]]:
    """Pull the source once with nothing in the way: the same for every schedule it is held against."""
    with TemporaryDirectory() as folder:
        return told(name, [], 1, Path(folder, "undisturbed.duckdb"))


@pytest.mark.parametrize("name", WORLDS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schedule=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=7))
def test_a_rerun_ends_with_the_facts_of_an_undisturbed_run(name: str, schedule: list[str], tmp_path: Path) -> None:
    """Refusals, torn and empty answers, block pages in any order; then quiet: the same facts, and nothing missing."""
    facts, missing = undisturbed(name)
    disturbed, still_missing = told(name, schedule, len(schedule) + 1, tmp_path / "disturbed.duckdb")

    assert any(facts)
    assert missing == still_missing == []
    assert disturbed == facts


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "none"])
def test_what_was_disturbed_is_not_covered(name: str, fault: str, tmp_path: Path) -> None:
    """While every answer is spoilt nothing is covered: no gap is ever counted as seen."""
    _, missing = told(name, [fault] * 200, 1, tmp_path / "disturbed.duckdb")

    assert missing == [WANTED]
