"""Judged by the minute: what is told within a bucket is what every later replay tells, and no part of one is alone."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from detect.detector import volumes
from detect.detector.counts import MINUTES_TOLD, TargetCoverage, bucket_counts, grid, whole_minutes
from detect.detector.episodes import Running
from detect.detector.replay import BLIND, JUDGED, Replay
from detect.evaluation.worlds import by_minute, draw
from detect.run import judge_services
from ingest.coverage import covered_time
from ingest.records import Window

FIRST = 20_000 * 288 + 7
MINUTE = timedelta(minutes=1)
STORM = 9 * 288 + 101

Told = tuple[int, int, int, int, int, int]


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw three streams of ten days with gaps and outages: counts, coverage, and people by minute."""
    rng = np.random.default_rng(seed)
    drawn = [draw(scenario, 0.8, 10 * 288, rng) for scenario in ("season", "gaps", "bursty")]
    counts, coverage = (np.concatenate(parts, axis=1) for parts in zip(*drawn, strict=True))
    for start in (6 * 288 + 50, 8 * 288 + 131, STORM):
        counts[start : start + 12] += rng.poisson(9, (12, 3))
    return counts, coverage, by_minute(counts, rng)


def told(running: list[Running]) -> list[Told]:
    """Name what an alarm says, which nothing later may change."""
    return sorted(
        (one.alarm_minute, one.service, one.alarm, one.onset, one.earliest, one.latest) for one in running
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_what_is_told_within_a_bucket_is_what_every_replay_tells(seed: int) -> None:
    """Looked at after each minute of three outages, the alarms so far are the whole replay's up to then, to the bit."""
    counts, coverage, minutes = world(seed)
    whole = Replay(FIRST, [0, 0, 1], 1.0)
    whole.advance(counts, coverage, minutes)
    all_told, within = told(whole.peek()[1]), 0

    for start in (6 * 288 + 48, 8 * 288 + 129, STORM - 2):
        live = Replay(FIRST, [0, 0, 1], 1.0)
        live.advance(counts[:start], coverage[:start], minutes[:start])
        for bucket in range(start, start + 6):
            for place, minute in enumerate(MINUTES_TOLD):
                so_far = minutes[bucket].copy()
                so_far[place + 1 :] = np.nan
                rows, running = live.peek(so_far)
                now = (FIRST + bucket) * 5 + minute
                assert told(running) == [one for one in all_told if one[0] <= now]
                assert (rows.state[-1] == (BLIND if np.isnan(so_far[place]).all() else JUDGED)).any()
                within += told(running)[-1:] != [] and told(running)[-1][0] == now
            live.advance(*(one[bucket : bucket + 1] for one in (counts, coverage, minutes)))
            now = (FIRST + bucket + 1) * 5
            assert told(live.peek()[1]) == [one for one in all_told if one[0] <= now]
    assert within >= 2


def replayed(counts: np.ndarray, minutes: np.ndarray) -> list[Running]:
    """Judge one stream with people by minute; returns what was told from the storm's time on."""
    replay = Replay(FIRST, [0], 1.0)
    replay.advance(counts[:, None], (~np.isnan(counts)).astype(float)[:, None], minutes[:, :, None])
    return [one for one in replay.peek()[1] if FIRST + STORM <= one.alarm < FIRST + STORM + 12]


def calm() -> tuple[np.ndarray, np.ndarray]:
    """Draw a quiet stream of ten days: one person in two buckets."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(0.5, 10 * 288).astype(float)
    return counts, by_minute(counts[:, None], rng)[:, :, 0]


def rising() -> tuple[np.ndarray, np.ndarray]:
    """Let ten people complain in one bucket, and twelve in the first minute of the next."""
    counts, minutes = calm()
    counts[STORM], minutes[STORM] = 10, (2, 4, 6, 8)
    counts[STORM + 1], minutes[STORM + 1] = 12, 12
    return counts, minutes


def test_an_alarm_by_the_first_minute_stands_whatever_the_bucket_brings() -> None:
    """Twelve people in a minute after ten in a bucket are told then: nobody or a thousand later changes nothing."""
    counts, minutes = rising()
    (alone,) = replayed(counts, minutes)
    assert alone.alarm_minute == (FIRST + STORM + 1) * 5 + 1

    counts[STORM + 1], minutes[STORM + 1, 1:] = 1_000, 900
    (storm,) = replayed(counts, minutes)

    assert told([storm]) == told([alone])
    assert storm.peak_people == 1_000
    assert storm.people > 1_000


def test_what_was_told_of_an_episode_is_made_whole_when_its_bucket_is_over() -> None:
    """Told by a minute or at the bucket's end, people, peak and expectation are the same afterwards."""
    counts, minutes = rising()
    (early,) = replayed(counts, minutes)
    minutes[STORM + 1] = np.nan
    (late,) = replayed(counts, minutes)

    assert early.alarm_minute == late.alarm_minute - 4
    assert (early.people, early.peak, early.peak_people, early.severity) == (
        late.people, late.peak, late.peak_people, late.severity
    )  # fmt: skip
    assert (early.usual, early.peak_usual) == pytest.approx((late.usual, late.peak_usual))


@pytest.mark.parametrize("gap", [0, 3])
def test_no_minute_of_the_first_bucket_after_a_gap_speaks_for_an_outage(gap: int) -> None:
    """Where nobody looked for a quarter of an hour, what had piled up is told by no minute; without a gap it is."""
    counts, minutes = calm()
    counts[STORM - gap - 1], minutes[STORM - gap - 1] = 10, (2, 4, 6, 8)
    counts[STORM - gap : STORM], minutes[STORM - gap : STORM] = np.nan, np.nan
    counts[STORM], minutes[STORM] = 40, 40

    alarms = [one.alarm_minute - (FIRST + STORM) * 5 for one in replayed(counts, minutes)]

    assert [minute for minute in alarms if 0 < minute <= 5] == ([] if gap else [1])


def test_no_storm_within_one_bucket_is_an_alarm() -> None:
    """A thousand people in a bucket's first minute raise nothing by any minute, nor in the hour after it."""
    counts, minutes = calm()
    counts[STORM], minutes[STORM] = 1_000, 1_000

    assert replayed(counts, minutes) == []


def test_two_people_by_a_minute_are_no_outage_and_a_third_makes_one() -> None:
    """However surprising, fewer than three people since the onset raise nothing; the minute of the third one does."""
    counts, minutes = np.zeros(10 * 288), np.zeros((10 * 288, 4))
    counts[STORM], minutes[STORM] = 2, (0, 0, 1, 1)
    counts[STORM + 1], minutes[STORM + 1] = 5, (0, 0, 1, 5)
    replay = Replay(FIRST, [0], 200.0)
    replay.advance(counts[:, None], np.ones((len(counts), 1)), minutes[:, :, None])

    (one,) = replay.peek()[1]

    assert one.alarm_minute == (FIRST + STORM + 1) * 5 + 3


def test_a_level_is_set_by_the_minutes_too() -> None:
    """Where people write at a bucket's beginning, its minutes exceed its end, and the level is the higher for it."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(0.5, (40 * 288, 1)).astype(float)
    levels = []
    for minutes in (np.repeat(counts[:, None], 4, axis=1), np.full((len(counts), 4, 1), np.nan)):
        replay = Replay(FIRST, [0], 1.0)
        replay.advance(counts, np.ones_like(counts), minutes)
        levels.append(replay.promise.levels[0])

    assert levels[0] > levels[1] + 0.3


def windows() -> list[list[Window]]:
    """Look at two targets: the one without a break for half an hour, the other from 00:02:30 to 00:13:59."""
    start = datetime(2026, 4, 1, tzinfo=UTC)
    return [
        [Window(start, start + 12 * MINUTE), Window(start + 12 * MINUTE, start + 30 * MINUTE)],
        [Window(start + 2.5 * MINUTE, start + 14 * MINUTE - timedelta(seconds=1))],
    ]


def test_whole_minutes_are_those_that_every_target_was_seen_from_the_start() -> None:
    """They agree with plain arithmetic on windows: a late beginning leaves none, an early end what was before it."""
    targets = [TargetCoverage(tuple(listed), 5) for listed in windows()]
    buckets = grid(Window(windows()[0][0].start, windows()[0][1].end))

    found = whole_minutes(targets, buckets)

    for start, minutes in found.items():
        seen = [
            minute
            for minute in range(1, 6)
            if all(covered_time(Window(start, start + minute * MINUTE), each) == minute * MINUTE for each in windows())
        ]
        assert minutes == max(seen, default=0)
    assert found.tolist() == [0, 5, 3, 0, 0, 0]


def test_a_minute_is_told_where_all_was_seen_up_to_then() -> None:
    """Of a bucket of which three minutes were seen, people are told by each of the three, and none by the fourth."""
    buckets = grid(Window(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 1, 0, 5, tzinfo=UTC)))
    at = [buckets[0] + timedelta(seconds=second) for second in (10, 65, 70, 239)]
    people = pd.DataFrame({"counted_at": pd.to_datetime(at, utc=True), "person": [1, 1, 2, 3]})

    row = bucket_counts(people, pd.Series(0.6, index=buckets), pd.Series(3, index=buckets)).iloc[0]

    assert [row[f"by_minute_{minute}"] for minute in (1, 2, 3)] == [1, 2, 2]
    assert np.isnan(row["by_minute_4"])
    assert row["observed"] == 3


def said(begin: datetime, days: int, outage: datetime) -> pd.DataFrame:
    """Let somebody complain every forty minutes, and twenty people a minute for ten minutes of an outage."""
    at = [begin + timedelta(minutes=40 * n, seconds=17) for n in range(days * 36)]
    at += [outage + timedelta(seconds=3 * n) for n in range(200)]
    times = pd.to_datetime(at, utc=True)
    return pd.DataFrame(
        {
            "service": "claude", "platform": "reddit", "kind": "outage", "counted_at": times, "seen_at": times,
            "post_key": range(len(at)), "person": range(len(at)), "symptom": None, "surface": None, "model": None,
            "fingerprint": None, "first_at": times, "platform_since": times[0], "repeats": False,
        }
    )  # fmt: skip


def test_a_run_as_of_any_minute_tells_the_alarm_that_later_runs_tell() -> None:
    """Run as of each half minute of an outage, the alarm comes once, at one instant, and is never taken back."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    outage = begin + timedelta(days=4, hours=9, minutes=5)
    known = said(begin, 5, outage)
    heard = []
    for half in range(14):
        as_of = outage + timedelta(seconds=30 * half)
        seen = {"reddit": [TargetCoverage((Window(begin, as_of),), 100)]}
        judged = judge_services(
            known[known["counted_at"] < as_of], {"claude": seen}, as_of, 1.0, volumes.Judged(pd.DataFrame()), ()
        )["claude"]
        heard.append([(one.episode.episode_id, one.episode.onset_at, one.episode.alarm_at) for one in judged.episodes])
        assert all(alarm_at <= as_of for _, _, alarm_at in heard[-1])
        rows = judged.buckets[judged.buckets["kind"] == "outage"]
        assert rows.loc[rows["observed"].notna(), "expected"].iloc[-1] > 0

    first = heard.index(next(one for one in heard if one))
    assert outage + timedelta(seconds=30 * first) - heard[first][0][2] == timedelta()
    assert heard[first][0][2].minute % 5 != 0
    assert all(one == heard[first] for one in heard[first:])
