"""The official page, read by the real httpx over loopback; payloads are shaped by hand unless a test says recorded."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loopback.http import Response, serve
from loopback.statuspage import CHALLENGE, StatusPage, from_record

from ingest import settings, store
from ingest.authors import AuthorKeys, open_keys
from ingest.database import connect
from ingest.files import lines
from ingest.pull import Outcome, pull_target
from ingest.records import Incident, Window
from ingest.sources import Reading, Target, statuspage

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TARGET = Target("claude/page", "claude")


def line(code: str, at: str, **fields: Any) -> dict[str, Any]:
    """Invent a recorded incident that lasted an hour."""
    end = (datetime.fromisoformat(at) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    said = [("investigating", at), ("resolved", end)]
    updates = [{"status": s, "created_at": t, "display_at": t, "body": "Invented.", "components": []} for s, t in said]
    return {
        "id": code, "name": f"Invented {code}", "impact": "minor", "status": "resolved", "started_at": at,
        "created_at": at, "resolved_at": end, "components": ["claude.ai"], "updates": updates,
    } | fields  # fmt: skip


@contextmanager
def reading(*urls: str) -> Iterator[Callable[..., Outcome]]:
    """Prepare a database and a way to pull the page into it."""
    addresses = {"ICD_CLAUDE_STATUS_URL": urls[0], "ICD_STATUSPAGE_PAUSE_SECONDS": "0", "ICD_TIMEOUT_SECONDS": "2"}
    if len(urls) > 1:
        addresses["ICD_CLAUDE_STATUS_FALLBACK_URL"] = urls[1]
    client = statuspage.connect(settings.load(addresses, Path("none")))
    keys = open_keys(Path())
    with connect(Path("facts.duckdb")) as connection:
        store.prepare(connection, kind="live", key_fingerprint=keys.fingerprint)

    def pull(since: datetime, at: datetime = NOW) -> Outcome:
        return pull_target(
            statuspage, client, TARGET, Window(since, at), open_database=partial(connect, Path("facts.duckdb")),
            keys=keys, now=lambda: at,
        )  # fmt: skip

    yield pull
    client.http.close()


def ask(query: str) -> list[tuple[Any, ...]]:
    """Ask the database one question, in UTC."""
    with duckdb.connect("facts.duckdb", read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def record(shared_data: Path) -> list[dict[str, Any]]:
    """The real official record, 2023 to mid 2026."""
    path = shared_data / "status" / "claude_incidents_2023-03_2026-06.jsonl"
    return [json.loads(text) for text in path.read_text("utf-8").splitlines()]


def test_the_whole_history_is_read_twice_and_an_edit_is_one_revision(record: list[dict[str, Any]]) -> None:
    """Backfilled from 2023 (recorded facts): every incident and update; again: nothing; one edited: one revision."""
    since = datetime(2023, 3, 1, tzinfo=UTC)
    page = StatusPage([from_record(one) for one in record])
    counts = (
        "SELECT (SELECT count(*) FROM incidents), (SELECT count(*) FROM incident_updates), "
        "(SELECT count(*) FROM incident_revisions)"
    )
    with serve(page) as server, reading(server.url) as pull:
        first = pull(since)
        assert (first.error, first.gaps_left) == (None, ())
        assert ask(counts) == [(829, 2623, 829)]

        pull(since, NOW + timedelta(minutes=5))
        assert ask(counts) == [(829, 2623, 829)]

        edited = max(page.incidents, key=lambda one: one["incident_updates"][0]["created_at"])
        spoke = "SELECT incident_id, first_published_at FROM incidents ORDER BY 1"
        before = ask(spoke)
        edited["name"] = "Invented new title"
        edited["created_at"] = "2026-06-01T00:00:00.000Z"
        pull(since, NOW + timedelta(minutes=10))
        assert ask(counts) == [(829, 2623, 830)]
        assert ask(spoke) == before


def test_an_incident_is_one_from_a_file_and_from_the_page(record: list[dict[str, Any]]) -> None:
    """Every recorded incident has the same content whether a file or the page tells it."""
    read = Reading(TARGET, NOW, AuthorKeys(b"0" * 32))
    for one in record:
        parsed = statuspage.parse({"kind": "incident", "payload": from_record(one)}, read)
        assert isinstance(parsed, Incident)
        assert parsed.content_hash == lines.incident(one).content_hash


@pytest.mark.parametrize(
    "name", ["claude_summary_live_2026-04-28T1751Z.json", "claude_summary_up_2026-04-28T1915Z.json"]
)
def test_loopback_speaks_as_the_real_page(name: str, shared_data: Path) -> None:
    """The loopback page's answers have the fields of the recorded ones, at every level, and ours reads both."""
    recorded = json.loads((shared_data / "status" / name).read_text("utf-8"))
    page = StatusPage([from_record(line("aaaaaaaaaaaa", "2026-04-28T17:41:55.480Z", status="investigating"))])
    ours = page.summary()

    assert ours.keys() >= recorded.keys()
    assert ours["status"].keys() == recorded["status"].keys()
    assert ours["components"][0].keys() == recorded["components"][0].keys()
    for incident in recorded["incidents"]:
        assert ours["incidents"][0].keys() >= incident.keys() - {"postmortem_body"}
        assert ours["incidents"][0]["incident_updates"][0].keys() == incident["incident_updates"][0].keys()
    state = statuspage.parse({"kind": "summary", "payload": recorded}, Reading(TARGET, NOW, AuthorKeys(b"0" * 32)))
    assert state.indicator == recorded["status"]["indicator"]  # type: ignore[union-attr]
    assert state.unresolved == len(recorded["incidents"])  # type: ignore[union-attr]


def test_not_modified_is_a_poll_too() -> None:
    """A page that answers 304 was read: its state is recorded at this poll, and nothing is fetched again."""
    page = StatusPage([from_record(line("aaaaaaaaaaaa", "2026-06-30T10:00:00.000Z"))], indicator="minor")
    with serve(page) as server, reading(server.url) as pull:
        pull(NOW - timedelta(days=2))
        pull(NOW - timedelta(days=2), NOW + timedelta(minutes=5))

        assert [request.headers.get("if-none-match") is not None for request in server.requests] == [
            False,
            False,
            True,
            True,
        ]
    assert ask('SELECT count(*), count(DISTINCT seen_at), min("indicator") FROM page_states') == [(2, 2, "minor")]
    assert ask("SELECT count(*) FROM incident_revisions") == [(1,)]


@pytest.mark.parametrize(
    "refusal",
    [
        CHALLENGE,
        Response(403, b"no"),
        Response(503, b"down"),
        Response(200, b"<html>maintenance</html>", {"Content-Type": "text/html"}),
        Response(200, b'{"page": {"id": "tymt9n0', {"Content-Type": "application/json"}),
        Response(200, b'{"incidents": [1, 2, 3]}' * 10, hang_up=True),
    ],
    ids=["challenge", "403", "503", "html", "half a document", "hang-up"],
)
def test_the_second_address_speaks_where_the_first_refuses(refusal: Response) -> None:
    """A first address that challenges, fails, or answers no JSON is passed over for the second."""
    page = StatusPage([from_record(line("aaaaaaaaaaaa", "2026-06-30T10:00:00.000Z"))])
    with serve(lambda request: refusal) as first, serve(page) as second, reading(first.url, second.url) as pull:
        outcome = pull(NOW - timedelta(days=2))

    assert outcome.error is None
    assert ask('SELECT "indicator" FROM page_states') == [("none",)]


@pytest.mark.parametrize("refusal", [CHALLENGE, Response(503, b""), Response(429, b"", {"Retry-After": "120"})])
def test_an_unreadable_page_is_unknown_and_not_operational(refusal: Response) -> None:
    """Where no address lets us in the poll is recorded as unreadable, nothing is covered, and the ledger says why."""
    with serve(lambda request: refusal) as server, reading(server.url) as pull:
        outcome = pull(NOW - timedelta(days=2))

    assert outcome.error
    assert ask('SELECT "indicator" FROM page_states') == [(None,)]
    assert ask("SELECT covered_start, error IS NOT NULL FROM pulls") == [(None, True)]


def test_a_bulk_touch_is_no_revision() -> None:
    """A new `updated_at` and shortlink on every incident, as on 2026-08-14, is no change of content."""
    page = StatusPage([from_record(line("aaaaaaaaaaaa", "2026-06-30T10:00:00.000Z"))])
    with serve(page) as server, reading(server.url) as pull:
        pull(NOW - timedelta(days=2))
        touched = {"updated_at": "2026-08-14T10:28:30.000Z", "shortlink": "https://stspg.io/another"}
        page.incidents = [one | touched for one in page.incidents]
        pull(NOW - timedelta(days=2), NOW + timedelta(minutes=5))

    assert ask("SELECT count(*) FROM incident_revisions") == [(1,)]


def test_an_incident_in_the_summary_only_is_read() -> None:
    """Both lists are read: an open incident counts though the indicator says none and the latest 50 lack it."""
    resolved = from_record(line("aaaaaaaaaaaa", "2026-06-30T10:00:00.000Z"))
    unresolved = from_record(line("bbbbbbbbbbbb", "2026-07-01T11:00:00.000Z", status="monitoring", resolved_at=None))
    page = StatusPage([resolved, unresolved])
    body = json.dumps({"page": {}, "incidents": [resolved]}).encode()
    page.instead = {"/api/v2/incidents.json": Response(200, body, {"Content-Type": "application/json"})}
    with serve(page) as server, reading(server.url) as pull:
        pull(NOW - timedelta(days=2))

    assert ask("SELECT incident_id FROM incidents ORDER BY 1") == [("aaaaaaaaaaaa",), ("bbbbbbbbbbbb",)]
    assert ask('SELECT "indicator", unresolved FROM page_states') == [("none", 1)]


def test_one_broken_incident_costs_only_itself() -> None:
    """An incident of another shape goes to the rejects with the reason; the others are kept."""
    good, bad = (from_record(line(code, "2026-06-30T10:00:00.000Z")) for code in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"))
    page = StatusPage([good, bad | {"impact": 7}])
    with serve(page) as server, reading(server.url) as pull:
        outcome = pull(NOW - timedelta(days=2))

    assert (outcome.rejected, outcome.error) == (1, None)
    assert ask("SELECT incident_id FROM incidents") == [("aaaaaaaaaaaa",)]
    assert "impact" in ask("SELECT reason FROM rejects")[0][0]


def test_fifty_incidents_vouch_only_back_to_the_one_silent_longest() -> None:
    """Where the latest list is full, what lies before its oldest last word is read from the history, not assumed."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    times = [(start + timedelta(days=2 * n)).isoformat().replace("+00:00", ".000Z") for n in range(80)]
    page = StatusPage([from_record(line(f"{n:012}", at)) for n, at in enumerate(times)])
    with serve(page) as server, reading(server.url) as pull:
        outcome = pull(start, NOW)
        asked = [request.path for request in server.requests]

    assert outcome.gaps_left == ()
    assert "/history.json" in asked
    assert ask("SELECT count(*) FROM incidents") == [(80,)]


def test_a_history_that_breaks_off_leaves_the_gap() -> None:
    """A backfill that fails on an old page covers what it had read; the next run reads the rest and no more."""
    start = datetime(2025, 1, 5, tzinfo=UTC)
    times = [(start + timedelta(days=5 * n)).isoformat().replace("+00:00", ".000Z") for n in range(100)]
    page = StatusPage([from_record(line(f"{n:012}", at)) for n, at in enumerate(times)])
    page.instead = {"/api/v2/incidents/000000000010": Response(500, b"")}
    with serve(page) as server, reading(server.url) as pull:
        broken = pull(start)
        assert broken.error
        assert len(broken.gaps_left) == 1
        page.instead = {}
        server.requests.clear()
        mended = pull(start, NOW + timedelta(minutes=5))
        again = [request.path for request in server.requests if request.path.startswith("/api/v2/incidents/")]

    assert (mended.error, mended.gaps_left) == (None, ())
    assert ask("SELECT count(*) FROM incidents") == [(100,)]
    assert len(again) < 60


def test_a_history_without_end_is_left() -> None:
    """A server that repeats its history page for ever is noticed at the first repetition."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    times = [(start + timedelta(days=2 * n)).isoformat().replace("+00:00", ".000Z") for n in range(80)]
    page = StatusPage([from_record(line(f"{n:012}", at)) for n, at in enumerate(times)])
    same = json.dumps({"months": [{"name": "June", "year": 2026, "incidents": []}]}).encode()
    page.instead = {"/history.json": Response(200, same, {"Content-Type": "application/json"})}
    with serve(page) as server, reading(server.url) as pull:
        outcome = pull(datetime(2023, 1, 1, tzinfo=UTC))

    assert "repeats itself" in (outcome.error or "")
    assert outcome.gaps_left


def test_the_old_address_is_followed_to_the_new() -> None:
    """A redirect from the former address is followed (seen 2026-08-09: 302)."""
    page = StatusPage([from_record(line("aaaaaaaaaaaa", "2026-06-30T10:00:00.000Z"))])
    with (
        serve(page) as new,
        serve(lambda request: Response(302, b"", {"Location": new.url + request.path})) as old,
        reading(old.url) as pull,
    ):
        assert pull(NOW - timedelta(days=2)).error is None
