"""On simulated streams whose truth is known: how far the delay is from the least possible."""

import copy
from collections import Counter

import numpy as np

from detect.detector.learning import BLOCK
from detect.detector.replay import Replay
from detect.detector.tuning import Tuning
from detect.evaluation.limit import BUCKETS_IN_4_WEEKS, RATES, RATIOS, least_delay
from detect.evaluation.sizes import Size
from detect.evaluation.stamped import Row, Table, Within
from detect.evaluation.worlds import MONDAY, WEEK, by_minute, draw

SIX_HOURS = 72.0
"""Buckets: where the limit is more, nobody waits for counts."""


def delay(size: Size, seed: int, tuning: Tuning | None = None, rates: tuple[float, ...] = RATES) -> list[Table]:
    """Measure the mean delay at one false alarm in four weeks, as measured, beside the exact limit.

    The baseline is learned on five calm weeks; outages begin at moments of the weeks after, each on a copy of the
    state, so that no outage teaches the next. Delays at three promises are interpolated to the measured rate. The limit
    is that of whole buckets; ours judges by the minute, so that it may be below it where much comes at once.
    """
    rows: list[Row] = []
    missed, wanted = [], 0
    for rate in rates:
        for ratio, (mean, low, high) in mean_delays(rate, size, seed, tuning).items():
            limit = least_delay(rate, ratio).typical
            allowed = 1.25 * limit + 1
            rows.append((rate, ratio, limit, Within(mean, low, high), mean / limit, allowed))
            if limit <= SIX_HOURS:
                wanted += 1
                if mean > allowed:
                    missed.append(f"l0={rate:g} r={ratio:g}")
    goals = (
        f"mean delay at most 1.25 x limit + 1 bucket in {wanted - len(missed)} of {wanted} cells whose limit is six "
        f"hours or less; missed: {', '.join(missed) or 'none'}",
    )
    sample = (
        f"synthetic; {size.delay_streams} streams at each of {len(PROMISES)} promises, {size.delay_weeks} weeks for "
        f"the false alarms, {size.moments} moments of onset; judged by the minute, the limit at a bucket's end; "
        "90 % by drawing false alarms and delays again"
    )
    columns = ("l0", "r", "limit", "mean delay", "over limit", "wanted at most")
    return [
        Table("delay", "Mean delay in buckets of 5 minutes, at one false alarm in 4 weeks",
              "python -m detect evaluate delay", sample, columns, tuple(rows), goals)
    ]  # fmt: skip


def mean_delays(
    rate: float, size: Size, seed: int, tuning: Tuning | None = None
) -> dict[float, tuple[float, float, float]]:
    """Give the mean delay at one measured false alarm in four weeks, by ratio, with its interval of 90 %."""
    alarms, four_weeks, delays = _delays(rate, size, seed, tuning)
    drawn = np.random.default_rng(1)
    counts = np.vstack([alarms, drawn.poisson(alarms, (RESAMPLES, len(PROMISES)))])
    logs = np.log(np.maximum(counts / four_weeks, 1e-2))
    found = {}
    for ratio in RATIOS:
        each = [delays[ratio, n] for n in range(len(PROMISES))]
        means = np.array([one.mean() for one in each])
        errors = np.array([one.std() / np.sqrt(len(one)) for one in each])
        means = np.vstack([means, drawn.normal(means, errors, (RESAMPLES, len(PROMISES)))])
        order = np.argsort(logs, axis=1)
        at_one = [float(np.interp(0.0, log[by], mean[by])) for log, mean, by in zip(logs, means, order, strict=True)]
        low, high = np.percentile(at_one[1:], (5, 95))
        found[ratio] = at_one[0], float(low), float(high)
    return found


RESAMPLES = 300

PROMISES = (0.5, 1.0, 2.0)


def _delays(
    rate: float, size: Size, seed: int, tuning: Tuning | None
) -> tuple[np.ndarray, float, dict[tuple[float, int], np.ndarray]]:
    """Give the false alarms at each promise, in how many times four weeks, and the delays by ratio and promise."""
    rng, within = (np.random.default_rng([seed, int(rate * 100), number]) for number in (1, 2))
    each = size.delay_streams
    streams = each * len(PROMISES)
    replay = Replay(MONDAY, np.arange(streams), np.repeat(PROMISES, each), tuning=tuning)
    _go_on(replay, draw("flat", rate, 5 * WEEK, rng, streams), within)
    before = Counter(running.service // each for running in replay.episodes)
    span = size.delay_weeks * WEEK // size.moments // BLOCK * BLOCK
    found: dict[tuple[float, int], list[np.ndarray]] = {}
    for _ in range(size.moments):
        _go_on(replay, draw("flat", rate, span, rng, streams), within)
        for ratio in RATIOS:
            for promise, delays in enumerate(_one_moment(replay, rate, ratio, rng, within, each)):
                found.setdefault((ratio, promise), []).append(delays)
    after = Counter(running.service // each for running in replay.episodes)
    four_weeks = each * span * size.moments / BUCKETS_IN_4_WEEKS
    alarms = np.array([after[n] - before[n] for n in range(len(PROMISES))])
    return alarms, four_weeks, {key: np.concatenate(parts) for key, parts in found.items()}


def _go_on(replay: Replay, drawn: tuple[np.ndarray, np.ndarray], within: np.random.Generator) -> None:
    replay.advance(*drawn, by_minute(drawn[0], within))


def _one_moment(
    replay: Replay, rate: float, ratio: float, rng: np.random.Generator, within: np.random.Generator, each: int
) -> list[np.ndarray]:  # fmt: skip
    """Let an outage begin in all streams at once, on a copy; misses count with ten times the limit."""
    ahead = copy.deepcopy(replay)
    ahead.walk.over = []
    lead = int(rng.integers(0, BLOCK))
    length = int(max(24, 10 * least_delay(rate, ratio).typical)) // BLOCK * BLOCK + BLOCK
    onset = ahead.block * BLOCK + lead
    usual = np.where(np.arange(lead + length) < lead, rate, ratio * rate)[: length // BLOCK * BLOCK]
    streams = len(ahead.service_of)
    counts = rng.poisson(usual[:, None], (len(usual), streams)).astype(float)
    busy = set(ahead.walk.running)
    _go_on(ahead, (counts, np.ones_like(counts)), within)
    first = np.full(streams, float(len(usual) - lead))
    for running in ahead.episodes:
        if running.alarm < onset:
            busy.add(running.service)
        else:
            waited = running.alarm_minute / replay.step - onset
            first[running.service] = min(first[running.service], waited)
    return [
        first[[stream for stream in range(n, n + each) if stream not in busy]] for n in range(0, streams, each)
    ]  # fmt: skip
