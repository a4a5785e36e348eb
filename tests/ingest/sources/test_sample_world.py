"""The synthetic world around the real record: felt as the facts say, busy as people are, seen where we looked."""

import csv
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, quantiles, variance

import pytest

from ingest import settings
from ingest.records import Window
from ingest.sources import sample
from ingest.sources.sample.outages import GAPS, SPAN, Planted, official
from ingest.sources.sample.posts import make
from ingest.times import parse_instant

SEEDS = range(60)

RECORD = {one["id"]: one for one in official()}
SPOKE = {code: min(parse_instant(said["created_at"]) for said in one["updates"]) for code, one in RECORD.items()}


@pytest.fixture(scope="module")
def world() -> sample.Sample:
    """The sample that everybody sees."""
    return sample.Sample()


@pytest.fixture(scope="module")
def felt() -> list[Planted]:
    """What Claude's people suffered from its incidents, in many worlds."""
    return [one for seed in SEEDS for one in sample.Sample(seed).truth if one.incident_id in RECORD]


def test_where_the_operator_stated_the_impact_people_suffer_then(shared_data: Path, felt: list[Planted]) -> None:
    """Every window stated for April is the one planted, but for the three that are said to be left out."""
    with (shared_data / "status" / "claude_stated_impact_windows_2026.csv").open(encoding="utf-8") as file:
        stated = {
            row["id"]: Window(parse_instant(row["stated_start"]), parse_instant(row["stated_end"]))
            for row in csv.DictReader(file)
            if row["id"] in RECORD
        }
    planted = {one.incident_id: one.window for one in felt if one.incident_id in stated}

    assert set(stated) - set(planted) == {"fvj2fgqrchsj", "z0bqmftj68dr", "t6v0k97s0802"}
    assert planted == {code: stated[code] for code in planted}


def test_the_graver_the_more_is_felt(felt: list[Planted]) -> None:
    """Critical incidents are always felt, majors mostly, of the minor ones no more than half."""
    listed = Counter(one["impact"] for one in RECORD.values())
    share = {
        impact: count / listed[impact] / len(SEEDS)
        for impact, count in Counter(RECORD[one.incident_id or ""]["impact"] for one in felt).items()
    }

    assert share["critical"] == 1
    assert 0.6 < share["major"] < 1
    assert 0.3 < share["minor"] <= 0.5
    assert share["none"] < 0.3


def test_nobody_suffers_from_a_narrow_part_or_a_client_release(felt: list[Planted]) -> None:
    """Vaults, and the release of Claude Code that crashed, move nobody: no outage of the service in any world."""
    assert not {one.incident_id for one in felt} & {"2z4mf00ffcwd", "fkltkq8kgjkh", "zqsk02ryfmrd"}


def test_people_lead_the_page_by_the_measured_lags(shared_data: Path, felt: list[Planted]) -> None:
    """Where nothing was stated the lead has nearly the measured quartiles (9, 17, 26); at times the page leads."""
    with (shared_data / "status" / "claude_stated_impact_windows_2026.csv").open(encoding="utf-8") as file:
        stated = {row["id"] for row in csv.DictReader(file)}
    leads = [
        (SPOKE[one.incident_id or ""] - one.window.start) / timedelta(minutes=1)
        for one in felt
        if one.incident_id not in stated
    ]
    low, middle, high = quantiles([lead for lead in leads if lead > 0], n=4)

    assert (9 - 3 < low < 9 + 3, 17 - 3 < middle < 17 + 3, 26 - 3 < high < 26 + 3) == (True, True, True)
    assert 0.05 < sum(lead < 0 for lead in leads) / len(leads) < 0.25


def test_some_suffer_unacknowledged_and_some_talk_means_nothing(world: sample.Sample) -> None:
    """An outage stands hours away from any incident; a rumour, a surge of limits and one of quality are no outage."""
    alone = [one for one in world.truth if one.service == "claude" and one.kind == "outage" and not one.incident_id]

    assert alone
    for one in alone:
        assert all(abs(spoke - one.window.start) > timedelta(hours=3) for spoke in SPOKE.values())
    assert {"rumour", "limit", "quality"} <= {one.kind for one in world.truth}


def test_an_outage_is_written_about_as_much_as_it_was_drawn(world: sample.Sample) -> None:
    """In a critical outage Reddit's three quarters of the people write, less the rise and the fading."""
    calm = make(world.seed, [], [])
    critical = [one for one in world.truth if RECORD.get(one.incident_id or "", {}).get("impact") == "critical"]

    assert len(critical) == 5
    for one in critical:
        drawn = 0.75 * one.people * ((one.window.end - one.window.start) / timedelta(minutes=5))
        assert 0.55 * drawn < written(world.posts, one.window) - written(calm, one.window) < 1.15 * drawn


def test_people_sleep_have_weekends_and_come_in_bursts(world: sample.Sample) -> None:
    """Afternoons are twice as busy as nights, weekdays busier than weekends, and hours scatter beyond chance."""
    times = [parse_instant(line["posted_at"]) for line in world.posts]
    hours, days = Counter(at.hour for at in times), Counter(at.weekday() for at in times)
    noons = Counter(
        parse_instant(line["posted_at"]).date()
        for line in make(world.seed, [], [])
        if line["target"] == "r/ClaudeAI/comments" and line["posted_at"][11:13] == "12"
    )
    weekdays = [count for day, count in noons.items() if day.weekday() < 5 and day.isoformat() != "2026-03-19"]

    assert min(hours[hour] for hour in range(13, 19)) > 2 * max(hours[hour] for hour in range(1, 6))
    assert min(days[day] for day in range(5)) > 1.4 * max(days[5], days[6])
    assert variance(weekdays) > 2 * mean(weekdays)


def test_the_generator_itself_makes_nothing_outside_or_in_a_gap(world: sample.Sample) -> None:
    """No post is made before or after the span, nor where nobody looked; and each is seen after it was written."""
    for line in world.posts:
        at, seen = parse_instant(line["posted_at"]), parse_instant(line["seen_at"])
        assert SPAN.start <= at < SPAN.end
        assert not any(gap.start <= at < gap.end for gap in GAPS[line["platform"]])
        assert timedelta() < seen - at < timedelta(minutes=6)


def test_a_bot_on_the_list_repeats_every_message_of_the_page(world: sample.Sample) -> None:
    """What repeats the page is marked as an echo on the watchlist, and speaks within three minutes of the page."""
    bots = settings.load({}, Path("none")).watchlist.echo.authors["reddit"]
    echoes = [parse_instant(line["posted_at"]) for line in world.posts if line["author"] in bots]
    said = [parse_instant(update["created_at"]) for one in RECORD.values() for update in one["updates"]]
    looked = [at for at in said if not any(gap.start - timedelta(minutes=3) <= at < gap.end for gap in GAPS["reddit"])]

    assert len(echoes) >= len(looked) > 100
    for at in looked:
        assert any(timedelta() < echo - at < timedelta(minutes=3) for echo in echoes)


def written(posts: list[dict[str, str]], window: Window) -> int:
    """Count the posts in Claude's subreddits in a window."""
    return sum(
        line["place"].startswith("r/Claude") and window.start <= datetime.fromisoformat(line["posted_at"]) < window.end
        for line in posts
    )
