"""What the notebooks stand on: frames of the published copy, pictures of them, and answers that follow the figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ConfigError, DatabaseError
from ingest.published import publish, published_path
from reports.analysis import Published, answers, figures, open_evaluation, open_published

HOURS = 24


def grid(judged: Any, *, blind: int = 0, service: str = "claude") -> None:
    """Lay a day of buckets on one platform: two people an hour, the last hours not looked at."""
    for hour in range(HOURS):
        for minute in range(0, 60, 5):
            at, unseen = judged.at(60 * hour + minute), hour >= HOURS - blind
            judged.insert(
                "alarms", service=service, bucket_start=at, state="blind" if unseen else "judged",
                alarm=None if unseen else 1 <= hour < 3,
            )  # fmt: skip
            judged.insert(
                "buckets", service=service, platform="reddit", kind="outage", bucket_start=at,
                observed=None if unseen else int(minute < 10), coverage=0.0 if unseen else 1.0, expected=0.1,
                dispersion=1.0,
            )  # fmt: skip


def opened(judged: Any) -> Published:
    """Publish, and open what was published."""
    publish(judged.path)
    return open_published(judged.path)


def test_every_view_and_table_is_a_frame(judged: Any) -> None:
    """Each can be had by its name; one that is none is refused with those that there are."""
    judged.typical()
    book = opened(judged)

    assert len(book.outages) == 3
    assert {"outages", "lags", "posts"} <= set(dir(book))
    with pytest.raises(AttributeError):
        _ = book.spikes
    with pytest.raises(ConfigError, match=r"there are: .*outages"):
        book.frame("spikes; DROP TABLE posts")


def test_nothing_published_says_what_to_run(judged: Any) -> None:
    """Without a copy, or with one that is not judged, the next command is named."""
    with pytest.raises(DatabaseError, match="make ingest detect"):
        open_published(judged.path)
    publish(judged.path)
    with pytest.raises(DatabaseError, match="make detect"):
        open_published(published_path(judged.path))


def test_values_are_bound_and_texts_are_plain(judged: Any) -> None:
    """A value never becomes SQL; a frame shows no control character of a title, an answer none of its Markdown."""
    judged.run()
    met = judged.episode(60, lag=17.0)
    judged.incident("evil", 77, met=met, verdict="felt", name="<b>\x1b[31m**down**\x1b[0m</b>")
    book = opened(judged)

    assert book.ask("SELECT title FROM official_incidents WHERE title = $t", t="' OR true --").empty
    assert book.official_incidents["title"].tolist() == ["<b>**down**</b>"]
    said = answers.outage(book, met)._repr_markdown_()
    assert "<b>" not in said
    assert "**down**" not in said
    assert "down" in said


def test_the_answers_follow_the_figures(judged: Any) -> None:
    """Where the page was first, late or silent, and where nobody looked, the sentences say so."""
    judged.typical()
    grid(judged, blind=6)
    book = opened(judged)

    late, first, silent = (
        str(answers.outage(book, name)) for name in book.outages.sort_values("onset_at")["episode_id"]
    )
    assert "+17 min from the onset: our alarm was first" in late
    assert "−5 min from the onset: the page was before our alarm" in first
    assert "No incident of the page matches: unacknowledged" in silent
    assert "is not known to have ended" in silent
    seen = str(answers.seen(book, "claude"))
    assert "in 75 % of the time" in seen
    assert "In 25 % nobody looked" in seen
    assert "Not read: bluesky, x, github, hackernews" in seen
    assert "number 1 of 1" in str(answers.peers(book, "claude"))


def test_pictures_carry_what_was_not_looked_at(judged: Any) -> None:
    """Each picture is drawn from a day with a blind part, says so in words, and needs nothing but itself."""
    judged.typical()
    grid(judged, blind=6)
    book = opened(judged)
    episode = answers.worst(book, "claude")

    drawn = [
        figures.coverage(book, "claude"), figures.kinds(book, "claude"), figures.services(book), figures.months(book),
        figures.outage(book, episode), figures.lags(book, "claude"), figures.hours(book, "claude"),
    ]  # fmt: skip
    for figure in drawn:
        assert figure.svg.startswith("<svg")
        assert "href" not in figure.svg
        assert figure.says
    assert "75 %" in str(drawn[0].table.rows)


def test_a_service_that_nobody_looked_at(judged: Any) -> None:
    """Of a service without a bucket it is said that nobody looked; an outage to show is refused in one line."""
    judged.run()
    book = opened(judged)

    assert str(answers.seen(book, "gemini")) == "Nobody looked at Google Gemini at all."
    assert "cannot be told" in str(answers.peers(book, "gemini"))
    with pytest.raises(DatabaseError, match="nobody felt an outage of gemini"):
        answers.worst(book, "gemini")
    with pytest.raises(DatabaseError, match="nobody looked"):
        figures.coverage(book, "gemini")
    assert figures.lags(book, "gemini").svg
    assert figures.hours(book, "gemini").svg


def test_the_story_of_an_outage_is_told_below_the_notebooks_headings(judged: Any) -> None:
    """The story is the one that the timeline tells, its headings two levels down."""
    judged.typical()
    book = opened(judged)

    told = str(answers.story(book, book.outages["episode_id"][0]))
    assert told.startswith("### claude")
    assert "\n# " not in told


def evaluation(*ratios: str, delay: float = 3.0) -> Path:
    """Write an evaluation with given false alarms over promised, and one kind of outage."""
    shared = {"title": "t", "command": "c", "sample": "s", "goals": []}
    within = {"value": 0.2, "low": 0.1, "high": 0.3, "digits": 2, "of": None}
    tables = [
        {"name": "calibration", "columns": ["promised in 4 weeks", "scenario", *map(str, range(len(ratios)))],
         "rows": [["1", "flat", *(f"{ratio} [0.1, 9.9]" for ratio in ratios)]], **shared},
        {"name": "delay", "columns": ["l0", "r", "limit", "mean delay", "its error", "over limit", "wanted at most"],
         "rows": [[1, 5, 2.0, delay, 0.1, 1.5, 3.5], [1, 2, 500.0, 900.0, 1.0, 1.8, 626.0]], **shared},
        {"name": "injected", "columns": ["l0", "false alarms a week", "rule", "r=5"],
         "rows": [[1, 0.25, "ours", within], [1, 0.25, "EWMA", 0.4], [1, 0.25, "z", 0.1], [5, 1, "ours", 1]], **shared},
    ]  # fmt: skip
    path = Path("evaluation.json")
    path.write_text(
        json.dumps({"stamp": {"commit": "x", "seed": 1, "size": "quick", "made_at": "now"}, "tables": tables})
    )
    return path


def test_an_evaluation_is_read_and_answered(judged: Any) -> None:
    """Shares and worst cases are those of the table; outages that take longer than six hours at best do not count."""
    judged.run()
    book, read = opened(judged), open_evaluation(evaluation("0.50", "1.00", "2.50", "0.10"))

    said = str(answers.detector(book, read, "claude"))
    assert "On 4 simulated calm worlds with 1 false alarm promised in four weeks, 50 % had" in said
    assert "the worst had 2.5 times" in said
    assert "within what was wanted in 100 % of 1 kinds" in said
    assert "finds 20 % with one false alarm in 28 days; the best of the other rules (EWMA) finds 40 %" in said
    assert read.frame("injected")["r=5"][0] == "0.20 [0.10, 0.30]"
    assert read.numbers("injected")["r=5"][0] == 0.2
    assert figures.calibration(read).svg
    assert figures.delay(read).svg
    assert "python -m detect evaluate ablation" in read.shown("ablation")._repr_markdown_()


def test_what_is_no_evaluation_is_one_line() -> None:
    """A file that is missing or another is refused with the command that makes one."""
    Path("other.json").write_text("{}")
    for name in ("other.json", "none.json"):
        with pytest.raises(ConfigError, match=f"{name} is no evaluation.*python -m detect evaluate"):
            open_evaluation(name)
