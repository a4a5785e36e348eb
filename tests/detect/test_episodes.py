"""Baseline, alarms and episodes, on simulated (synthetic) counts with a known truth."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.alarms import level, likelihood_ratios
from detect.baseline import LEARNING_DAYS, expect
from detect.counts import grid
from detect.episodes import Found, find
from ingest.records import Window

START = datetime(2026, 3, 2, tzinfo=UTC)


def simulated(seed: int, days: int = 21, usual: float = 0.5) -> pd.DataFrame:
    """Draw a calm stream with the rhythm of a day."""
    index = grid(Window(START, START + timedelta(days=days)))
    hour = index.hour.to_numpy() + index.minute.to_numpy() / 60
    rate = usual * (1 + 0.6 * np.cos((hour - 16) / 24 * 2 * np.pi))
    observed = np.random.default_rng(seed).poisson(rate).astype(float)
    return pd.DataFrame({"observed": observed, "coverage": 1.0}, index=index)


def with_outage(stream: pd.DataFrame, at: datetime, minutes: int, people: int) -> pd.DataFrame:
    """Add so many people to every bucket of an outage."""
    stream = stream.copy()
    stream.loc[(stream.index >= at) & (stream.index < at + timedelta(minutes=minutes)), "observed"] += people
    return stream


def unseen(stream: pd.DataFrame, at: datetime, minutes: int) -> pd.DataFrame:
    """Let nobody look for a while."""
    stream = stream.copy()
    gap = (stream.index >= at) & (stream.index < at + timedelta(minutes=minutes))
    stream.loc[gap, "observed"] = np.nan
    stream.loc[gap, "coverage"] = 0.0
    return stream


def found(*streams: pd.DataFrame) -> Found:
    """Find the episodes of one service read on so many platforms."""
    names = ("reddit", "bluesky", "x")
    return find("claude", {name: expect(one) for name, one in zip(names, streams, strict=False)}, 1.0)


OUTAGE = START + timedelta(days=15, hours=14)


@pytest.mark.parametrize("people", [5, 12])
def test_an_outage_is_one_episode_near_its_onset(people: int) -> None:
    """A tenfold rise of an hour is one episode: alarm within a quarter of an hour, onset and end within ten minutes."""
    [episode] = found(with_outage(simulated(2), OUTAGE, 60, people)).episodes

    assert abs(episode.onset_at - OUTAGE) <= timedelta(minutes=10)
    assert timedelta() < episode.alarm_at - OUTAGE <= timedelta(minutes=15)
    assert episode.ended_at is not None
    assert abs(episode.ended_at - OUTAGE - timedelta(hours=1)) <= timedelta(minutes=10)
    assert episode.onset_earliest <= episode.onset_at <= episode.onset_latest <= episode.alarm_at
    assert people <= episode.peak_people <= people + 6


def test_the_future_changes_nothing_of_the_past() -> None:
    """Cut off after any hour, the judgement up to then is the same, bit for bit."""
    stream = with_outage(simulated(2), OUTAGE, 90, 6)
    whole = found(stream).alarms
    for hours in (14.5, 15, 16, 40):
        cut = stream[stream.index < START + timedelta(days=15, hours=hours)]
        pd.testing.assert_frame_equal(found(cut).alarms, whole.loc[cut.index])


def test_while_learning_nothing_is_judged() -> None:
    """In the first covered days an alarm is neither true nor false."""
    alarms = found(with_outage(simulated(3), START + timedelta(days=2), 60, 20)).alarms["alarm"]

    assert alarms[: LEARNING_DAYS * 288].isna().all()
    assert alarms[LEARNING_DAYS * 288 :].notna().all()


def test_where_nobody_looked_there_is_no_judgement() -> None:
    """An uncovered stretch is NA, neither calm nor alarm; with a second platform covered it is judged by that one."""
    gap = unseen(simulated(4), OUTAGE, 180)
    during = slice(OUTAGE, OUTAGE + timedelta(minutes=175))

    assert found(gap).alarms.loc[during, "alarm"].isna().all()
    assert found(gap, simulated(5)).alarms.loc[during, "alarm"].notna().all()


@pytest.mark.parametrize("seed", range(4))
def test_recovery_after_a_gap_never_alarms(seed: int) -> None:
    """Usual counts after a gap, short or long, raise nothing."""
    stream = simulated(10 + seed)
    for day in range(8, 20):
        stream = unseen(stream, START + timedelta(days=day, hours=3 * seed + 1), 40 + 60 * (day % 4))

    assert found(stream).episodes == ()


def test_a_gap_ends_no_episode() -> None:
    """Whether an outage goes on while nobody looks is not known: the episode ends only on what is seen after."""
    stream = unseen(with_outage(simulated(6), OUTAGE, 240, 8), OUTAGE + timedelta(minutes=60), 120)

    [episode] = found(stream).episodes

    assert episode.ended_at is not None
    assert episode.ended_at >= OUTAGE + timedelta(minutes=225)


def test_a_running_episode_has_no_end() -> None:
    """At the last bucket of an outage nobody can say that it is over."""
    stream = with_outage(simulated(7), OUTAGE, 600, 6)

    [episode] = found(stream[stream.index < OUTAGE + timedelta(minutes=45)]).episodes

    assert episode.ended_at is None


def test_two_people_are_no_outage() -> None:
    """However quiet a place usually is, fewer than three people in an hour raise nothing."""
    index = grid(Window(START, START + timedelta(days=15)))
    stream = pd.DataFrame({"observed": 0.0, "coverage": 1.0}, index=index)
    stream.iloc[-3:-1, 0] = 1.0

    assert found(stream).episodes == ()
    stream.iloc[-4:-1, 0] = 3.0
    assert len(found(stream).episodes) == 1


def test_yesterday_s_outage_is_not_today_s_usual() -> None:
    """After a big outage the expectation of the next day rises by less than a quarter."""
    calm, after = expect(simulated(8)), expect(with_outage(simulated(8), OUTAGE, 180, 25))
    next_day = slice(START + timedelta(days=16), START + timedelta(days=17))

    assert after.loc[next_day, "expected"].sum() < 1.25 * calm.loc[next_day, "expected"].sum()


def test_a_lasting_new_level_becomes_usual() -> None:
    """Three times as many people are the new normal after four weeks of it, and no endless episode."""
    stream = simulated(9, days=44)
    stream.loc[stream.index >= START + timedelta(days=14), "observed"] += np.random.default_rng(0).poisson(
        1.0, int((stream.index >= START + timedelta(days=14)).sum())
    )

    result = found(stream)

    assert result.alarms["alarm"][-288 * 4 :].mean() < 0.1


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(0.02, 50), st.floats(1, 10)), min_size=1, max_size=20),
    st.floats(1.5, 30),
)
def test_evidence_is_finite_and_more_people_say_more(rows: list[tuple[int, float, float]], rate: float) -> None:
    """For every count the ratio is a number, and one more person never speaks against an outage."""
    frame = pd.DataFrame(rows, columns=["observed", "expected", "dispersion"]).astype(float)
    ratios = likelihood_ratios(frame, rate)
    more = likelihood_ratios(frame.assign(observed=frame["observed"] + 1), rate)

    assert np.isfinite(ratios).all()
    assert (more >= ratios).all()


def test_a_stricter_promise_needs_more_evidence() -> None:
    """Fewer false alarms, or more platforms, ask for a higher level."""
    assert level(0.25, 1) > level(1, 1) > level(4, 1)
    assert level(1, 3) > level(1, 2) > level(1, 1)


def test_calm_weeks_keep_the_promise() -> None:
    """On 20 simulated four-week streams of calm, at one false alarm in four weeks, at most one in a week is raised."""
    raised = sum(len(found(simulated(100 + seed, days=35, usual=0.3)).episodes) for seed in range(20))

    assert raised <= 80 / 4
