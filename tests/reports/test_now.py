"""Is Claude down: the answer, its words, and what it may be asked."""

import json
from datetime import timedelta
from typing import Any, get_args

import pytest
import time_machine
from click import unstyle
from click.testing import CliRunner, Result

from detect.standing import Reason
from ingest.database import connect
from ingest.sources.sample import LABEL
from reports.__main__ import door
from reports.answering import REASONS as REASONS_SAID
from reports.answering import lines
from reports.now import EXIT_CODES

END = 24 * 60
"""Minutes after the start of the invented day at which it was judged."""

ANSWERS = {
    "down": (10, "Claude is down, since 23:00 UTC (1h05m): people complain far more than usual"),
    "probably": (11, "Claude is probably down, since 23:00 UTC (1h05m): people complain far more than usual"),
    "no sign": (0, "No sign that Claude is down: people do not complain clearly more than usual."),
    "can't tell": (12, "Can't tell whether Claude is down: nobody has looked at complaints up to now."),
    "learning": (12, "Can't tell yet whether Claude is down: still learning how many complaints are usual"),
}  # fmt: skip
REASONS = {"down": "two platforms", "probably": "one platform", "no sign": "as usual", "can't tell": "not looked",
           "learning": "learning"}  # fmt: skip


def ask(judged: Any, *options: str, minutes_later: int = 5) -> Result:
    """Ask the invented database, some minutes after it was judged."""
    path = str(judged.path)
    with time_machine.travel(judged.end + timedelta(minutes=minutes_later), tick=False):
        return CliRunner().invoke(door, ["now", "--db", path, *options])


def told(judged: Any, *options: str, minutes_later: int = 5) -> dict[str, Any]:
    """Ask for JSON."""
    answer: dict[str, Any] = json.loads(ask(judged, "--json", *options, minutes_later=minutes_later).stdout)
    return answer


def stood(judged: Any, answer: str, **other: Any) -> None:
    """Judge the invented day so; where it is down, since 23:00."""
    judged.run()
    since = {}
    if answer in {"down", "probably"}:
        since = {"episode_id": judged.episode(END - 60, ended_at=None), "since": judged.at(END - 60)}
    judged.stands(answer, REASONS[answer], **since | other)


@pytest.mark.parametrize("answer", EXIT_CODES)
def test_each_answer_has_its_words_and_its_code(judged: Any, answer: str) -> None:
    """The first line says it, the exit code too, and both shapes agree."""
    stood(judged, answer)
    code, words = ANSWERS[answer]
    result = ask(judged)
    said = result.stdout.replace("2026-04-15 ", "")
    assert said.splitlines()[0].startswith(words), result.output
    assert result.exit_code == code
    as_json = told(judged)
    assert (as_json["answer"], as_json["reason"], as_json["exit_code"]) == (answer, REASONS[answer], code)


@pytest.mark.parametrize("answer", ["down", "probably", "no sign", "learning"])
def test_a_stale_answer_is_none(judged: Any, answer: str) -> None:
    """Half an hour after what was judged last, whatever it was is can't tell, with the command that freshens it."""
    stood(judged, answer)
    assert told(judged, minutes_later=29)["answer"] == answer
    late = told(judged, minutes_later=30)
    assert (late["answer"], late["reason"], late["held"], late["exit_code"]) == ("can't tell", "stale", answer, 12)
    assert late["freshen"] == f"python -m ingest --db {judged.path} && python -m detect --db {judged.path}"
    result = ask(judged, minutes_later=150)
    assert result.exit_code == 12
    assert f"nothing is known of the last 2h30m (at 00:00 it was: {answer})" in result.stdout
    assert late["freshen"] in result.stdout


def test_facts_that_nobody_judged_need_the_judgement_alone(judged: Any) -> None:
    """Where the ledger goes on after the run, the command is the judgement's."""
    stood(judged, "no sign")
    end = judged.at(END + 40)
    judged.insert(
        "pulls", pull_id=1, source="reddit", platform="reddit", target="r/ClaudeAI", covered_start=judged.at(0),
        covered_end=end, fetched=0, new=0, rejected=0, requests=1, cost_usd=0.0, started_at=end, ended_at=end,
    )  # fmt: skip
    assert told(judged, minutes_later=50)["freshen"] == f"python -m detect --db {judged.path}"


def test_the_sample_is_asked_at_its_last_instant_and_says_what_it_is(judged: Any) -> None:
    """The sample's clock is its own: years later it answers still, labelled; judged to its middle it is stale."""
    stood(judged, "no sign")
    judged.connection.execute("UPDATE about SET value = 'sample' WHERE name = 'kind'")
    result = ask(judged, minutes_later=10**6)
    assert (result.exit_code, LABEL in result.stdout) == (0, True)
    assert "the sample ends at 2026-04-16 00:00 UTC" in result.stdout
    assert told(judged)["label"] == LABEL
    later = judged.at(END + 600)
    judged.insert(
        "pulls", pull_id=1, source="sample", platform="reddit", target="r/ClaudeAI", covered_start=judged.at(0),
        covered_end=later, fetched=0, new=0, rejected=0, requests=1, cost_usd=0.0, started_at=later, ended_at=later,
    )  # fmt: skip
    assert ask(judged).exit_code == 12


def test_evidence_is_told(judged: Any) -> None:
    """People against the usual and by platform, what they name, the page with its signed lag, and how fresh it is."""
    stood(judged, "down", incident_ids=["inc"], people=107)
    judged.incident("inc", END - 43, name="API: errors", lasted=None)
    judged.insert(
        "incident_times", service="claude", incident_id="inc", nature="outage", first_published_at=END - 43,
        published_start=judged.at(END - 43), published_end=judged.at(END), surfaces=[], families=["opus"],
    )  # fmt: skip
    said = ask(judged).stdout
    assert "107 complaints in the hour up to 00:00, usually 7.9 (bluesky 1 vs 1.2, reddit 6 vs 6.7)." in said
    assert "errors; claude.ai, api; opus 4.6. Peak 31 vs 0.4 people in 5 min" in said
    assert "API: errors (major), open since 2026-04-15 23:17, +17 min from the onset; read up to 00:00." in said
    assert "complaints judged up to 00:00, as of 2026-04-16 00:00 UTC; asked at 2026-04-16 00:05 UTC." in said


def test_learning_tells_the_plain_counts_and_the_pages_word(judged: Any) -> None:
    """While learning: how much was seen, the people without a usual, and what the page says."""
    seen = [{"platform": "reddit", "people": 9, "usual": None, "covered": 1.0, "seen_until": judged.at(END)}]
    stood(judged, "learning", people=9, usual=None, covered_days=2.3, judged_until=None, seen=seen,
          page_indicator="minor")  # fmt: skip
    said = ask(judged).stdout
    assert "(2.3 days seen so far)" in said
    assert "9 complaints in the hour up to 00:00; what is usual is not known yet (reddit 9)." in said
    assert "no open incident of it when it was read up to 00:00. It shows minor." in said


def test_where_nobody_looked_no_count_is_told(judged: Any) -> None:
    """Not looked at is said in words: there is no zero in it, and no calm."""
    seen = [{"platform": "reddit", "people": None, "usual": None, "covered": 0.0, "seen_until": None}]
    stood(judged, "can't tell", people=None, usual=None, seen=seen, page_until=None, stale_at=None)
    said = ask(judged).stdout
    assert "People  not looked at in the hour up to 00:00." in said
    assert "never read: what it says is not known" in said
    assert "0 complaints" not in said


def test_a_platform_that_went_blind_is_named(judged: Any) -> None:
    """An outage was running when its platform was last read: the line names the platform, and who can say why."""
    judged.run()
    seen = [
        {"platform": "github", "people": 0, "usual": 0.1, "covered": 1.0, "seen_until": judged.at(END)},
        {"platform": "reddit", "people": None, "usual": None, "covered": 0.0, "seen_until": judged.at(END - 90)},
    ]
    episode = judged.episode(END - 120, ended_at=None)
    judged.stands("can't tell", "unseen since", episode_id=episode, stale_at=None, seen=seen)
    said = ask(judged).stdout
    assert "an outage was running when reddit was last read; see python -m ingest doctor." in said
    assert "github 0 vs 0.1, reddit not looked at" in said


def test_every_reason_has_its_words() -> None:
    """No clause of the rule is without a sentence."""
    assert {*get_args(Reason), "stale"} == set(REASONS_SAID)


def test_the_last_outage_is_told_where_none_runs(judged: Any) -> None:
    """Whoever comes ten minutes late learns when it ended."""
    judged.episode(END - 300)
    stood(judged, "no sign")
    said = ask(judged).stdout
    assert "the last outage people felt began 2026-04-15 19:00 and ended 2026-04-15 23:44, 21m before" in said


def test_a_part_has_its_own_answer(judged: Any) -> None:
    """--surface asks for one part; its people are those who name it."""
    stood(judged, "down")
    judged.stands("no sign", "other parts", surface="console", people=0, usual=None)
    result = ask(judged, "--surface", "console")
    assert result.exit_code == 0
    assert "No sign that Claude (console) is down" in result.stdout
    assert "0 people named console in the hour" in result.stdout


def test_a_model_is_told_and_not_judged(judged: Any) -> None:
    """--model says whether people and page name it, and leaves answer and code as they are."""
    stood(judged, "down")
    asked = told(judged, "--model", "claude-opus-4-6")
    assert (asked["answer"], asked["model"]["people"], asked["model"]["page"]) == ("down", True, None)
    assert told(judged, "--model", "sonnet")["model"]["people"] is False
    assert "opus: people name it; the page has no open incident." in ask(judged, "--model", "Opus").stdout


def test_why_prints_the_rule(judged: Any) -> None:
    """--why gives the rule in words; JSON has it always."""
    stood(judged, "no sign")
    assert "Rule    Down: an episode is running" in ask(judged, "--why").stdout
    assert told(judged)["rule"] in ask(judged, "--why").stdout


def test_hostile_titles_stay_text(judged: Any) -> None:
    """A title with a terminal's sequences is shown without them."""
    stood(judged, "down", incident_ids=["inc"])
    judged.incident("inc", END - 43, name="API\x1b[2J\u202e: errors\n12  no sign", lasted=None)
    judged.insert(
        "incident_times", service="claude", incident_id="inc", nature="outage", first_published_at=END - 43,
        published_start=judged.at(END - 43), published_end=judged.at(END), surfaces=[], families=[],
    )  # fmt: skip
    said = ask(judged).stdout
    assert "API: errors 12 no sign (major)" in said
    assert not {"\x1b", "\u202e"} & set(said)


def test_the_standing_of_an_older_run_is_not_used(judged: Any) -> None:
    """A run whose standing was not saved says nothing: one line with the command, not the answer of before."""
    stood(judged, "no sign")
    judged.run(as_of=END + 10)
    result = ask(judged)
    assert result.exit_code == 1
    assert "was not judged by this version" in str(result.exception)
    assert f"python -m detect --db {judged.path}" in str(result.exception)


def test_a_database_of_an_older_version_is_named(judged: Any) -> None:
    """Before the standing was there: one line that names the command."""
    stood(judged, "no sign")
    with connect(judged.path) as connection:
        connection.execute("DROP TABLE standing")
    assert "run: python -m detect" in str(ask(judged).exception)


def test_a_newer_database_is_named(judged: Any) -> None:
    """A later version's database is not read as if it were ours."""
    stood(judged, "down")
    judged.insert("migrations", room="detect", number=999, name="999_later.sql", applied_at=0)
    result = ask(judged)
    assert (result.exit_code, "newer version" in str(result.exception)) == (1, True)


def test_a_database_nobody_judged_is_named(judged: Any) -> None:
    """Facts without a judgement: the line names the command."""
    result = ask(judged)
    assert result.exit_code == 1
    assert "nothing in this database is judged yet; run: make detect" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--service", "cluade"), "service 'cluade' is not on the watchlist"),
        (("--service", "openai", "--surface", "claude.ai"), "'claude.ai' is no part of openai"),
        (("--model", "gpt"), "'gpt' is no model of claude"),
    ],
)
def test_a_name_that_is_not_known_is_an_error(judged: Any, options: tuple[str, ...], message: str) -> None:
    """What is not watched has no answer, and above all not that of the whole."""
    stood(judged, "no sign")
    result = ask(judged, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in str(result.exception)


def test_colour_says_nothing_that_the_words_do_not(judged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets the first line in colour; NO_COLOR takes it away, and the words stay the same."""
    stood(judged, "down")
    path = str(judged.path)
    with time_machine.travel(judged.end, tick=False):
        coloured = CliRunner().invoke(door, ["now", "--db", path], color=True).stdout
        monkeypatch.setenv("NO_COLOR", "1")
        plain = CliRunner().invoke(door, ["now", "--db", path], color=True).stdout
    assert coloured.startswith("\x1b[31m")
    assert unstyle(coloured) == plain


def test_lines_are_broken_for_a_terminal_alone() -> None:
    """A pipe gets one line a heading; a terminal gets them broken, the sentences one below the other."""
    pair = ("Rule", "Down: an episode is running that people feel on two platforms.")
    assert list(lines([pair])) == [f"Rule    {pair[1]}"]
    [broken] = lines([pair], 40)
    assert broken == "Rule    Down: an episode is running that\n        people feel on two platforms."
