"""One outage told line by line, and the report on the page. Every outage and every message here is invented."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.records import ComponentChange, Facts, Incident, IncidentUpdate
from ingest.store import save_facts
from reports.__main__ import door

START = datetime(2026, 4, 15, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def say(judged: Any, *words: str) -> Result:
    return CliRunner().invoke(door, [words[0], "--db", str(judged.path), *words[1:]])


def told(judged: Any, episode_id: str) -> list[dict[str, object]]:
    result = say(judged, "timeline", "--episode", episode_id, "--json")
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout)["moments"])


@pytest.fixture
def outage(judged: Any) -> str:
    """Invent an outage of an hour: people from minute 60, our alarm at 69, the page from 77 to 200."""
    judged.run()
    name = judged.episode(60, lag=17.0, ended_at=120)
    failing = tuple(ComponentChange(part, "operational", "major_outage") for part in ("API", "Web"))
    still_up = ComponentChange("Docs", "operational", "operational")
    back = ComponentChange("API", "major_outage", "operational")
    updates = (
        IncidentUpdate("investigating", after(77), after(77), "Something <b>fails</b> | here.", (*failing, still_up)),
        IncidentUpdate("resolved", after(200), after(200), "It works.", (back,)),
        IncidentUpdate("postmortem", after(3000), after(3000), "Said long after the judgement."),
    )
    incident = Incident(
        "claude", "invented", "Errors", "major", "resolved", after(77), after(77), after(200), (), updates, after(77)
    )
    save_facts(judged.connection, Facts(incidents=(incident,)), 1, after(77))
    judged.insert(
        "matches", episode_id=name, service="claude", incident_id="invented", reason="they overlap",
        page_spoke_at=77, declared_start=after(50), acknowledgement_lag_min=17.0, alarm_to_page_min=8.0,
        declared_lag_min=19.0,
    )  # fmt: skip
    judged.insert(
        "declared_windows", service="claude", incident_id="invented", start=after(50), end=after(118),
        other_end=after(178), said_at=200, sentence_start=0, sentence_end=9, confidence="low",
        doubts=["its zones disagree by 60 min"],
    )  # fmt: skip
    for start, people, symptom in ((60, 9, "errors"), (75, 8, "errors"), (90, None, None), (105, 4, "login")):
        judged.insert(
            "phases",
            episode_id=name,
            start=after(start),
            people=people,
            covered=0.0 if people is None else 1.0,
            symptom=symptom,
        )
    judged.insert(
        "audit",
        rule="green_page",
        service="claude",
        incident_ids=[],
        episode_id=name,
        at=after(70),
        says="green at 1 of 1",
    )
    judged.looked()
    return name


def test_a_story_is_told_in_the_order_of_time(judged: Any, outage: str) -> None:
    """Rising, naming, alarm, the page's words and components, what nobody saw, falling: each at its signed time."""
    lines = told(judged, outage)

    assert [(line["from_onset_min"], line["who"], line["what"]) for line in lines] == [
        (-10.0, "page", "declared begin"), (0.0, "people", "rising"), (0.0, "people", "naming"), (9.0, "us", "alarm"),
        (10.0, "page", "green"), (17.0, "page", "said"), (17.0, "page", "component"), (30.0, "people", "peak"),
        (30.0, "us", "not covered"), (45.0, "people", "naming"), (58.0, "page", "declared end"),
        (60.0, "people", "falling"), (140.0, "page", "said"), (140.0, "page", "component"),
    ]  # fmt: skip
    says = {str(line["what"]): str(line["says"]) for line in lines}
    assert [str(line["says"]) for line in lines if line["what"] == "component"] == [
        "operational → major outage: API, Web", "major outage → operational: API",
    ]  # fmt: skip
    assert says["not covered"] == "nobody looked until 01:45"
    assert "or 02:58" in says["declared end"]
    assert "its zones disagree by 60 min" in says["declared end"]


def test_what_was_said_after_the_judgement_is_not_in_it(judged: Any, outage: str) -> None:
    """A story tells what was known as of the judgement, as its verdict does."""
    assert not any(line["status"] == "postmortem" for line in told(judged, outage))


@pytest.mark.parametrize("form", ["", "--markdown"])
def test_a_story_reads_the_same_everywhere(judged: Any, outage: str, form: str) -> None:
    """In the terminal and in Markdown: why the pair is one, lags, how much was seen, the rule; no markup acts."""
    result = say(judged, "timeline", "--episode", outage, *filter(None, [form]))

    assert result.exit_code == 0, result.output
    plain = " ".join(result.stdout.replace("\\", "").split())
    for part in (
        "they overlap",
        "page − onset +17 min",
        "alarm − declared begin +19 min",
        "reddit 100 %",
        "within 160 min",
    ):
        assert part in plain
    if form:
        assert "<b>" not in result.stdout.replace("\\<b\\>", "")
        assert "\\|" in result.stdout


def test_an_incident_is_told_with_its_episode(judged: Any, outage: str) -> None:
    """An incident's id tells the episode that it met; one that nobody felt is told by its messages alone."""
    judged.incident("quiet", 800, verdict="unfelt", name="Errors on uploads")

    by_incident = say(judged, "timeline", "--incident", "invented", "--json")
    assert json.loads(by_incident.stdout)["episode_id"] == outage
    alone = json.loads(say(judged, "timeline", "--incident", "quiet", "--json").stdout)
    assert (alone["episode_id"], alone["verdict"], alone["incidents"][0]["reason"]) == (
        None,
        "unfelt",
        "nobody complained",
    )
    assert [line["what"] for line in alone["moments"]] == ["said"]
    assert "Errors on uploads" in say(judged, "timeline", "--incident", "quiet").stdout


def test_a_page_that_was_first_is_said_so(judged: Any) -> None:
    """Where the page spoke before our alarm the story says that the page was first."""
    judged.run()
    name = judged.episode(500, lag=-5.0)
    judged.incident("first", 495)
    judged.insert("matches", episode_id=name, service="claude", incident_id="first", reason="they overlap",
                  page_spoke_at=495, acknowledgement_lag_min=-5.0, alarm_to_page_min=-14.0)  # fmt: skip
    said = " ".join(say(judged, "timeline", "--episode", name).stdout.split())
    assert "page − onset −5 min, page − alarm −14 min; the page was first" in said


def test_services_that_rose_together_are_named(judged: Any) -> None:
    """A story names the episodes of other services of the same hour."""
    judged.run()
    name, other = judged.episode(60), judged.episode(70, service="openai")
    judged.insert(
        "common_rises", first_onset_at=60, last_onset_at=70, services=["claude", "openai"], episode_ids=[name, other]
    )
    assert f"in the same hour rose {other}" in " ".join(say(judged, "timeline", "--episode", name).stdout.split())


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--episode", "nope"), 1, "the latest are: claude-60"),
        (("--incident", "nope"), 1, "no official incident has the id"),
        (("--episode", "a", "--incident", "b"), 2, "exclude each other"),
        (("--episode", "a", "--service", "claude"), 2, "no --service"),
        (("--episode", "a", "--json", "--markdown"), 2, "exclude each other"),
    ],
)
def test_wrong_questions_are_answered_in_a_line(judged: Any, options: tuple[str, ...], code: int, words: str) -> None:
    """An unknown id names the known ones, options that exclude each other are refused."""
    judged.run()
    judged.episode(60)
    result = say(judged, "timeline", *options)
    assert result.exit_code == code
    assert words in str(result.exception) + result.output


def page_rows(judged: Any) -> None:
    """Fill the tables that the report on the page reads."""
    judged.run()
    judged.episode(60, lag=17.0)
    judged.episode(500, lag=-5.0)
    judged.insert("lag_spreads", service="claude", lag="acknowledgement", n=2, page_first=1, lowest=-5.0, p10=-3.0,
                  p25=0.0, median=6.0, p75=11.0, p90=15.0, highest=17.0)  # fmt: skip
    judged.insert("chances", service="claude", episodes=2, matched=2, precision=1.0, low=0.34, high=1.0, shuffles=1000,
                  chance=0.25, chance_low=0.0, chance_high=1.0, lift=4.0, p=0.06)  # fmt: skip
    for definition, share in (("major", 0.9985), ("statuspage", 0.9938), ("felt", None)):
        judged.insert("uptimes", service="claude", part="any", definition=definition, start=START, end=START,
                      share=share, down_min=1.0, known=1.0)  # fmt: skip
    judged.insert("peers", service="openai", start=START, end=START, read=0.0, judged=0.0)


def test_the_page_report_puts_its_firsts_first(judged: Any) -> None:
    """Where the page was first stands before where people were; uptimes stand beside their definitions."""
    page_rows(judged)
    said = say(judged, "page").stdout
    flat = " ".join(said.split())

    assert said.index("The page was first (1)") < said.index("People were first (1)")
    for part in (
        "99.85%",
        "99.38%",
        "as the page itself computes it",
        "2 of 2 100 % 34 % to 100 % 25 %",
        "different scales",
    ):
        assert part in flat
    assert "openai – –/–/–/–" in flat
    found = json.loads(say(judged, "page", "--json").stdout)
    assert found["chances"][0]["lift"] == 4.0
    assert found["uptimes"][2]["share"] is None
    assert [one["episode_id"] for one in found["page_first"]] == ["claude-500"]
    assert "| Service | Part | Definition |" in say(judged, "page", "--markdown").stdout


def test_an_older_judgement_is_refused(judged: Any) -> None:
    """A database that an older version judged has no tables of this report: one line says what to run."""
    judged.run()
    judged.connection.execute("DROP TABLE phases")
    result = say(judged, "page")
    assert result.exit_code == 1
    assert "run: make detect" in str(result.exception)
