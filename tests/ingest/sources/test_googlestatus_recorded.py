"""Google's feed as recorded on 2026-08-20, given out over loopback and read by the real httpx."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback.googlestatus import (
    GEMINI_API,
    GoogleStatus,
    environment,
    incident,
)
from loopback.http import serve
from loopback.pagepull import NOW, ask, covered, pulling, reading

from ingest.records import Incident
from ingest.sources import googlestatus

BEGIN = NOW - timedelta(days=20)


def read(payload: dict[str, Any], *products: str) -> Incident:
    """Parse one incident of the watched products."""
    fact = googlestatus.parse({"kind": "incident", "payload": payload, "products": list(products)}, reading("gemini"))
    assert isinstance(fact, Incident)
    return fact


@pytest.fixture(scope="module")
def feed(shared_data: Path) -> list[dict[str, Any]]:
    """Cloud's feed as it was on 2026-08-20."""
    path = shared_data / "status" / "google_cloud_incidents_feed_2026-08-20.json"
    recorded: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return recorded


def test_the_recorded_feed_holds_one_incident_of_gemini(feed: list[dict[str, Any]]) -> None:
    """Recorded: of its 5 incidents one names a watched product, `41E5S3mkTGDfkZuJZH5k`, posted after its end."""
    at = datetime(2026, 8, 20, 20, tzinfo=UTC)
    with serve(GoogleStatus(feed)) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        outcome = pull(at - timedelta(days=300), at)

    assert (len(feed), outcome.failure, outcome.rejected) == (5, None, 0)
    times = "SELECT incident_id, impact, status, started_at, first_published_at, resolved_at, components FROM incidents"
    (code, impact, status, *stamps, components), = ask(times)  # fmt: skip
    assert (code, impact, status, components) == ("41E5S3mkTGDfkZuJZH5k", "minor", "resolved", ["Vertex Gemini API"])
    assert [at.astimezone(UTC) for at in stamps] == [
        datetime(2026, 2, 27, 12, 37, tzinfo=UTC),
        datetime(2026, 2, 27, 16, 12, 30, tzinfo=UTC),
        datetime(2026, 2, 27, 14, 35, tzinfo=UTC),
    ]
    assert ask("SELECT count(*) FROM incident_updates") == [(3,)]
    assert covered() == [(at - timedelta(days=300), at)]


def test_every_recorded_incident_can_be_read(feed: list[dict[str, Any]]) -> None:
    """Recorded: were all products watched all 5 would be kept, with their 42 messages, outage as critical."""
    found = [read(one, *(product["id"] for product in one["affected_products"])) for one in feed]
    assert sum(len(one.updates) for one in found) == sum(len(one["updates"]) for one in feed) == 42
    assert {one.incident_id: one.impact for one in found}["utF3FMFdQfwBzJcGG6vf"] == "critical"
    assert all(one.first_published_at == one.created_at for one in found)


def test_loopback_speaks_as_the_recorded_feed(feed: list[dict[str, Any]]) -> None:
    """What is served here has the fields of the recorded incidents, at every level."""
    ours = incident("a", BEGIN, GEMINI_API)
    for one in feed:
        assert ours.keys() == one.keys()
        assert ours["updates"][0].keys() == one["updates"][0].keys()
        assert ours["affected_products"][0].keys() == one["affected_products"][0].keys()
