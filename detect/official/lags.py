"""Signed lags: who was how late, per pair and over all; each with its interval, and none without its sign. Pure."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from detect.official.corroborate import Felt, Match
from ingest.times import minutes

RESAMPLES = 2000
FEWEST = 5
"""Values below which a resampled interval says nothing: then it is None."""

SEED = 6


class PairLags(msgspec.Struct, frozen=True):
    """The lags of one pair, in minutes: the later minus the earlier of its name, so that a minus is a surprise.

    `acknowledgement_lag_min` is the page's word minus the onset, `declared_lag_min` the alarm minus the declared start.
    None where one of the two is not known.
    """

    acknowledgement_lag_min: float
    alarm_to_page_min: float
    available_to_page_min: float | None
    declared_to_onset_min: float | None
    declared_lag_min: float | None
    declared_to_page_min: float | None


class Spread(msgspec.Struct, frozen=True):
    """How one lag is spread over its pairs, in minutes.

    `page_first` counts the values below zero. `median_low` and `median_high` bound the median with 95 % confidence:
    percentiles of the medians of 2,000 resamples, None of fewer than five values.
    """

    service: str
    lag: str
    n: int
    page_first: int
    lowest: float
    p10: float
    p25: float
    median: float
    p75: float
    p90: float
    highest: float
    median_low: float | None
    median_high: float | None


def of_pair(pair: Match, felt: Felt) -> PairLags:
    """Compute the lags of one pair."""
    episode, spoke, declared = felt.episode, pair.page_spoke_at, pair.declared_start
    return PairLags(
        acknowledgement_lag_min=minutes(spoke - episode.onset_at),
        alarm_to_page_min=minutes(spoke - episode.alarm_at),
        available_to_page_min=minutes(spoke - felt.available_at) if felt.available_at else None,
        declared_to_onset_min=minutes(episode.onset_at - declared) if declared else None,
        declared_lag_min=minutes(episode.alarm_at - declared) if declared else None,
        declared_to_page_min=minutes(spoke - declared) if declared else None,
    )


def spread(service: str, lag: str, values: Iterable[float | None]) -> Spread | None:
    """Describe the known values of one lag; None where there is none."""
    known = np.array([value for value in values if value is not None], dtype=float)
    if not known.size:
        return None
    quantiles = np.percentile(known, [0, 10, 25, 50, 75, 90, 100])
    low, high = interval_of_median(known)
    lowest, p10, p25, median, p75, p90, highest = (round(float(value), 1) for value in quantiles)
    return Spread(
        service, lag, int(known.size), int((known < 0).sum()), lowest, p10, p25, median, p75, p90, highest, low, high
    )


def interval_of_median(values: Sequence[float] | np.ndarray) -> tuple[float | None, float | None]:
    """Bound the median: 2.5th and 97.5th percentile of the medians of resamples (Efron 1979), the same every time."""
    known = np.asarray(values, dtype=float)
    if known.size < FEWEST:
        return None, None
    drawn = np.random.default_rng(SEED).integers(0, known.size, (RESAMPLES, known.size))
    low, high = np.percentile(np.median(known[drawn], axis=1), [2.5, 97.5])
    return round(float(low), 1), round(float(high), 1)


def share_interval(count: int, of: int) -> tuple[float, float]:
    """Bound a share with 95 % confidence: Wilson's score interval (1927); the whole range where there is nothing."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
