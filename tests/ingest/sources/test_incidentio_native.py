"""The feed that OpenAI's page is drawn from, over loopback: in the shape that public readers observed, made by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loopback.http import Response, serve
from loopback.incidentio import COMPONENTS, IncidentIo, incident, milliseconds, native, ulid
from loopback.pagepull import NOW, ask, covered, pulling, reading

from ingest.errors import Truncated, Unreachable
from ingest.records import Incident, IncidentUpdate, Window
from ingest.sources import Memory, incidentio

JSON = {"Content-Type": "application/json"}


def day(text: str) -> datetime:
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def many(count: int, start: datetime, every: timedelta = timedelta(days=1)) -> list[dict[str, Any]]:
    """Invent a row of incidents of half an hour."""
    return [incident(start + n * every, "investigating", "resolved", number=n) for n in range(count)]


def read(payload: dict[str, Any], kind: str = "incident", **more: Any) -> Incident:
    """Parse one incident."""
    fact = incidentio.parse({"kind": kind, "payload": payload} | more, reading("openai"))
    assert isinstance(fact, Incident)
    return fact


def in_order(found: Incident) -> list[IncidentUpdate]:
    """Give the messages, oldest publication first."""
    return sorted(found.updates, key=lambda update: update.created_at)


def test_older_ones_come_from_the_native_feed_once() -> None:
    """Half a year by months, newest first; what both feeds tell is told once, and with the seconds of the first."""
    page = IncidentIo(many(180, NOW - timedelta(days=180)))
    start = NOW - timedelta(days=200)
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        outcome = pull(start)
        spans = [request.query for request in server.requests if "/proxy/" in request.path]
        assert (outcome.failure, outcome.gaps_left) == (None, ())
        assert ask("SELECT count(*), count(DISTINCT impact) FROM incidents") == [(180, 2)]
        assert ask("SELECT count(*) FROM incident_updates") == [(360,)]
        assert ask("SELECT count(*) FROM incident_revisions") == [(180,)]
        pull(at=NOW + timedelta(hours=1))

    assert len(spans) == 1 + 6
    assert min(covered())[0] == start
    assert all(
        datetime.fromisoformat(q["end_at"]) - datetime.fromisoformat(q["start_at"]) <= timedelta(days=30) for q in spans
    )
    assert ask("SELECT DISTINCT components FROM incidents ORDER BY 1") == [([],), (["Conversations"],)]


def test_one_incident_is_one_from_both_feeds() -> None:
    """The latest as they were, and the same ones a month later from the native feed: no message is doubled."""
    page = IncidentIo(many(30, NOW - timedelta(days=30)))
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        pull()
        page.incidents += many(60, NOW)
        pull(NOW - timedelta(days=60), NOW + timedelta(days=61))

    assert ask("SELECT count(*) FROM incidents") == [(90,)]
    assert ask("SELECT count(*), count(DISTINCT update_id || incident_id) FROM incident_updates") == [(180, 180)]


def test_a_native_incident_is_read_as_observed() -> None:
    """`published_at` is what is shown and can be backdated: the ids date it. Impact follows the worst component.

    The shape is that of public readers of the page; names come from components.json, ids that it lacks are left out.
    """
    one = incident(NOW, "investigating", "resolved", "monitoring", "resolved")
    raw = native(one, (COMPONENTS["Conversations"], "degraded_performance"), (ulid(NOW), "full_outage"))
    raw["published_at"] = raw["updates"][-1]["published_at"] = milliseconds(NOW - timedelta(hours=3))

    found = read(raw, "native", names={code: name for name, code in COMPONENTS.items()})

    assert found.first_published_at == found.created_at == NOW
    assert in_order(found)[0].display_at == NOW - timedelta(hours=3)
    assert (found.impact, found.components, found.started_at) == ("critical", ("Conversations",), None)
    assert found.resolved_at == NOW + timedelta(minutes=90)
    assert read(native(one), "native", names={}).impact == "none"
    assert read(native(one) | {"type": "maintenance"}, "native", names={}).impact == "maintenance"
    imported = native(one) | {"id": ulid(day("2025-02-25T01:32:55"))}
    for update in imported["updates"]:
        update["id"] = ulid(day("2025-02-25T01:32:56"))
    assert read(imported, "native", names={}).first_published_at == NOW


NOT_THERE = {
    "404": Response(404, b"<html>404</html>"),
    "403": Response(403, b""),
    "html": Response(200, b"<html></html>"),
    "another shape": Response(200, b'{"data": []}', JSON),
    "nothing to everything": Response(200, b'{"incidents": []}', JSON),
}


@pytest.mark.parametrize("name", NOT_THERE)
def test_where_the_native_feed_is_not_there_the_reading_ends(name: str) -> None:
    """Nobody promised it: what the latest vouch for is covered, what is older stays a gap, and the line says so.

    A feed that answers every question with an empty list is held against an incident that the latest name.
    """
    page = IncidentIo(many(60, NOW - timedelta(days=60)))
    with serve(page) as server:
        page.instead = {"/proxy": NOT_THERE[name]}
        with pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
            outcome = pull(NOW - timedelta(days=90))

    assert type(outcome.failure) is Truncated
    assert covered() == [(NOW - timedelta(days=25) + timedelta(minutes=30), NOW)]
    assert outcome.gaps_left
    assert ask('SELECT "indicator" FROM page_states') == [("none",)]


@pytest.mark.parametrize(("status", "wait"), [(503, None), (429, "60")])
def test_a_native_feed_that_fails_is_asked_again(status: int, wait: str | None) -> None:
    """A fault on its side is one, not the end of what it has."""
    page = IncidentIo(many(60, NOW - timedelta(days=60)))
    page.instead = {"/proxy": Response(status, b"", {"Retry-After": wait} if wait else {})}
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        assert not isinstance(pull(NOW - timedelta(days=90)).failure, Truncated | None)
        page.instead = {}
        assert pull(NOW - timedelta(days=90), NOW + timedelta(minutes=5)).failure is None

    assert ask("SELECT count(*) FROM incidents") == [(60,)]


def test_a_native_feed_that_does_not_listen_covers_nothing() -> None:
    """One that gives the same for every span, or a part with the promise of more, is not believed about that span."""
    page = IncidentIo(many(60, NOW - timedelta(days=60)), deaf=True)
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        assert type(pull(NOW - timedelta(days=90)).failure) is Truncated
        page.deaf = False
        part = {"incidents": [native(one) for one in page.incidents[35:37]], "next_cursor": "more"}
        page.instead = {"/proxy": Response(200, json.dumps(part).encode(), JSON)}
        assert type(pull(NOW - timedelta(days=90), NOW + timedelta(minutes=5)).failure) is Truncated

    assert all(start > NOW - timedelta(days=26) for start, _ in covered())


def test_a_native_feed_that_breaks_off_leaves_the_gap() -> None:
    """What was read before the fault is covered; the next run asks for the rest and no more."""
    page = IncidentIo(many(120, NOW - timedelta(days=120)))
    asked = []

    def fails_at_the_third(request: Any) -> Response:
        asked.append(request)
        spans = [one for one in asked if "/proxy/" in one.path]
        return Response(500, b"") if len(spans) == 3 and "/proxy/" in request.path else page(request)

    with serve(fails_at_the_third) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        broken = pull(NOW - timedelta(days=120))
        assert type(broken.failure) is Unreachable
        assert min(covered())[0] < NOW - timedelta(days=54)
        mended = pull(NOW - timedelta(days=120), NOW + timedelta(minutes=5))

    assert (mended.failure, mended.gaps_left) == (None, ())
    assert ask("SELECT count(*) FROM incidents") == [(120,)]


def test_a_native_reading_does_not_go_on_for_ever() -> None:
    """Asked for twenty years, it stops after seven and says so."""
    twenty_years = Window(NOW - timedelta(days=20 * 365), NOW)
    with (
        serve(IncidentIo(many(3, NOW - timedelta(days=3)))) as server,
        pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull,
    ):
        pages = list(incidentio.fetch(pull.client, pull.target, twenty_years, lambda: NOW, Memory()))
        assert len(server.requests) == sum(page.requests for page in pages) == 2 + 2 + 90

    assert type(pages[-1].problem) is Truncated
