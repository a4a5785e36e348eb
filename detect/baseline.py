"""What the past predicts for a bucket, and how widely it scatters.

A Poisson regression on the time of day, apart for weekdays and weekends, fitted once a day on the covered buckets of
the four weeks before; past episodes are down-weighted, not dropped, so that a lasting new level becomes normal. An
expectation never looks at its own day. After Noufaily et al. 2013 (weights 1/s^2 for residuals above 2.58).
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import SplineTransformer

MEMORY_DAYS = 28
"""How far back a fit looks: four of each weekday."""

LEARNING_DAYS = 7
"""Covered days before anything is judged: on the first day false alarms are 5 to 15 a week, in week two few."""

KNOTS = 7
"""Of the periodic spline over the day: fine enough for a morning rise, coarse enough for sparse counts."""

OUTLIER = 2.58
"""Standardised residual from which a bucket is taken for a part of an episode and loses weight."""

PRIOR_HOURS = 12.0
"""Pseudo-hours of the overall mean that a fit is shrunk to: four weeks outweigh it 56 to 1."""

FLOOR = 0.02
"""Smallest expectation, in people per bucket: one in four hours. Of a smaller one two people would be an outage."""

_PER_HOUR = 12
_PER_DAY = 288


def expect(counts: pd.DataFrame) -> pd.DataFrame:
    """Add `expected` and `dispersion` to counts.

    Parameters
    ----------
    counts
        Indexed by bucket start (UTC, gapless grid) with `observed` (NaN where not covered) and `coverage`.

    Returns
    -------
    The same with `expected` people per bucket, already times coverage, and `dispersion`, variance over mean, 1 or
    more; both NaN while fewer than `LEARNING_DAYS` of covered time lie behind.
    """
    index = pd.DatetimeIndex(counts.index)
    days = index.floor("D").to_numpy()
    expected = np.full(len(index), np.nan)
    dispersion = np.full(len(index), np.nan)
    design = _design(index)
    observed, coverage = counts["observed"].to_numpy(float), counts["coverage"].to_numpy(float)
    seen = ~np.isnan(observed)
    edges = [0, *(np.flatnonzero(days[1:] != days[:-1]) + 1).tolist(), len(index)]
    for start, end in pairwise(edges):
        past = np.arange(max(0, start - MEMORY_DAYS * _PER_DAY), start)
        past = past[seen[past]]
        if len(past) < LEARNING_DAYS * _PER_DAY:
            continue
        rates, scatter = _fit(design, observed, coverage, past, np.arange(start, end))
        expected[start:end] = np.where(coverage[start:end] > 0, rates * coverage[start:end], np.nan)
        dispersion[start:end] = scatter
    return counts.assign(expected=expected, dispersion=dispersion)


def _fit(
    design: np.ndarray, observed: np.ndarray, coverage: np.ndarray, past: np.ndarray, today: np.ndarray
) -> tuple[np.ndarray, float]:
    """Fit the rate on `past`, with two rounds of down-weighting, and say it for `today`."""
    rate, seen = observed[past] / coverage[past], coverage[past]
    if not rate.any():  # a regression on the logarithm has nothing to start from
        return np.full(len(today), FLOOR), 1.0
    weights = np.ones(len(past))
    fitted = np.full(len(past), max(np.average(rate, weights=seen), FLOOR))
    scatter = 1.0
    model = PoissonRegressor(alpha=1e-3, solver="newton-cholesky", max_iter=50)
    mean = FLOOR
    for _ in range(3):
        mean = max(float(np.average(rate, weights=seen * weights)), FLOOR)
        model.fit(design[past], rate, sample_weight=seen * weights)
        share = PRIOR_HOURS * _PER_HOUR / (PRIOR_HOURS * _PER_HOUR + len(past))
        fitted = np.maximum((1 - share) * model.predict(design[past]) + share * mean, FLOOR)
        scatter = _dispersion(observed[past], fitted * seen, weights)
        weights = _weights(observed[past], fitted * seen)
    share = PRIOR_HOURS * _PER_HOUR / (PRIOR_HOURS * _PER_HOUR + len(past))
    return np.maximum((1 - share) * model.predict(design[today]) + share * mean, FLOOR), scatter


def _weights(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Weigh down what looks like a past episode, by the hour around each bucket: one alone says little.

    Fewer than three people in the hour are never an outlier, however quiet it usually is.
    """
    hour = np.ones(_PER_HOUR)
    around, usual = np.convolve(observed, hour, "same"), np.convolve(expected, hour, "same")
    residual = (around - usual) / np.sqrt(usual)
    suspect = (residual > OUTLIER) & (around >= 3)
    weights: np.ndarray = np.where(suspect, (OUTLIER / np.maximum(residual, OUTLIER)) ** 2, 1.0)
    return weights


def _dispersion(observed: np.ndarray, expected: np.ndarray, weights: np.ndarray) -> float:
    """Take the larger of the 5-minute and the one-hour variance over mean, 1 at least, 10 at most.

    The one-hour one is what keeps bursts from being outages: recall at equal false alarms .55 -> .72 on real counts.
    """
    short = float(np.average((observed - expected) ** 2, weights=weights) / np.average(expected, weights=weights))
    hours = len(observed) // _PER_HOUR
    gap = ((observed - expected) * np.sqrt(weights))[: hours * _PER_HOUR].reshape(hours, _PER_HOUR).sum(axis=1)
    long = float(np.mean(gap**2) / max(np.mean(expected) * _PER_HOUR, 1e-9)) if hours else 1.0
    return float(np.clip(max(short, long), 1.0, 10.0))


def _design(index: pd.DatetimeIndex) -> np.ndarray:
    """Lay out periodic splines of the time of day, once for weekdays and once for weekends."""
    minute = (index.hour * 60 + index.minute).to_numpy(float).reshape(-1, 1)
    spline = SplineTransformer(n_knots=KNOTS, degree=3, extrapolation="periodic", include_bias=True)
    spline.fit(np.linspace(0, 1440, KNOTS).reshape(-1, 1))
    daily = spline.transform(minute)
    weekend = (index.day_of_week.to_numpy() >= 5).astype(float).reshape(-1, 1)
    return np.hstack([daily, weekend, daily * weekend * 0.3])
