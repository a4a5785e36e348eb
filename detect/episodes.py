"""From evidence to episodes: what the public felt, each with onset, alarm, peak and end; one alarm each.

One pass in time order; nothing looks ahead. Before an alarm the statistic of `alarms` runs; within an episode a
reverse one asks whether complaints are back to the usual, and its last zero is the end.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import numpy as np
import pandas as pd

from detect.alarms import (
    FEWEST_PEOPLE,
    LONG_GAP,
    Statistic,
    evidence,
    evidence_of_end,
    level,
    people_in_last_hour,
)
from detect.counts import BUCKET

END_LEVEL = 3.0
"""Evidence, in nats, that complaints are back to the usual: twenty to one."""

LONGEST = 576
"""Buckets after which an episode is taken for the new normal: 48 hours."""


class Episode(msgspec.Struct, frozen=True):
    """What the public felt.

    `alarm_at` is the end of the bucket in which the statistic crossed, `peak_at` a bucket's start, `ended_at` None
    while it runs or where nobody has looked since. `people` sums the distinct people of its buckets.
    """

    episode_id: str
    service: str
    onset_at: datetime
    onset_earliest: datetime
    onset_latest: datetime
    alarm_at: datetime
    peak_at: datetime
    peak_people: int
    peak_expected: float
    ended_at: datetime | None
    people: int
    platforms: tuple[str, ...]


class Found(msgspec.Struct, frozen=True):
    """The episodes of one service, and what led to them.

    `alarms` has, per bucket, `statistic`, `level` and `alarm`: True, False, or NA where nothing could be judged.
    """

    episodes: tuple[Episode, ...]
    alarms: pd.DataFrame


class _Open(msgspec.Struct):
    """An episode that is still running: since when, raised when, and the reverse statistic."""

    onset: int
    earliest: int
    alarm: int
    platforms: set[str]
    back: float = 0.0
    back_since: int = 0
    last_seen: int = 0


def find(service: str, streams: Mapping[str, pd.DataFrame], false_alarms_per_4_weeks: float) -> Found:
    """Find the episodes of one service.

    Parameters
    ----------
    streams
        Per platform a frame on one common gapless grid with `observed`, `coverage`, `expected`, `dispersion`.
    false_alarms_per_4_weeks
        The promise.
    """
    index = pd.DatetimeIndex(next(iter(streams.values())).index)
    count = len(index)
    names = list(streams)
    rising = {name: evidence(streams[name]) for name in names}
    falling = {name: evidence_of_end(streams[name]) for name in names}
    judged = {name: ~np.isnan(falling[name]) for name in names}
    people = people_in_last_hour(streams)
    statistics = {name: Statistic([0.0] * 3, [0] * 3) for name in names}
    values, levels = np.full(count, np.nan), np.full(count, np.nan)
    state = np.full(count, -1, dtype=np.int8)
    found: list[Episode] = []
    running: _Open | None = None
    for i in range(count):
        live = [name for name in names if judged[name][i]]
        for name in names:
            statistic = statistics[name]
            if judged[name][i]:
                if statistic.uncovered >= LONG_GAP:
                    statistic.reset(i)
                statistic.uncovered = 0
                statistic.add(rising[name][i], i)
            else:
                statistic.uncovered += 1
        if not live:
            continue
        values[i] = sum(statistics[name].best for name in live)
        levels[i] = level(false_alarms_per_4_weeks, len(live))
        if running is None:
            state[i] = int(values[i] >= levels[i] and people[i] >= FEWEST_PEOPLE)
            if state[i]:
                running = _opened(statistics, live, i)
        else:
            state[i] = 1
            end = _continued(running, live, falling, rising, i)
            if end is not None:
                found.append(_closed(service, index, streams, running, end))
                running = None
                for statistic in statistics.values():
                    statistic.reset(i + 1)
    if running is not None:
        found.append(_closed(service, index, streams, running, None, seen_to=running.last_seen))
    alarm = pd.arrays.BooleanArray(state == 1, state < 0)
    return Found(tuple(found), pd.DataFrame({"statistic": values, "level": levels, "alarm": alarm}, index=index))


def _opened(statistics: Mapping[str, Statistic], live: list[str], now: int) -> _Open:
    """Open an episode: its onset is that of the platform that says most, the earliest that of any that says much."""
    speaking = [name for name in live if statistics[name].best > 0]
    loudest = max(speaking, key=lambda name: statistics[name].best)
    onset = min(statistics[loudest].onset, now)
    earliest = min(min(statistics[name].since) for name in speaking)
    loud = {name for name in speaking if statistics[name].best >= 1.0}
    return _Open(onset=onset, earliest=min(earliest, onset), alarm=now, platforms=loud or {loudest},
                 back_since=now + 1, last_seen=now)  # fmt: skip


def _continued(
    running: _Open, live: list[str], falling: Mapping[str, np.ndarray], rising: Mapping[str, np.ndarray], now: int
) -> int | None:
    """Take one more bucket in; returns the bucket of the end once it is known."""
    running.last_seen = now
    running.platforms |= {name for name in live if rising[name][now].max() > 1.0}
    gain = sum(float(falling[name][now]) for name in live)
    if running.back + gain <= 0:
        running.back, running.back_since = 0.0, now + 1
    else:
        running.back += gain
    if running.back >= END_LEVEL or now - running.alarm >= LONGEST:
        return min(running.back_since, now)
    return None


def _closed(
    service: str, index: pd.DatetimeIndex, streams: Mapping[str, pd.DataFrame], running: _Open, end: int | None,
    seen_to: int | None = None,
) -> Episode:  # fmt: skip
    last = end if end is not None else (seen_to or running.alarm) + 1
    span = slice(running.onset, max(last, running.alarm + 1))
    observed = _sum(streams, "observed")[span]
    expected = _sum(streams, "expected")[span]
    peak = int(np.argmax(observed))
    alarm_at = (index[running.alarm] + BUCKET).to_pydatetime()
    return Episode(
        episode_id=f"{service}-{alarm_at:%Y%m%dT%H%MZ}",
        service=service,
        onset_at=index[running.onset].to_pydatetime(),
        onset_earliest=index[running.earliest].to_pydatetime(),
        onset_latest=(index[min(running.onset + 1, running.alarm)]).to_pydatetime(),
        alarm_at=alarm_at,
        peak_at=index[running.onset + peak].to_pydatetime(),
        peak_people=int(observed[peak]),
        peak_expected=round(float(expected[peak]), 2),
        ended_at=None if end is None else max(index[end].to_pydatetime(), alarm_at),
        people=int(observed.sum()),
        platforms=tuple(sorted(running.platforms)),
    )


def _sum(streams: Mapping[str, pd.DataFrame], column: str) -> np.ndarray:
    """Add one column over the platforms; where one was not covered the others stand for what is known."""
    total: np.ndarray = np.sum([stream[column].fillna(0.0).to_numpy(float) for stream in streams.values()], axis=0)
    return total
