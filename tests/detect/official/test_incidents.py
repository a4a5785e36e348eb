"""An official incident as the matching rule sees it. All are invented but for named ids."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from officialrecord import record

from detect.official.incidents import published_span, read
from ingest import watchlist
from ingest.official import ComponentChange, Incident, IncidentUpdate

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2)
CLAUDE = watchlist.load().services["claude"]


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def update(
    minutes: float, status: str = "investigating", body: str = "We look into it.", *names: str
) -> IncidentUpdate:
    changes = tuple(ComponentChange(name, "operational", "operational") for name in names)
    return IncidentUpdate(status, after(minutes), after(minutes), body, changes)


def published(name: str, *updates: IncidentUpdate, **fields: object) -> Incident:
    values: dict[str, object] = {"impact": "major", "components": (), "resolved_at": None} | fields
    return Incident(
        "claude", "bbbbbbbbbbbb", name, str(values["impact"]), "investigating", after(0), after(0),
        values["resolved_at"], values["components"], updates,  # type: ignore[arg-type]
    )  # fmt: skip


def test_an_incident_is_read_as_it_was_known() -> None:
    """What was said or resolved after the time of the judgement is not known; without a message there is nothing."""
    whole = published(
        "Errors", update(5), update(50, "resolved", "It failed from 11:40 to 12:40 UTC."), resolved_at=after(50)
    )

    early = read(whole, CLAUDE, after(30))
    late = read(whole, CLAUDE, LATER)
    assert early is not None
    assert late is not None
    assert (early.resolved_at, early.declared, early.spoke_at) == (None, (), (after(5),))
    assert (late.resolved_at, late.declared_start) == (after(50), after(-20))
    assert read(whole, CLAUDE, after(4)) is None
    assert read(published("Nothing said"), CLAUDE, LATER) is None


@pytest.mark.parametrize(
    ("title", "components", "surfaces", "families"),
    [
        ("Elevated errors on Claude Opus 4.6 and Sonnet 4.6", (), set(), {"opus", "sonnet"}),
        ("Errors on Opus", ("Claude Code",), {"claude_code"}, {"opus"}),
        ("Elevated errors on Claude.ai, API, Claude Code", (), {"claude.ai", "api", "claude_code"}, set()),
        ("Errors on multiple models", ("api.anthropic.com",), {"api"}, set()),
        ("Claude.ai logins are failing", ("claude.ai",), set(), set()),
        ("Errors in the desktop app", (), {"desktop"}, set()),
        ("<b>Errors</b> on [API](https://x.invalid) | rm -rf", (), {"api"}, set()),
    ],
)
def test_what_an_incident_names(
    title: str, components: tuple[str, ...], surfaces: set[str], families: set[str]
) -> None:
    """Components of the messages and words of the title name surfaces and families; a broken login names none."""
    found = read(published(title, update(0, "investigating", "", *components)), CLAUDE, LATER)
    assert found is not None
    assert (found.surfaces, found.families) == (surfaces, families)


def test_components_that_the_list_lost_are_known_from_the_messages() -> None:
    """Quirk 10: an incident whose list of components was emptied still names what its messages carried."""
    found = read(published("Errors", update(0, "investigating", "", "Claude Code"), components=()), CLAUDE, LATER)
    assert found is not None
    assert found.surfaces == {"claude_code"}


@pytest.mark.parametrize(
    ("name", "impact", "body", "nature"),
    [
        ("Errors", "none", "Something.", "outage"),
        ("Errors", "invented-impact", "Something.", "outage"),
        ("Database work", "maintenance", "Something.", "maintenance"),
        ("We have suspended access to a model", "critical", "Something.", "suspension"),
        ("Client v9.8.7 crashes", "minor", "Something.", "client release"),
        ("Client crashes", "minor", "Please update to 9.8.7654.", "client release"),
        ("Errors on model-1.2", "minor", "At 10.5 % of requests.", "outage"),
    ],
)
def test_what_is_an_outage(name: str, impact: str, body: str, nature: str) -> None:
    """Maintenance, a deliberate suspension and a client's release are told from outages; odd impacts are kept."""
    found = read(published(name, update(0, "investigating", body), impact=impact), CLAUDE, LATER)
    assert found is not None
    assert found.nature == nature


@pytest.mark.parametrize(
    ("incident_id", "nature"),
    [
        ("s9w82lp9dcn9", "suspension"),
        ("zqsk02ryfmrd", "client release"),
        ("qj05p69fff9h", "client release"),
        ("w5cw47ytckzx", "client release"),
        ("16z0qdmy3qv2", "maintenance"),
        ("f00h6l76tsjs", "outage"),
        ("qcfvv041lb1k", "outage"),
    ],
)
def test_real_notices_are_no_outages(shared_data: Path, incident_id: str, nature: str) -> None:
    """Quirks 14 and 25 by their real cases: a suspension of 18.8 days and client releases are not outages."""
    found = read(record(shared_data / "status")[incident_id], CLAUDE, datetime(2026, 8, 1, tzinfo=UTC))
    assert found is not None
    assert found.nature == nature


def test_a_backdated_real_incident(shared_data: Path) -> None:
    """Quirk 1: 124yr07585k9 was created "at" 14:32:10, first published at 14:55:10; its span begins at the former."""
    found = read(record(shared_data / "status")["124yr07585k9"], CLAUDE, datetime(2026, 8, 1, tzinfo=UTC))
    assert found is not None
    assert f"{found.first_published_at:%H:%M:%S}" == "14:55:10"
    assert f"{published_span(found, LATER).start:%H:%M:%S}" == "14:32:10"


def test_real_order_of_knowledge(shared_data: Path) -> None:
    """Quirk 17: the message of f00h6l76tsjs shown at 15:40 was published at 15:57, and is not known before."""
    whole = record(shared_data / "status")["f00h6l76tsjs"]
    between = read(whole, CLAUDE, datetime(2026, 4, 15, 15, 50, tzinfo=UTC))
    assert between is not None
    assert len(between.spoke_at) == 4
