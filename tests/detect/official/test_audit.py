"""What the official record says against itself. Incidents by real ids are read from the record, the others shaped."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fileload import incident_fields, written
from officialrecord import record

from detect.__main__ import door
from detect.detector.episodes import Episode
from detect.official import audit
from detect.official.audit import Finding, Record, Revision, examine, sheets_of
from detect.official.corroborate import Felt
from ingest.__main__ import door as ingest_door
from ingest.official import ComponentChange, Incident, IncidentUpdate, PageState

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
AS_OF = NOON + timedelta(days=5)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def said(
    minutes: float, status: str = "investigating", body: str = "We look into it.", **states: str
) -> IncidentUpdate:
    changes = tuple(ComponentChange(name, "operational", state) for name, state in states.items())
    return IncidentUpdate(status, after(minutes), after(minutes), body, changes)


def shaped(*updates: IncidentUpdate, **fields: Any) -> Incident:
    """Shape an incident published at noon and over an hour later."""
    values: dict[str, Any] = {
        "service": "claude", "incident_id": "shaped", "name": "Errors", "impact": "minor", "status": "resolved",
        "started_at": after(0), "created_at": after(0), "resolved_at": after(60), "components": (),
        "updates": updates or (said(0), said(60, "resolved")),
    }  # fmt: skip
    return Incident(**(values | fields))


def found(*incidents: Incident, **others: Any) -> list[Finding]:
    return examine(Record(sheets_of(incidents), **others), AS_OF)


def rules_of(*incidents: Incident, **others: Any) -> set[str]:
    return {finding.rule for finding in found(*incidents, **others)}


def test_an_ordinary_incident_has_no_finding() -> None:
    """Opened as investigating, resolved an hour later, components up again: nothing to say."""
    assert (
        found(shaped(said(0, api="degraded_performance"), said(60, "resolved", api="operational"), components=("api",)))
        == []
    )


@pytest.mark.parametrize(
    ("incident", "rule", "says"),
    [
        (shaped(said(0, "resolved")), "retroactive", "first message resolved"),
        (shaped(said(0), said(9, "resolved", "Down from 11:00 to 11:40 UTC.")), "retroactive", "20 min after the end"),
        (shaped(created_at=after(-23)), "backdated", "23 min before"),
        (shaped(created_at=after(-3000)), "backdated", "more than can be believed"),
        (shaped(resolved_at=after(-2)), "negative_duration", "2 min before its started_at"),
        (shaped(resolved_at=after(-240), started_at=None), "negative_duration", "4.0 h before its created_at"),
        (shaped(said(0, "resolved", "It failed from 10:00 to 11:40 UTC."), impact="none"), "impact_none", "100 min"),
        (shaped(said(0, api="partial_outage"), impact="none"), "impact_none", "not operational"),
        (shaped(said(0, api="major_outage"), impact="minor"), "harmless_impact", "major_outage of api"),
        (shaped(said(0, "monitoring"), said(9, "resolved")), "opened_late", "opened as monitoring"),
        (shaped(said(0, api="operational"), said(2, api="major_outage")), "harmless_first_word", "2 min later"),
        (shaped(said(0, api="partial_outage"), components=()), "components_emptied", "its messages name api"),
        (shaped(said(0, api="partial_outage"), said(9, "resolved")), "component_dropped", "api stays partial_outage"),
        (shaped(said(0, body="Down since 4:00 PT / 10:30 UTC.")), "zone_slip", "disagree by 30 min"),
        (shaped(said(0, body="Down from 10:00 to 10:30.")), "doubtful_prose", "no zone"),
        (shaped(name="We suspended a model"), "no_outage", "suspension"),
        (shaped(said(0, "pondering")), "unknown_word", "status pondering"),
        (shaped(impact="enormous"), "unknown_word", "impact enormous"),
        (shaped(updates=()), "no_messages", "no message"),
        (shaped(*(said(n) for n in range(100))), "too_many_messages", "100 messages"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_shape(incident: Incident, rule: str, says: str) -> None:
    """Shaped by hand: each rule finds what it is for, with the incident's id and a sentence that tells it."""
    told = [finding for finding in found(incident) if finding.rule == rule]
    assert any(says in finding.says for finding in told), found(incident)
    assert all(finding.incident_ids == ("shaped",) for finding in told)


def test_a_message_shown_before_it_was_written() -> None:
    """Quirk 17, shaped: the time that a message in the middle shows lies 17 minutes before it was written."""
    middle = IncidentUpdate("identified", after(57), after(40), "Still at it.")
    told = found(shaped(said(0), middle, said(60, "resolved")))
    assert [(finding.rule, finding.says) for finding in told] == [
        ("shown_before_said", "identified, shown 17 min earlier")
    ]


def revision(number: int, hours: float | None, name: str = "Errors", impact: str = "minor") -> Revision:
    return Revision("claude", "shaped", number, None if hours is None else after(60 * hours), name, impact, NOON)


def test_late_renames_and_escalations() -> None:
    """Quirks 12 and 13, shaped: minor, major, critical over ten days, and a title rewritten while it was open."""
    seen = (revision(1, 1), revision(2, 4, "Errors on many", "minor"), revision(3, 100, "Errors on many", "major"),
            revision(4, 240, "Errors on many", "critical"), revision(5, 250, "Errors on many", "none"))  # fmt: skip
    told = [(finding.rule, finding.says) for finding in found(revisions=seen)]
    assert told == [
        ("renamed", "'Errors' became 'Errors on many', 4.0 h after it was created"),
        ("impact_changed", "escalated from minor to major, 100.0 h after it was created"),
        ("impact_changed", "escalated from major to critical, 240.0 h after it was created"),
        ("impact_changed", "lowered from critical to none, 250.0 h after it was created"),
    ]


def poll(minutes: float, indicator: str | None = "none", unresolved: int | None = 0) -> PageState:
    return PageState("claude", after(minutes), indicator, unresolved=unresolved)


def test_an_incident_that_went_away() -> None:
    """Seen open, never resolved, and later the page has no open incident: it was deleted, as duplicates are."""
    still_open = shaped(said(0), resolved_at=None)
    assert "gone" in rules_of(still_open, states=(poll(-5), poll(5, "minor", 1), poll(10)))
    assert "gone" not in rules_of(still_open, states=(poll(-5), poll(5, "minor", 1)))
    assert "gone" not in rules_of(still_open, states=(poll(10, None, None),))
    assert "gone" not in rules_of(shaped(), states=(poll(100),))


def test_the_same_title_twice() -> None:
    """Two incidents of one title within an hour are told together; an hour and a minute apart they are not."""
    one, other = shaped(), shaped(said(59), incident_id="twin", name="ERRORS", created_at=after(59))
    [told] = [finding for finding in found(one, other) if finding.rule == "told_twice"]
    assert told.incident_ids == ("shaped", "twin")
    assert "told_twice" not in rules_of(one, shaped(said(61), incident_id="twin", created_at=after(61)))


def episode(end: float | None = 60) -> Felt:
    return Felt(
        Episode("claude-1", "claude", after(0), after(0), after(0), after(10), after(20), 9, 0.3,
                None if end is None else after(end), 40, ("reddit",))
    )  # fmt: skip


def test_a_green_page_while_people_complain() -> None:
    """Green polls between alarm and end are counted, unreadable ones apart; earlier and later ones are not."""
    states = (poll(5), poll(15), poll(25), poll(35, None, None), poll(45, "major", 1), poll(65))
    [told] = [finding for finding in found(states=states, felt=(episode(),)) if finding.rule == "green_page"]
    assert told.episode_id == "claude-1"
    assert told.says.startswith("green at 2 of 3 readable polls")
    assert told.says.endswith("1 more could not be read")
    assert "green_page" not in rules_of(states=(poll(5), poll(65), poll(35, None, None)), felt=(episode(),))
    assert "green_page" in rules_of(states=(poll(65),), felt=(episode(None),))


def test_a_green_indicator_over_an_open_incident() -> None:
    """Quirk 16, shaped: the indicator says none while an incident is open; each such time is told once."""
    states = (poll(0, "none", 1), poll(5, "none", 1), poll(10, "minor", 1), poll(15, "none", 2))
    assert [finding.at for finding in found(states=states) if finding.rule == "green_with_incident"] == [
        after(0),
        after(15),
    ]


def test_an_indicator_milder_than_its_incident() -> None:
    """Quirk 15, shaped: minor at two of three polls while a major incident was open; green is told by another rule."""
    states = (poll(-5, "minor"), poll(5, "minor", 1), poll(15, "minor", 1), poll(25, "major", 1), poll(65, "minor"))
    [told] = [one for one in found(shaped(impact="major"), states=states) if one.rule == "milder_indicator"]
    assert told.says == "major, shown as minor at 2 of 3 polls"
    assert "milder_indicator" not in rules_of(shaped(impact="minor"), states=states)
    assert "milder_indicator" not in rules_of(shaped(impact="major"), states=(poll(5, "none", 1),))


def test_a_rounded_stamp_is_not_backdated(shared_data: Path) -> None:
    """Quirk 2: c2hjyfpgsprx has a created_at of whole seconds, a fifth of one before its first message."""
    assert not any(one.rule == "backdated" for one in found(record(shared_data / "status")["c2hjyfpgsprx"]))


@pytest.mark.parametrize(
    ("incident_id", "rule", "says"),
    [
        ("124yr07585k9", "backdated", "23 min before the first message"),
        (
            "124yr07585k9",
            "component_dropped",
            "platform.claude.com (formerly console.anthropic.com) stays major_outage",
        ),
        ("fvj2fgqrchsj", "retroactive", "69 min after the end it declares and 13.3 h after the begin"),
        ("qcfvv041lb1k", "retroactive", "first message resolved"),
        ("hsgj6gh6rlck", "retroactive", "7 min after the end"),
        ("7n7xgqws441v", "retroactive", "first message resolved"),
        ("f00h6l76tsjs", "harmless_first_word", "3 min later"),
        ("wlysnq540b32", "harmless_first_word", "32 s later"),
        ("f00h6l76tsjs", "shown_before_said", "identified, shown 17 min earlier"),
        ("f00h6l76tsjs", "zone_slip", "disagree by 60 min"),
        ("lhws0phdvzz3", "zone_slip", "disagree by 60 min"),
        ("44pgyz54d48z", "impact_none", "declares 4.0 h of failure"),
        ("j8ghp7dk6lym", "components_emptied", "Claude Code"),
        ("2zr0rkdxjdtc", "components_emptied", "Claude Code"),
        ("vtx2xkfwrk1l", "negative_duration", "before its started_at"),
        ("28hx7gp8hnzw", "opened_late", "opened as monitoring"),
        ("124yr07585k9", "opened_late", "opened as identified"),
        ("s9w82lp9dcn9", "no_outage", "suspension"),
        ("zqsk02ryfmrd", "no_outage", "client release"),
    ],
)
def test_quirks_by_their_real_cases(shared_data: Path, incident_id: str, rule: str, says: str) -> None:
    """Quirks 1, 4, 6, 9, 14, 17, 18 and 25 of the official record by id, and its own cases of 3, 5 and 10."""
    told = found(record(shared_data / "status")[incident_id])
    assert any(finding.rule == rule and says in finding.says for finding in told), told


def test_every_rule_has_a_text() -> None:
    """Each rule is printed in one sentence, and no two are called alike."""
    texts = audit.rules()
    assert len(texts) == len(audit.ACROSS) + len(audit.audit_incident.CHECKS)
    assert all(text.endswith(".") and "\n\n" not in text for text in texts.values())


def test_the_door_tells_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m detect audit` tells what the last run found: by rule, with ids, as JSON too; titles stay harmless."""
    monkeypatch.setattr("detect.reading.fitting.load_or_fit", lambda folder: None)
    ends_first = incident_fields("upsidedown", resolved_at="2026-04-15T11:00:00.000Z", name="\x1b[31m<b>odd</b>|")
    twice = incident_fields("again", name="\x1b[31m<b>odd</b>|")
    written(Path("odd.jsonl"), ends_first, twice)
    tell = CliRunner()
    assert tell.invoke(ingest_door, ["load", "--db", "facts.duckdb", "--covered", "all", "odd.jsonl"]).exit_code == 0
    before = tell.invoke(door, ["audit", "--db", "facts.duckdb"])
    assert before.exit_code == 1
    assert tell.invoke(door, ["run", "--db", "facts.duckdb", "--as-of", "2026-04-16"]).exit_code == 0

    whole = tell.invoke(door, ["audit", "--db", "facts.duckdb"])
    assert whole.exit_code == 0, whole.output
    assert "negative_duration (2): It is resolved before it started" in whole.output
    assert "told_twice (1)" in whole.output
    assert "\x1b" not in whole.output
    as_json = tell.invoke(door, ["audit", "--db", "facts.duckdb", "--rule", "negative_duration", "--json"])
    assert [each["incident_ids"] for each in json.loads(as_json.output)] == [["upsidedown"]] * 2
    assert tell.invoke(door, ["audit", "--db", "facts.duckdb", "--rule", "nonsense"]).exit_code == 2
