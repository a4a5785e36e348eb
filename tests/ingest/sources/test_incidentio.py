"""OpenAI's page, read by the real httpx over loopback. Ids and times of quirks are recorded, all else is by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loopback.http import Response, serve
from loopback.incidentio import IncidentIo, component, incident, ulid
from loopback.pagepull import NOW, ask, covered, pulling, reading

from ingest.errors import Truncated, UnexpectedShape
from ingest.records import Incident, IncidentUpdate
from ingest.sources import incidentio
from ingest.sources.incidentio.shape import minted_at


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


def test_the_page_is_read_with_what_it_leaves_out() -> None:
    """No components, no start, no end while open, and no `incidents` in a summary where none is open (observed)."""
    page = IncidentIo([incident(NOW - timedelta(hours=3), number=1), *many(5, NOW - timedelta(days=6))], "minor")
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        assert pull().failure is None
        page.incidents[0] = incident(NOW - timedelta(hours=3), "investigating", "resolved", number=1)
        page.indicator = "none"
        assert "incidents" not in page.summary()
        assert pull(at=NOW + timedelta(minutes=5)).failure is None

    assert ask("SELECT count(*), count(started_at), max(len(components)), count(resolved_at) FROM incidents") == [
        (6, 0, 0, 6)
    ]
    assert ask('SELECT "indicator", unresolved, components[\'Login\'] FROM page_states ORDER BY seen_at') == [
        ("minor", 1, "operational"), ("none", 0, "operational"),
    ]  # fmt: skip
    assert ask("SELECT count(*) FROM incident_revisions") == [(7,)]


def test_what_is_known_to_be_404_is_not_asked_for() -> None:
    """A poll is two requests; unresolved.json, scheduled-maintenances.json and the history are not there."""
    with (
        serve(IncidentIo(many(5, NOW - timedelta(days=6)))) as server,
        pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull,
    ):
        pull()
        assert [request.path for request in server.requests] == ["/api/v2/summary.json", "/api/v2/incidents.json"]


def test_the_latest_vouch_from_the_last_word_of_the_longest_silent() -> None:
    """Twenty-five or fewer, they are everything only back to there: how many the page lists is not documented."""
    for count, at in ((40, NOW), (4, NOW + timedelta(days=1))):
        page = IncidentIo(many(count, NOW - timedelta(days=count)))
        with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
            assert pull(at - timedelta(days=1), at).failure is None
        listed = min(count, 25)
        assert covered()[-1] == (NOW - timedelta(days=listed) + timedelta(minutes=30), at)


def test_display_backdated_by_three_hours_is_no_publication() -> None:
    """`01M2H3J1D6Y7RHAP49GRWGJAY0`: shown at 20:30, published at 23:20:41, as its id says too (recorded)."""
    published = day("2026-09-14T23:20:41")
    one = incident(published, "monitoring", "monitoring", "resolved")
    one["id"] = "01M2H3J1D6Y7RHAP49GRWGJAY0"
    one["incident_updates"][-1]["display_at"] = "2026-09-14T20:30:00Z"

    found = read(one)

    assert found.first_published_at == published == minted_at(found.incident_id)
    assert in_order(found)[0].display_at == day("2026-09-14T20:30:00")


def test_resolved_and_then_not_keeps_the_end_that_is_stated() -> None:
    """`01M2D1CZG0862JB4JHVW56QF89`: resolved, monitoring, resolved; `resolved_at` stayed at the first (recorded)."""
    begin = day("2026-09-13T09:26:00")
    one = incident(begin, "investigating", "resolved", "monitoring", "resolved")
    times = ["2026-09-13T10:53:10Z", "2026-09-13T09:55:55Z", "2026-09-13T09:53:42Z", "2026-09-13T09:26:00Z"]
    for update, at in zip(one["incident_updates"], times, strict=True):
        update |= {"created_at": at, "display_at": at}
    one["resolved_at"] = "2026-09-13T09:53:42Z"

    found = read(one)

    assert found.resolved_at == day("2026-09-13T09:53:42")
    assert [update.status for update in in_order(found)] == ["investigating", "resolved", "monitoring", "resolved"]
    assert in_order(found)[-1].created_at == day("2026-09-13T10:53:10")


def test_resolved_before_created_is_kept_as_it_is() -> None:
    """`01KSPYYC11CCY3KKXEK4E03CBG` was resolved four hours before it was created: the page's own stamps, not ours."""
    created = day("2026-05-28T09:34:12")
    one = incident(created, "resolved", resolved_at="2026-05-28T05:30:00Z", id="01KSPYYC11CCY3KKXEK4E03CBG")
    with (
        serve(IncidentIo([one])) as server,
        pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull,
    ):
        assert pull().failure is None

    rows = ask("SELECT created_at, resolved_at, first_published_at FROM incidents")
    assert [tuple(at.astimezone(UTC) for at in row) for row in rows] == [(created, day("2026-05-28T05:30:00"), created)]


def test_an_incident_that_sat_in_monitoring_from_its_first_message() -> None:
    """It is open, and published when it first spoke, whatever it then called itself."""
    found = read(incident(NOW, "monitoring"))
    assert (found.status, found.first_published_at, found.resolved_at) == ("monitoring", NOW, None)


def test_an_id_says_when_it_was_minted() -> None:
    """Recorded ids decode to the second of their `created_at`; those of the import of 2025-02-25 say nothing."""
    recorded = {
        "01M3Q4RK1SM4EMK445GGPG7C0N": "2026-09-29T17:52:52", "01M3Q6J3T2220NEB407NX63SS9": "2026-09-29T18:24:17",
        "01M2D1CZG0862JB4JHVW56QF89": "2026-09-13T09:26:00", "01M0G1RZER839AZXWMYKSZF3GR": "2026-08-20T16:58:53",
    }  # fmt: skip
    assert {code: minted_at(code) for code in recorded} == {code: day(at) for code, at in recorded.items()}
    assert minted_at("01JMXBRMFE4MAP2BHSJNZ787WX") is None
    for none in (
        "",
        "cpssy4797smx",
        "01M3Q4RK1SM4EMK445GGPG7C0U",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "7" + "Z" * 25,
        "é" * 26,
    ):
        assert minted_at(none) is None


def test_an_id_dates_a_message_that_has_no_date_but_only_then() -> None:
    """`created_at` is believed where it is given; else the id, else what is shown; an imported id is never asked."""
    shown, minted, said = NOW - timedelta(hours=3), NOW, NOW + timedelta(seconds=1)
    imported = ulid(day("2025-02-25T01:32:55"))
    one = incident(NOW)
    update = one["incident_updates"][0] | {"display_at": f"{shown:%Y-%m-%dT%H:%M:%SZ}", "id": ulid(minted)}

    def created(**fields: Any) -> datetime | None:
        return read(one | {"incident_updates": [update | fields]}).first_published_at

    assert created(created_at=f"{said:%Y-%m-%dT%H:%M:%SZ}") == said
    assert created(created_at=None) == minted
    assert created(created_at=None, id=imported) == shown
    with pytest.raises(ValueError, match="no time"):
        created(created_at=None, display_at=None, id=imported)


def test_components_go_by_name() -> None:
    """Ids change ("Chat Completions" got another), one `updated_at` stands for all, and two are called Login."""
    listed = [component("Login", "01JSM5RTJWHRWDTS6Q604VEW3B", "degraded_performance"),
              component("Login", "01JMXBNJXG1S2D9V65P1ZZTD94"), component("Chat Completions", ulid(NOW))]  # fmt: skip
    page = IncidentIo(many(3, NOW - timedelta(days=6)), components=listed)
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        pull()
        page.components = [*listed[:2], component("Chat Completions", "01JMXBRMFE6N2NNT7DG6XZQ6PW")]
        pull(at=NOW + timedelta(minutes=5))

    shown = {"Login": "degraded_performance", "Chat Completions": "operational"}
    assert ask("SELECT components FROM page_states") == [(shown,), (shown,)]


def test_without_validators_every_poll_is_a_full_read() -> None:
    """The page sends none (measured 2026-09-15): nothing is asked by condition, nothing is remembered."""
    with (
        serve(IncidentIo(many(3, NOW - timedelta(days=6)))) as server,
        pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull,
    ):
        pull()
        pull(at=NOW + timedelta(minutes=5))
        assert not any("if-none-match" in request.headers for request in server.requests)

    assert ask("SELECT count(*) FROM cached_answers") == [(0,)]
    assert ask("SELECT count(*) FROM incident_revisions") == [(3,)]


def test_one_broken_incident_costs_only_itself() -> None:
    """An incident of another shape, or of no time, goes to the rejects; the others are kept, and the poll covers."""
    good = many(12, NOW - timedelta(days=13))
    late = incident(NOW - timedelta(days=1), number=99)
    late["incident_updates"][0]["created_at"] = "0001-01-01T00:00:00+14:00"
    bad = [incident(NOW - timedelta(days=1), number=98) | {"name": 7}, late]
    with (
        serve(IncidentIo([*good, *bad])) as server,
        pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull,
    ):
        outcome = pull()

    assert (outcome.failure, ask("SELECT count(*) FROM incidents")) == (None, [(12,)])
    assert outcome.rejected >= 2


def test_a_format_that_changed_does_not_look_calm() -> None:
    """Where no incident can be read nothing is covered."""
    renamed = [one | {"incident_updates": None} for one in many(20, NOW - timedelta(days=20))]
    page = IncidentIo(renamed, instead={"/proxy": Response(404, b"")})
    with serve(page) as server, pulling(incidentio, "openai", OPENAI_STATUS_URL=server.url) as pull:
        outcome = pull()

    assert isinstance(outcome.failure, UnexpectedShape | Truncated)
    assert outcome.rejected == 20
    assert covered() == []
