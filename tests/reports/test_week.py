"""A week as plain data: which week, what counts in it, how much was looked at, and what its JSON promises."""

import json
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from click.testing import CliRunner

from ingest import watchlist
from ingest.database import connect
from ingest.errors import ConfigError, DatabaseError
from reports import week as weeks
from reports.__main__ import door
from reports.week import calendar, tables, words
from reports.week.files import as_json, schema
from reports.week.loading import MEASURED
from reports.week.records import Week

if TYPE_CHECKING:
    from conftest import Judged

DAY = 24 * 60
MONDAY = datetime(2026, 4, 13, tzinfo=UTC)
AS_OF = 6 * DAY
"""Minutes from Wednesday 15 April to Tuesday 21: the last complete week is that of the 13th, 2026-W16."""


def load(judged: "Judged", week: str | None = None, service: str = "claude") -> Week:
    """Load a week as the door does."""
    with connect(judged.path, read_only=True) as connection:
        return weeks.load(connection, watchlist.load(), service, week)


def unseen(looked: "Judged") -> Week:
    """Load a week in which nobody looked, after one in which the page was read."""
    looked.reads_the_page(MONDAY - 6 * calendar.WEEK, MONDAY - 5 * calendar.WEEK)
    return load(looked, "2026-W11")


@pytest.fixture
def looked(judged: "Judged") -> "Judged":
    """Two weeks in which everything was looked at."""
    judged.run(AS_OF)
    judged.counted(MONDAY - calendar.WEEK, 15 * 24)
    judged.reads_the_page(MONDAY - calendar.WEEK, judged.at(AS_OF))
    return judged


def test_the_last_complete_week_is_the_default(looked: "Judged") -> None:
    """Judged on a Tuesday, the week reported ended on the Sunday before; the running one only where it is named."""
    assert load(looked).week == "2026-W16"
    assert load(looked).complete
    assert not load(looked, "2026-W17").complete
    assert "so far" in words.headline(load(looked, "2026-W17"))


@pytest.mark.parametrize("name", ["2026-W54", "2025-W53", "W16", "2026-16", "last", "2026-W00", "<script>"])
def test_a_week_that_is_none_is_refused(name: str) -> None:
    """A week that no calendar has is refused, and the line says how to write one."""
    with pytest.raises(ConfigError, match="2026-W16"):
        calendar.begin(name)


def test_iso_week_53() -> None:
    """2026 has a week 53, which ends in 2027; the next is week 1 of 2027."""
    start = calendar.begin("2026-W53")
    assert start == datetime(2026, 12, 28, tzinfo=UTC)
    assert calendar.named(start + calendar.WEEK) == "2027-W01"


def test_a_week_to_come_is_refused(looked: "Judged") -> None:
    """What begins after the last judgement cannot be reported; the line names the weeks that can."""
    with pytest.raises(
        DatabaseError, match=r"begins after the last judgement.*: 2026-W15 to 2026-W17 \(--week 2026-W17\)"
    ):
        load(looked, "2026-W18")


@pytest.mark.parametrize("week", ["2020-W01", "2026-W14"])
def test_a_week_before_anybody_looked_is_refused(looked: "Judged", tmp_path: Path, week: str) -> None:
    """Long before or just before: one line with the weeks that hold anything, and no file is written."""
    with pytest.raises(DatabaseError, match=f"{week} holds nothing of Claude: .* 2026-W15 to 2026-W17"):
        load(looked, week)

    run = CliRunner().invoke(door, ["week", "--db", str(looked.path), "--week", week, "--out", str(tmp_path / "out")])
    assert run.exit_code == 1
    assert not (tmp_path / "out").exists()


def test_a_database_in_which_nothing_was_looked_at_has_no_week(judged: "Judged") -> None:
    """Judged, and nothing there: the line says what to run."""
    judged.run(AS_OF)
    with pytest.raises(DatabaseError, match=r"2026-W16 holds nothing .* no other week .* make ingest detect"):
        load(judged)


def test_a_week_of_which_the_page_alone_is_known_is_a_report(looked: "Judged") -> None:
    """Official incidents of a time in which nobody looked at complaints are worth a report."""
    at = int((MONDAY - 5 * calendar.WEEK - looked.at(0)) / timedelta(minutes=1))
    looked.incident("old", at, verdict="unknown")
    looked.incident_time("old", at)
    assert len(load(looked, "2026-W11").incidents) == 1
    assert load(looked, "2026-W13").figures.episodes is None


def test_nothing_judged_names_the_next_command(judged: "Judged") -> None:
    """A database without a judgement says what to run."""
    with pytest.raises(DatabaseError, match="make detect"):
        load(judged)


def test_an_episode_across_sunday_midnight_belongs_to_the_week_of_its_onset(looked: "Judged") -> None:
    """It is a card of the earlier week alone; the later one names it, and counts the hours that fall into it."""
    sunday = (4 * DAY) + 23 * 60
    name = looked.episode(sunday, ended_at=sunday + 180)

    earlier, later = load(looked, "2026-W16"), load(looked, "2026-W17")
    assert [card.episode_id for card in earlier.cards] == [name]
    assert earlier.figures.felt_hours == 1.0
    assert (later.cards, later.carried) == ((), (name,))
    assert (later.figures.episodes, later.figures.felt_hours) == (0, 2.0)
    assert "from the week before" in words.headline(later)


def test_a_week_nobody_looked_at_says_nothing(looked: "Judged") -> None:
    """No data is not calm: every figure is unknown, and the headline says so."""
    nothing = unseen(looked)
    assert nothing.figures.episodes is None
    assert nothing.figures.felt_hours is None
    assert nothing.figures.judged == 0.0
    assert words.headline(nothing) == "Nobody looked: whether Claude was down is not known"
    assert words.coverage(nothing) == "Nobody looked at any platform in this week."


def test_half_a_week_is_said_with_the_answer(judged: "Judged") -> None:
    """Where three days of seven were judged, the headline carries that; so it does without any outage."""
    judged.run(AS_OF)
    judged.counted(MONDAY, 72)
    judged.counted(MONDAY + timedelta(hours=72), 96, seen=False)
    assert "in the 43 % of the week" in words.headline(load(judged))
    judged.episode(60)
    told = load(judged)
    assert told.figures.judged == pytest.approx(3 / 7, abs=1e-3)
    assert "in the 43 % of the week" in words.headline(told)
    assert "reddit 43 % of the week; 43 % of it could be judged" in words.coverage(told)
    assert any(hour.people is None for hour in told.hours)


def test_the_four_weeks_before_and_the_peers_stand_beside(looked: "Judged") -> None:
    """Four weeks before, oldest first, the unjudged ones unknown; peers of the same week, by the same measure."""
    looked.counted(MONDAY, 168, service="openai")
    looked.episode(-5 * DAY)
    looked.episode(60)
    looked.episode(120, service="openai")

    told = load(looked)
    assert [each.episodes for each in told.before] == [None, None, None, 1]
    assert [(each.service, each.episodes) for each in told.peers] == [("openai", 1), ("gemini", None)]
    said = " ".join(words.compared(told))
    assert "OpenAI 1 outage" in said
    assert "Google Gemini was not judged" in said


def test_incidents_of_the_week_with_what_was_read(looked: "Judged") -> None:
    """Incidents first published in the week are listed; what is no outage is told apart; unread is unknown."""
    looked.incident("quiet", 100, verdict="unfelt", name="Errors on uploads")
    looked.incident_time("quiet", 100)
    looked.incident("app", 200, verdict="unfelt", name="App 2.1 crashes")
    looked.incident_time("app", 200, nature="client release")

    told = load(looked)
    assert [(one.incident_id, one.nature, one.lasted_min) for one in told.incidents] == [
        ("quiet", "outage", 60.0),
        ("app", "client release", 60.0),
    ]
    assert told.figures.incidents == 1
    assert unseen(looked).figures.incidents is None


def test_a_card_tells_one_episode(looked: "Judged") -> None:
    """It has its buckets from an hour before to an hour after, its incident with signed lags, and what people named."""
    name = looked.episode(600, lag=17.0, ended_at=880)
    looked.incident("late", 617, met=name, verdict="felt")
    looked.connection.execute(
        "UPDATE matches SET page_spoke_at = $at, acknowledgement_lag_min = 17, alarm_to_page_min = 8",
        {"at": looked.at(617)},
    )
    for number, (person, symptom, language) in enumerate([(1, "errors", "en"), (1, "errors", "en"), (2, None, None)]):
        looked.insert(
            "judgements", post_key=number, service="claude", platform="reddit", counted_at=610, person=person,
            by="alias", kind="outage", symptom=symptom, language=language,
        )  # fmt: skip

    [card] = load(looked).cards
    assert card.in_full
    assert (card.points[0].start, card.points[-1].start) == (looked.at(540), looked.at(880 + 60 - 5))
    assert [(part.what, part.name, part.people) for part in card.parts if part.what in ("symptom", "language")] == [
        ("language", "en", 1), ("language", None, 1), ("symptom", "errors", 1), ("symptom", None, 1),
    ]  # fmt: skip
    [answer] = card.answers
    assert (answer.acknowledgement_lag_min, answer.alarm_to_page_min) == (17.0, 8.0)
    assert answer.url == "https://status.claude.com/incidents/late"
    assert words.told(card).endswith("The page spoke 17 min after the onset, 8 min after our alarm.")


def test_an_end_that_nobody_saw_is_not_said_to_go_on(judged: "Judged") -> None:
    """Where nobody looks from 10:00 on, an outage of 09:00 counts one hour: nobody saw its end."""
    judged.run(AS_OF)
    judged.counted(MONDAY, 58)
    judged.counted(MONDAY + timedelta(hours=58), 110, seen=False)
    judged.episode(9 * 60, ended_at=None)
    told = load(judged)
    assert told.figures.felt_hours == 1.0
    assert words.until(told.cards[0]) == "nobody saw its end: unseen since 10:00"


def test_an_outage_that_still_runs_says_so(looked: "Judged") -> None:
    """Judged up to now and without an end, it is not over, and how long it has lasted is said."""
    looked.episode(AS_OF - 90, ended_at=None)
    [card] = load(looked, "2026-W17").cards
    assert words.until(card) == "not over after 1 h 30 min"


def test_of_many_outages_those_with_most_people_are_told_in_full(looked: "Judged") -> None:
    """Of fifteen, twelve have points; the three with the fewest people are there without."""
    for number in range(15):
        looked.episode(60 * number, ended_at=60 * number + 30, people=100 + number)
    cards = load(looked).cards
    assert len(cards) == 15
    assert [card.people for card in cards if not card.in_full] == [100, 101, 102]
    assert all(bool(card.points) is card.in_full for card in cards)


def test_only_platforms_that_allow_it_are_linked(looked: "Judged") -> None:
    """A GitHub issue is linked; a Reddit post never is, nor an address that leads elsewhere or is hostile."""
    looked.episode(600)
    urls = {
        1: ("github", "https://github.com/acme/tool/issues/1"),
        2: ("reddit", "https://www.reddit.com/r/ClaudeAI/comments/1"),
        3: ("github", "https://github.com.evil.invalid/x"),
        4: ("github", 'https://github.com/"><script>alert(1)</script>'),
        5: ("github", "javascript:alert(1)"),
    }
    for key, (platform, url) in urls.items():
        looked.insert(
            "judgements", post_key=key, service="claude", platform=platform, counted_at=610, person=key, by="alias",
            kind="outage",
        )  # fmt: skip
        looked.insert(
            "posts", post_key=key, platform=platform, post_id=str(key), place="x", claimed_at=610, counted_at=610,
            form="issue", url=url, text="it is down", pull_id=1,
        )  # fmt: skip
    [card] = load(looked).cards
    assert card.links == ("https://github.com/acme/tool/issues/1",)


def test_json_holds_to_its_published_schema(looked: "Judged") -> None:
    """What is written satisfies the schema beside the code, and that schema is the one of these records."""
    looked.episode(600, lag=17.0)
    published: dict[str, Any] = json.loads(resources("reports").joinpath("schema", "week-1.json").read_text())
    assert published == json.loads(schema())
    validator = jsonschema.Draft202012Validator(published)
    for told in (load(looked), unseen(looked)):
        validator.validate(json.loads(as_json(told)))
    assert not validator.is_valid({"version": 1})


def test_peak_hours_are_answered_with_their_ground(looked: "Judged") -> None:
    """An outage on Wednesday at 14:00 lies in the peak hours, and the answer says on how few it rests."""
    looked.episode(14 * 60, ended_at=15 * 60)
    told = load(looked)
    assert told.peak_hours.of_outage_time == 1.0
    assert words.peak_hours(told).startswith("Yes")
    assert "Few outages" in words.peak_hours(told)
    assert words.peak_hours(unseen(looked)).startswith("Not known")


def test_what_was_measured_of_the_promise_is_what_the_readme_says() -> None:
    """The figures of the report's sentence on false alarms all stand in the README's."""
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())
    [said] = re.findall(r"\*\*One false alarm in four weeks.*?\*\*.*?evaluate calibration", readme)
    assert re.findall(r"\d+(?:\.\d+)?", MEASURED)
    assert all(figure in said for figure in re.findall(r"\d+(?:\.\d+)?", MEASURED))


def test_a_mark_is_shown_on_its_card(looked: "Judged") -> None:
    """What somebody said of an outage, and why, stands on its card."""
    name = looked.episode(600)
    looked.insert(
        "marks", mark_id=1, service="claude", start=looked.at(590), end=looked.at(900), says="wrong",
        why="a rumour", episode_id=name, marked_at=looked.at(AS_OF),
    )  # fmt: skip
    [card] = load(looked).cards
    assert (card.mark, card.mark_why) == ("wrong", "a rumour")
    assert ("Marked", "wrong: a rumour") in tables.facts(card)
