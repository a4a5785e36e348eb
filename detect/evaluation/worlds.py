"""Simulated worlds with a known truth: calm streams of seven characters at five rates. All of it is synthetic.

The parameters stand here and nowhere else; they were written down before any detector was run on them. Every
character but the first has the rhythm of the day and the week and a slow trend.
"""

import numpy as np

from detect.detector.counts import MINUTES_TOLD

RATES = (0.05, 0.2, 1.0, 5.0, 20.0)
"""Usual people per 5-minute bucket, averaged over a week."""

SCENARIOS = ("flat", "season", "dispersed", "bursty", "news", "gaps_as_zeros", "gaps")
"""What a calm stream may be like; see `draw`."""

DAY, WEEK = 288, 2016
"""Buckets."""

MONDAY = 4 * DAY
"""A bucket since the epoch at which the worlds' week begins."""

HOUR_AMPLITUDE, HOUR_PEAK = 0.6, 16.0
"""The day: a cosine around the mean, highest at 16:00 UTC."""

WEEKEND = 0.6
"""Saturdays and Sundays, times a weekday."""

TREND_PER_WEEK = 0.01
"""Growth of the rate a week, about its middle."""

DISPERSION = 2.0
"""Variance over mean of the negative binomial of `dispersed`."""

BURST_SD, BURST_HOURS = 0.4, 2.0
"""Of `bursty`: the standard deviation of the rate's logarithm, and how long it remembers itself."""

NEWS_RISE, NEWS_HOURS = 2.0, 1.0
"""Of `news`: once a week, at some hour, the rate jumps to 1 + rise and decays with this time."""

GAP_CHANCE, GAP_HOURS = 0.8, 1.5
"""Of the gaps: the chance a day, and the mean length; 15 minutes at least, 6 hours at most."""


def rates(scenario: str, rate: float, buckets: int, rng: np.random.Generator, streams: int = 1) -> np.ndarray:
    """Compute the true usual rate of each bucket, buckets x streams, starting at a Monday's midnight."""
    if scenario == "flat":
        return np.full((buckets, streams), rate)
    at = np.arange(buckets)
    hour = 1 + HOUR_AMPLITUDE * np.cos((at % DAY / 12 - HOUR_PEAK) / 24 * 2 * np.pi)
    week = np.where(at // DAY % 7 >= 5, WEEKEND, 1.0) * 7 / (5 + 2 * WEEKEND)
    trend = np.exp(TREND_PER_WEEK * (at - buckets / 2) / WEEK)
    usual = np.repeat((rate * hour * week * trend)[:, None], streams, axis=1)
    if scenario in {"bursty", "news"}:
        usual *= np.exp(_remembering(buckets, streams, rng) * BURST_SD - BURST_SD**2 / 2)
    if scenario == "news":
        age = np.full((buckets, streams), np.inf)
        for week_start in range(0, buckets, WEEK):
            starts = week_start + rng.integers(0, WEEK, streams)
            since = at[:, None] - starts[None, :]
            age = np.where(since >= 0, np.minimum(age, since), age)
        usual *= 1 + NEWS_RISE * np.exp(-age / (12 * NEWS_HOURS))
    return usual


def draw(
    scenario: str, rate: float, buckets: int, rng: np.random.Generator, streams: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Draw calm streams.

    Parameters
    ----------
    scenario
        flat; season: hour x weekday x trend; dispersed: negative binomial; bursty: the rate's logarithm remembers
        itself; news: bursty with a weekly rise; gaps_as_zeros: nobody looked on most days for a while, and the zeros
        are told as if somebody had; gaps: the same, told as what it is.
    rate
        Usual people per bucket.

    Returns
    -------
    Counts (NaN where not covered) and coverage (0 to 1), buckets x streams.
    """
    usual = rates(scenario, rate, buckets, rng, streams)
    if scenario == "dispersed":
        usual = rng.gamma(usual / (DISPERSION - 1), DISPERSION - 1)
    counts = rng.poisson(usual).astype(float)
    coverage = np.ones_like(counts)
    if scenario.startswith("gaps"):
        hidden = gaps(buckets, streams, rng)
        counts[hidden] = 0.0 if scenario == "gaps_as_zeros" else np.nan
        if scenario == "gaps":
            coverage[hidden] = 0.0
    return counts, coverage


def by_minute(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw how many of a bucket's people had written by the end of its minutes told, each at any time alike.

    Returns
    -------
    Buckets x minutes told x streams; NaN where the count is.
    """
    left, until = np.nan_to_num(counts).astype(np.int64), 5
    drawn = np.empty((len(counts), len(MINUTES_TOLD), counts.shape[1]))
    for place, minute in reversed(list(enumerate(MINUTES_TOLD))):
        left, until = rng.binomial(left, minute / until), minute
        drawn[:, place] = left
    drawn[np.broadcast_to(np.isnan(counts)[:, None], drawn.shape)] = np.nan
    return drawn


def _remembering(buckets: int, streams: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a standard normal series that forgets itself with `BURST_HOURS`."""
    keep = float(np.exp(-1 / (12 * BURST_HOURS)))
    noise = rng.standard_normal((buckets, streams))
    noise[1:] *= np.sqrt(1 - keep**2)
    for i in range(1, buckets):
        noise[i] += keep * noise[i - 1]
    return noise


def gaps(buckets: int, streams: int, rng: np.random.Generator) -> np.ndarray:
    """Draw in which buckets nobody looked, buckets x streams."""
    hidden = np.zeros((buckets, streams), dtype=bool)
    for stream in range(streams):
        for start in range(0, buckets, DAY):
            if rng.random() < GAP_CHANCE:
                first = start + rng.integers(0, DAY)
                length = int(np.clip(rng.exponential(12 * GAP_HOURS), 3, 72))
                hidden[first : first + length, stream] = True
    return hidden
