"""What is known to go wrong with a Statuspage that answers: one test a trap. Payloads are shaped by hand."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loopback.http import Request, Response, serve
from loopback.pagepull import NOW, ask, covered, pulling, reading
from loopback.statuspage import StatusPage, from_record

from ingest.errors import UnexpectedShape
from ingest.records import Incident, PageState
from ingest.sources import statuspage

JSON = {"Content-Type": "application/json"}


def day(text: str) -> datetime:
    """Read a day as its first instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """Write an instant as the page does."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def incident(code: str, *said: tuple[datetime, str], **fields: Any) -> dict[str, Any]:
    """Invent an incident with its messages, oldest first, each shown when it was published."""
    updates = [
        {"status": status, "created_at": stamp(at), "display_at": stamp(at), "body": "Invented.", "components": []}
        for at, status in said
    ]
    ended = stamp(said[-1][0]) if said[-1][1] == "resolved" else None
    line = {
        "id": code, "name": f"Invented {code}", "impact": "minor", "status": said[-1][1],
        "created_at": stamp(said[0][0]), "started_at": stamp(said[0][0]), "resolved_at": ended,
        "components": ["claude.ai"], "updates": updates,
    }  # fmt: skip
    return from_record(line) | fields


def hour(code: str, at: datetime) -> dict[str, Any]:
    """Invent an incident of an hour."""
    return incident(code, (at, "investigating"), (at + timedelta(hours=1), "resolved"))


def many(count: int, start: datetime, every: timedelta) -> list[dict[str, Any]]:
    """Invent a row of incidents of an hour."""
    return [hour(f"{number:012}", start + number * every) for number in range(count)]


def asked(requests: Iterable[Request]) -> list[str]:
    """Name what was asked for by id."""
    paths = [request.path for request in requests if request.path.startswith("/api/v2/incidents/")]
    return [path.removeprefix("/api/v2/incidents/").removesuffix(".json") for path in paths]


def known() -> list[str]:
    """Name the incidents that were saved."""
    return [code for (code,) in ask("SELECT incident_id FROM incidents ORDER BY 1")]


def test_page_2_of_the_latest_is_never_asked_for() -> None:
    """`?page=2` is silently ignored: what is older comes from the history, or the same fifty would be read for ever."""
    page = StatusPage(many(120, day("2026-01-05"), timedelta(days=1)))
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull(day("2026-01-01"))

    assert outcome.failure is None
    assert len(known()) == 120
    assert [request.query for request in server.requests if request.path == "/api/v2/incidents.json"] == [{}]


def test_fifty_vouch_from_the_last_word_of_the_longest_silent() -> None:
    """The list is ordered by last word, not by begin: an old incident that spoke again says nothing of its begin."""
    latest = many(49, NOW - timedelta(days=49), timedelta(days=1))
    revived = incident("zzzzzzzzzzzz", (day("2026-02-01"), "investigating"), (NOW - timedelta(hours=1), "resolved"))
    gone = [hour("bbbbbbbbbbbb", day("2026-02-02")), hour("cccccccccccc", day("2026-04-02"))]
    page = StatusPage([*latest, revived, *gone])
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        assert pull(NOW - timedelta(days=30)).failure is None
        poll_only = [request.path for request in server.requests]
        first = NOW - timedelta(days=49)
        assert covered() == [(first + timedelta(hours=1), NOW)]
        assert len(poll_only) == 2
        assert pull(day("2026-02-01")).failure is None

    assert {"bbbbbbbbbbbb", "cccccccccccc", "zzzzzzzzzzzz"} <= set(known())


def test_a_touched_updated_at_does_not_widen_what_fifty_vouch_for() -> None:
    """The bulk touch of 2026-08-14 gave all a new `updated_at`: the last message's creation is the witness."""
    touched = [
        one | {"updated_at": "2026-07-01T11:00:00.000Z"} for one in many(60, NOW - timedelta(days=60), timedelta(1))
    ]
    page = StatusPage(touched)
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        pull(NOW - timedelta(days=1))

    assert covered() == [(NOW - timedelta(days=50) + timedelta(hours=1), NOW)]


def test_an_id_that_left_the_fifty_is_not_gone() -> None:
    """No deletion was ever seen: an incident that is listed no more stays as it was last seen."""
    page = StatusPage(many(50, NOW - timedelta(days=100), timedelta(days=2)))
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        pull()
        page.incidents = page.incidents[10:] + many(10, NOW, timedelta(minutes=1))
        for number, one in enumerate(page.incidents[40:]):
            one["id"] = f"new{number:09}"
        pull(at=NOW + timedelta(days=1))

    assert len(known()) == 60
    assert ask("SELECT count(*) FROM incident_revisions") == [(60,)]


@pytest.mark.parametrize("indicator", ["none", "minor"])
def test_what_is_open_is_counted_over_both_lists(indicator: str) -> None:
    """Indicator none, and an incident open in either list (GitHub, 2026-08-05): each is counted, and once."""
    one = incident("aaaaaaaaaaaa", (NOW - timedelta(hours=3), "monitoring"))
    two = incident("bbbbbbbbbbbb", (NOW - timedelta(hours=2), "investigating"))
    page = StatusPage([one, two], indicator=indicator)
    summary = page.summary() | {"incidents": [one]}
    page.instead = {"/api/v2/summary.json": Response(200, json.dumps(summary).encode(), JSON)}
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        pull()

    assert ask('SELECT "indicator", unresolved FROM page_states') == [(indicator, 2)]


def test_polled_late_an_incident_keeps_its_own_times() -> None:
    """Opened 00:57, polled 01:01; resolved 02:35, polled 06:01 (`7g1qpkyz5gxh`): two clocks."""
    opened, resolved = datetime(2026, 7, 2, 0, 57, tzinfo=UTC), datetime(2026, 7, 2, 2, 35, tzinfo=UTC)
    page = StatusPage([incident("7g1qpkyz5gxh", (opened, "investigating"))])
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        pull(NOW, opened + timedelta(minutes=4))
        page.incidents = [incident("7g1qpkyz5gxh", (opened, "investigating"), (resolved, "resolved"))]
        pull(NOW, datetime(2026, 7, 2, 6, 1, tzinfo=UTC))

    times = "SELECT first_published_at, resolved_at, first_seen_at, seen_at FROM incidents"
    first_seen, seen = opened + timedelta(minutes=4), datetime(2026, 7, 2, 6, 1, tzinfo=UTC)
    assert [tuple(at.astimezone(UTC) for at in row) for row in ask(times)] == [(opened, resolved, first_seen, seen)]
    assert ask("SELECT count(*), min(seen_at)::VARCHAR FROM incident_updates WHERE status = 'resolved'")[0][0] == 1
    assert [end for _, end in covered()] == [first_seen, seen]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "2026-07-01T10:00:00", "yesterday", ""])
def test_an_impossible_time_costs_only_its_incident(time: str) -> None:
    """A time outside of the calendar, without a zone, or none: that incident goes to the rejects, the poll is read."""
    broken = hour("bbbbbbbbbbbb", NOW - timedelta(days=3))
    broken["incident_updates"][0]["created_at"] = time
    page = StatusPage([*many(49, NOW - timedelta(days=60), timedelta(days=1)), broken])
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull()

    assert (outcome.failure, outcome.rejected) == (None, 1)
    assert len(known()) == 49


def test_a_format_that_changed_does_not_look_calm() -> None:
    """Where most incidents cannot be read nothing is covered, though the page answered in JSON."""
    renamed = [{("title" if key == "name" else key): value for key, value in one.items()}
               for one in many(30, NOW - timedelta(days=40), timedelta(days=1))]  # fmt: skip
    with serve(StatusPage(renamed)) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull()

    assert type(outcome.failure) is UnexpectedShape
    assert covered() == []


def test_two_components_of_one_name_say_the_worse() -> None:
    """A name that stands twice is shown as not well where one of the two is not."""
    shown_now = StatusPage([]).summary()
    for statuses in (["operational", "major_outage"], ["major_outage", "operational"]):
        components = [{"name": "Login", "status": status} for status in statuses]
        state = statuspage.parse(
            {"kind": "summary", "payload": shown_now | {"components": components}}, reading("claude")
        )
        assert isinstance(state, PageState)
        assert state.components == {"Login": "major_outage"}


def test_what_is_stored_is_plain() -> None:
    """Terminal sequences and control characters are taken out of everything that is kept."""
    hostile = "\x1b[31mred\u202e"
    one = hour("aaaaaaaaaaaa", NOW)
    one |= {"name": hostile, "impact": hostile, "status": hostile, "components": [{"name": hostile}]}
    changes = [{"name": hostile, "old_status": hostile, "new_status": hostile}]
    one["incident_updates"][0] |= {"body": hostile, "status": hostile, "affected_components": changes}
    read = statuspage.parse({"kind": "incident", "payload": one}, reading("claude"))
    assert isinstance(read, Incident)
    assert "red" in read.content.decode()
    assert not any(sign in read.content.decode() for sign in ("\\u001b", "\x1b", "\u202e", "[31m"))
