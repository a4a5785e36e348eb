"""Baseline, alarms and episodes, on simulated (synthetic) counts with a known truth."""

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.detector.alarms import likelihood_ratios
from detect.detector.counts import grid
from detect.detector.episodes import Episode, Recent, keep_ids, opened, together
from detect.detector.finding import Found, find
from detect.detector.tuning import Tuning
from ingest.records import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
OUTAGE = START + timedelta(days=15, hours=14)
MINUTE = timedelta(minutes=1)


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
    stream.loc[(stream.index >= at) & (stream.index < at + minutes * MINUTE), "observed"] += people
    return stream


def unseen(stream: pd.DataFrame, at: datetime, minutes: int) -> pd.DataFrame:
    """Let nobody look for a while."""
    stream = stream.copy()
    gap = (stream.index >= at) & (stream.index < at + minutes * MINUTE)
    stream.loc[gap, "observed"] = np.nan
    stream.loc[gap, "coverage"] = 0.0
    return stream


def found(*streams: pd.DataFrame, promise: float = 1.0) -> Found:
    """Find the episodes of one service read on so many platforms."""
    named = dict(zip(("reddit", "bluesky", "x"), streams, strict=False))
    return find({"claude": named}, {"claude": promise})["claude"]


@pytest.mark.parametrize("people", [5, 12])
def test_an_outage_is_one_episode_near_its_onset(people: int) -> None:
    """A tenfold rise of an hour is one episode: alarm within a quarter of an hour, onset and end within ten minutes."""
    [episode] = found(with_outage(simulated(2), OUTAGE, 60, people)).episodes

    assert abs(episode.onset_at - OUTAGE) <= 10 * MINUTE
    assert timedelta() < episode.alarm_at - OUTAGE <= 15 * MINUTE
    assert episode.ended_at is not None
    assert abs(episode.ended_at - OUTAGE - timedelta(hours=1)) <= 10 * MINUTE
    assert episode.onset_earliest <= episode.onset_at <= episode.onset_latest <= episode.alarm_at
    assert people <= episode.peak_people <= people + 6
    assert episode.severity == (2 if people == 5 else 3)


@pytest.mark.parametrize("storm", [1.0, 1_000.0])
def test_an_episode_begins_where_the_change_is_the_likeliest(storm: float) -> None:
    """A lull does not move the onset to where the sharpest question left zero, nor a storm to before any of them."""
    people, now = np.ones((288, 1)), 5_000_000
    people[-6:, 0], people[100, 0] = (4, 5, 0, 1, 6, 7), storm
    values, since = np.array([[5.0, 9.0]]), np.array([[now - 20, now - 1]])

    running = opened(
        0, Recent(people, np.ones_like(people), now), values, since, np.array([True]), (now + 1) * 5, Tuning()
    )  # fmt: skip

    assert running is not None
    assert (running.onset, running.earliest, running.latest) == (now - 5, now - 6, now - 1)
    assert running.people == 23


def test_people_told_by_the_minute_raise_the_alarm_within_the_bucket() -> None:
    """Where it is known who had written by the third minute, a huge rise is told then, not at the bucket's end."""
    stream = with_outage(simulated(2), OUTAGE, 60, 12)
    by_then = stream["observed"].where(stream["observed"] > 10, stream["observed"] // 2)
    told = stream.assign(by_minute_3=by_then, by_minute_4=by_then)

    [late], [early] = found(stream).episodes, found(told).episodes

    assert late.alarm_at - early.alarm_at == 2 * MINUTE
    assert msgspec.structs.replace(early, alarm_at=late.alarm_at, episode_id=late.episode_id) == late


def test_while_learning_nothing_is_judged() -> None:
    """In the first covered days an alarm is neither true nor false, and the state says why."""
    alarms = found(with_outage(simulated(3), START + timedelta(days=2), 60, 20)).alarms
    learned = int(Tuning().learning_days * 288) + 2 * 12

    assert alarms["alarm"][:learned].isna().all()
    assert set(alarms["state"][:learned]) == {"learning"}
    assert alarms["alarm"][learned:].notna().all()
    assert set(alarms["state"][learned:]) == {"judged"}


def test_where_nobody_looked_there_is_no_judgement() -> None:
    """An uncovered stretch is NA, neither calm nor alarm; with a second platform covered it is judged by that one."""
    gap = unseen(simulated(4), OUTAGE, 180)
    during = slice(OUTAGE, OUTAGE + timedelta(minutes=175))

    alone = found(gap).alarms.loc[during]
    assert alone["alarm"].isna().all()
    assert set(alone["state"]) == {"blind"}
    assert found(gap, simulated(5)).alarms.loc[during, "alarm"].notna().all()


@pytest.mark.parametrize("seed", range(4))
def test_recovery_after_a_gap_never_alarms(seed: int) -> None:
    """In the two hours after a gap nothing alarms, though the first bucket holds forty people who had piled up."""
    stream, ends = simulated(10 + seed), []
    for day in range(8, 20):
        gap = START + timedelta(days=day, hours=3 * seed + 1)
        minutes = 40 + 60 * (day % 4)
        stream = unseen(stream, gap, minutes)
        stream.loc[gap + minutes * MINUTE, "observed"] += 40
        ends.append(gap + minutes * MINUTE)

    assert not [
        one for one in found(stream).episodes for end in ends if timedelta() < one.alarm_at - end < 120 * MINUTE
    ]


def test_a_gap_ends_no_episode() -> None:
    """Whether an outage goes on while nobody looks is not known: the episode ends only on what is seen after."""
    stream = unseen(with_outage(simulated(6), OUTAGE, 240, 8), OUTAGE + 60 * MINUTE, 120)

    [episode] = found(stream).episodes

    assert episode.ended_at is not None
    assert episode.ended_at >= OUTAGE + 225 * MINUTE


def test_a_running_episode_has_no_end() -> None:
    """At the last bucket of an outage nobody can say that it is over."""
    stream = with_outage(simulated(7), OUTAGE, 600, 6)

    [episode] = found(stream[stream.index < OUTAGE + 45 * MINUTE]).episodes

    assert episode.ended_at is None


def test_a_far_larger_outage_inside_an_episode_is_another_one() -> None:
    """Where complaints smoulder for hours, a tenfold jump above that is told, with an onset of its own."""
    stream = with_outage(with_outage(simulated(2, usual=1.0), OUTAGE, 600, 4), OUTAGE + 240 * MINUTE, 90, 60)

    first, second = [one for one in found(stream).episodes if one.alarm_at > OUTAGE][:2]

    assert first.ended_at is not None
    assert abs(second.onset_at - OUTAGE - 240 * MINUTE) <= 10 * MINUTE
    assert first.ended_at <= second.alarm_at <= OUTAGE + 260 * MINUTE


def test_two_people_are_no_outage() -> None:
    """However quiet a place usually is, fewer than three people raise nothing; nine in a quarter of an hour do."""
    index = grid(Window(START, START + timedelta(days=15)))
    stream = pd.DataFrame({"observed": 0.0, "coverage": 1.0}, index=index)
    stream.iloc[-3:-1, 0] = 1.0

    assert found(stream, promise=20).episodes == ()
    stream.iloc[-4:-1, 0] = 3.0
    assert len(found(stream).episodes) == 1


def test_one_enormous_bucket_is_no_outage_and_teaches_little() -> None:
    """A single storm of a million people raises nothing, and the next day's expectation stays within a tenth."""
    calm, storm = simulated(8), simulated(8)
    storm.loc[OUTAGE, "observed"] = 1e6
    next_day = slice(START + timedelta(days=16), START + timedelta(days=17))

    assert found(storm).episodes == ()
    usual, after = (found(one).streams["reddit"].loc[next_day, "expected"].sum() for one in (calm, storm))
    assert after == pytest.approx(usual, rel=0.1)


def test_a_spike_that_the_next_bucket_bears_out_is_one() -> None:
    """What a thousand people in five minutes say alone is not believed; with twenty more after them it is."""
    storm = simulated(8)
    storm.loc[OUTAGE, "observed"] = 1_000.0
    storm.loc[OUTAGE + timedelta(minutes=5), "observed"] = 20.0

    (episode,) = found(storm).episodes

    assert episode.alarm_at == OUTAGE + timedelta(minutes=10)
    assert episode.onset_at == OUTAGE


def test_yesterday_s_outage_is_not_today_s_usual() -> None:
    """After a big outage the expectation of the next day rises by less than a quarter."""
    calm, after = found(simulated(8)), found(with_outage(simulated(8), OUTAGE, 180, 25))
    next_day = slice(START + timedelta(days=16), START + timedelta(days=17))
    sums = [one.streams["reddit"].loc[next_day, "expected"].sum() for one in (calm, after)]

    assert sums[1] < 1.25 * sums[0]


def test_a_lasting_new_level_becomes_usual() -> None:
    """Three times as many people are the new normal after two days of it, told as such, and no endless episode."""
    stream = simulated(9, days=30)
    risen = stream.index >= START + timedelta(days=14)
    stream.loc[risen, "observed"] += np.random.default_rng(0).poisson(1.0, int(risen.sum()))

    result = found(stream)

    assert [episode.settled for episode in result.episodes][:1] == [True]
    assert result.alarms["alarm"][-288 * 7 :].mean() < 0.1


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.02, 1e6), st.floats(1, 100)), min_size=1, max_size=20),
    st.floats(1.5, 30),
)
def test_evidence_is_finite_and_more_people_say_more(rows: list[tuple[int, float, float]], rate: float) -> None:
    """For every count the ratio is a number, and one more person never speaks against an outage."""
    counts, people, dispersion = np.array(rows, dtype=float).T
    ratios = likelihood_ratios(counts, people, dispersion, (rate,))
    more = likelihood_ratios(counts + 1, people, dispersion, (rate,))

    assert np.isfinite(ratios).all()
    assert (more >= ratios).all()


def test_an_episode_keeps_its_id_and_its_severity_when_late_posts_move_its_alarm() -> None:
    """Told again with an earlier alarm and fewer people, it is the same episode, no less grave; another one is new."""
    stream = with_outage(simulated(2), OUTAGE, 60, 12)
    [told] = found(stream).episodes
    [again] = found(with_outage(stream, OUTAGE - 10 * MINUTE, 10, 9)).episodes
    [other] = found(with_outage(simulated(2), OUTAGE + timedelta(days=2), 60, 5)).episodes

    assert again.episode_id != told.episode_id
    known = msgspec.structs.replace(told, severity=3)
    assert [one.episode_id for one in keep_ids([other, again], [known])] == [told.episode_id, other.episode_id]
    assert keep_ids([msgspec.structs.replace(again, severity=1)], [known])[0].severity == 3


def test_episodes_of_two_services_in_one_hour_name_each_other() -> None:
    """A rise on several services at once is noted with each of them; one of a day later is not, nor one of its own."""
    [mine] = found(with_outage(simulated(2), OUTAGE, 60, 5)).episodes

    def shifted(service: str, minutes: int) -> Episode:
        return msgspec.structs.replace(
            mine, service=service, episode_id=f"{service}{minutes}", onset_at=mine.onset_at + minutes * MINUTE
        )

    met = together([mine, shifted("openai", 20), shifted("gemini", 1440), shifted("claude", 30)])

    assert met == {mine.episode_id: ("openai20",), "claude30": ("openai20",), "openai20": (mine.episode_id, "claude30")}


def test_calm_weeks_keep_the_promise() -> None:
    """On 20 simulated five-week streams of calm, at one false alarm in four weeks, at most two of them raise more."""
    streams = {f"s{seed}": {"x": simulated(100 + seed, days=35, usual=0.3)} for seed in range(20)}
    raised = [len(one.episodes) for one in find(streams, dict.fromkeys(streams, 1.0)).values()]

    assert sum(raised) <= 40
    assert sum(count > 3 for count in raised) <= 2
