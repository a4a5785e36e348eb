"""Textbook and library rules beside ours: each rates the buckets of one stream by its past, and never looks ahead.

Counts are one stream's, NaN where not covered; a rating is higher the stranger, NaN where there is none. They are kept
as simple as they are usually used; what tells them apart is measured at equal false alarms.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.ensemble import IsolationForest

DAY = 288
LAGS = 12
LATE = 24
"""Buckets that a rule's learning waits, as ours does."""

Rule = Callable[[np.ndarray], np.ndarray]


def rolling_z(counts: np.ndarray) -> np.ndarray:
    """Deviation from the last day's mean, in its standard deviations."""
    past = pd.Series(counts).shift(1).rolling(DAY, min_periods=DAY // 2)
    return _plain((counts - past.mean()) / np.maximum(past.std(), 0.3))


def rolling_mad(counts: np.ndarray) -> np.ndarray:
    """Deviation from the last day's median, in its median absolute deviations."""
    series = pd.Series(counts)
    median = series.shift(1).rolling(DAY, min_periods=DAY // 2).median()
    spread = (series - median).abs().shift(1).rolling(DAY, min_periods=DAY // 2).median()
    return _plain((counts - median) / np.maximum(1.4826 * spread, 0.5))


def seasonal_median(counts: np.ndarray) -> np.ndarray:
    """Deviation from the median of this time of day in the last week plus the day's shift, in interquartile ranges.

    What a causal STL with robust weights and the IQR rule comes to, without its smoothing.
    """
    days = np.stack([pd.Series(counts).shift(DAY * n).to_numpy() for n in range(1, 8)])
    known = ~np.isnan(days).all(axis=0)
    median = np.full(len(counts), np.nan)
    median[known] = np.nanmedian(days[:, known], axis=0)
    rest = pd.Series(counts - median)
    past = rest.shift(1).rolling(7 * DAY, min_periods=DAY)
    return _plain((rest - rest.shift(1).rolling(DAY, min_periods=LAGS).median())
                  / np.maximum(past.quantile(0.75) - past.quantile(0.25), 0.5))  # fmt: skip


def ewma(counts: np.ndarray) -> np.ndarray:
    """An exponentially weighted mean of the deviations from the last week's mean (factor 0.1), standardised."""
    past = pd.Series(counts).shift(LATE).rolling(7 * DAY, min_periods=DAY)
    standardised: pd.Series[float] = (pd.Series(counts) - past.mean()) / np.sqrt(np.maximum(past.mean(), 0.02))
    return _plain(standardised.ewm(alpha=0.1, ignore_na=True).mean())


def ears_c2(counts: np.ndarray) -> np.ndarray:
    """EARS C2: deviation from seven buckets' mean, two buckets back, in their standard deviations (Hutwagner 2003)."""
    past = pd.Series(counts).shift(3).rolling(7, min_periods=5)
    return _plain((counts - past.mean()) / np.maximum(past.std(), 0.2))


def farrington_like(counts: np.ndarray) -> np.ndarray:
    """The 2/3-power deviation from this time of day (35 minutes of each of seven days), overdispersion included."""
    around = pd.Series(counts).rolling(7, center=True, min_periods=4)
    # Days before are over: their buckets around this time are the past.
    means = np.stack([around.mean().shift(DAY * n).to_numpy() for n in range(1, 8)])
    squares = np.stack([(pd.Series(counts) ** 2).rolling(7, center=True, min_periods=4).mean().shift(DAY * n).to_numpy()
                        for n in range(1, 8)])  # fmt: skip
    known = (~np.isnan(means)).sum(axis=0) >= 3
    mean, square = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    mean[known], square[known] = np.nanmean(means[:, known], axis=0), np.nanmean(squares[:, known], axis=0)
    mean = np.maximum(mean, 0.02)
    scatter = np.maximum((square - mean**2) / mean, 1.0)
    return np.asarray((counts ** (2 / 3) - mean ** (2 / 3)) / (2 / 3 * mean ** (1 / 6) * np.sqrt(scatter)))


def rank_sum(counts: np.ndarray) -> np.ndarray:
    """Sum over an hour of -ln of the share of the last two weeks' buckets that had as many people."""
    filled = np.where(np.isnan(counts), 0.0, counts)
    surprise = np.full(len(counts), np.nan)
    for start in range(DAY, len(counts), DAY // 4):
        past = np.sort(counts[max(0, start - 14 * DAY) : start - LATE])
        past = past[~np.isnan(past)]
        if len(past) < DAY // 2:
            continue
        now = filled[start : start + DAY // 4]
        above = len(past) - np.searchsorted(past, now, side="right")
        equal = len(past) - np.searchsorted(past, now, side="left") - above
        surprise[start : start + DAY // 4] = -np.log((above + equal / 2 + 0.5) / (len(past) + 1))
    surprise[np.isnan(counts)] = np.nan
    return _plain(pd.Series(surprise).rolling(LAGS, min_periods=LAGS // 2).sum())


def isolation_forest(counts: np.ndarray) -> np.ndarray:
    """scikit-learn's IsolationForest on twelve lags, fitted every day on the two weeks before."""
    return _fitted_daily(counts, lambda past: IsolationForest(n_estimators=25, random_state=0).fit(past).score_samples)


def ecod(counts: np.ndarray) -> np.ndarray:
    """ECOD (Li et al. 2022) on twelve lags, its tails taken from the two weeks before alone: upper tails, summed."""

    def fit(past: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        ordered = np.sort(past, axis=0)

        def rate(windows: np.ndarray) -> np.ndarray:
            total = np.zeros(len(windows))
            for lag in range(LAGS):
                as_many = len(past) - np.searchsorted(ordered[:, lag], windows[:, lag], side="left")
                total += np.log((as_many + 0.5) / (len(past) + 1))
            return total

        return rate

    return _fitted_daily(counts, fit)


RULES: dict[str, Rule] = {
    "rolling z, 24 h": rolling_z,
    "rolling MAD, 24 h": rolling_mad,
    "seasonal median + IQR (as STL)": seasonal_median,
    "EWMA .1": ewma,
    "EARS C2": ears_c2,
    "Farrington-like": farrington_like,
    "IsolationForest, 12 lags": isolation_forest,
    "ECOD, 12 lags, causal": ecod,
    "rank sum, 1 h": rank_sum,
}


def alarms(rating: np.ndarray, level: float, quiet: int = LAGS) -> np.ndarray:
    """Name the buckets at which an episode begins: the rating reaches the level, after `quiet` buckets below it."""
    high = np.flatnonzero(np.nan_to_num(rating, nan=-np.inf) >= level)
    if not len(high):
        return high
    begins: np.ndarray = high[np.r_[True, np.diff(high) > quiet]]
    return begins


def _fitted_daily(
    counts: np.ndarray, fit: Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]]
) -> np.ndarray:  # fmt: skip
    """Rate windows of twelve buckets, a day at a time, by what was fitted on the two weeks before."""
    filled = np.where(np.isnan(counts), 0.0, counts)
    windows = sliding_window_view(np.r_[np.zeros(LAGS - 1), filled], LAGS)
    rating = np.full(len(counts), np.nan)
    for start in range(3 * DAY, len(counts), DAY):
        rate = fit(windows[max(LAGS, start - 14 * DAY) : start - LATE])
        rating[start : start + DAY] = -rate(windows[start : start + DAY])
    rating[np.isnan(counts)] = np.nan
    return rating


def _plain(rating: "pd.Series[float]") -> np.ndarray:
    return np.asarray(rating, dtype=float)
