"""What the past predicts for a bucket: the shape of the day, apart for weekdays and weekends, as a regression.

A Poisson regression on periodic splines. Its likelihood depends on the counts only through their sums by time of day,
so it is fitted on half-hours of a weekday and of a weekend: 96 rows for any length of past.
"""

from typing import Self

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import SplineTransformer
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

CELLS_A_DAY = 48
"""Half-hours: finer than any rhythm that four weeks can show."""

KNOTS = 9
"""Of the periodic spline over the day: eight pieces of three hours."""

MINUTES_A_DAY = 1440
FIRST_MONDAY = 4
"""Days from the epoch, a Thursday, to a Monday."""

PRIOR_AMPLITUDE, PRIOR_PEAK_HOUR, PRIOR_WEEKEND = 0.4, 16.0, 0.75
"""The shipped prior: a cosine of the day, highest in the afternoon of Europe and the morning of America, and quieter
weekends. Deliberately flatter than any real stream: it is what a new stream is shrunk to."""


def is_weekend(day: np.ndarray | int) -> np.ndarray:
    """Say of days since the epoch whether they are a Saturday or a Sunday, UTC."""
    return (np.asarray(day) - FIRST_MONDAY) % 7 >= 5


def prior_shape(minute: np.ndarray, weekend: np.ndarray) -> np.ndarray:
    """Give the shipped shape at minutes of the day, averaging 1 over a week."""
    daily = 1 + PRIOR_AMPLITUDE * np.cos((minute / 60 - PRIOR_PEAK_HOUR) / 24 * 2 * np.pi)
    shape: np.ndarray = daily * np.where(weekend, PRIOR_WEEKEND, 1.0) / ((5 + 2 * PRIOR_WEEKEND) / 7)
    return shape


class RateBaseline(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """People per bucket by time of day, apart for weekdays and weekends.

    Parameters
    ----------
    alpha
        Ridge penalty of the regression, in units of the mean deviance.
    prior_people
        People a half-hour that the shipped prior shape is worth.

    Examples
    --------
    >>> import numpy as np
    >>> minutes = np.arange(0, 14 * 1440, 5).reshape(-1, 1)
    >>> people = np.full(len(minutes), 2.0)
    >>> RateBaseline(prior_people=0).fit(minutes, people).predict(minutes[:1]).round(3)
    array([2.])
    """

    def __init__(self, alpha: float = 1e-3, prior_people: float = 1.0) -> None:
        self.alpha = alpha
        self.prior_people = prior_people

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> Self:  # noqa: N803  (scikit-learn's name)
        """Fit on buckets that were looked at.

        Parameters
        ----------
        X
            Buckets x 1 (further columns are not looked at): minutes since the epoch, UTC.
        y
            People per fully covered bucket, none negative: counts over coverage.
        sample_weight
            Coverage, 0 to 1, times any weight; the same as an offset of the logarithm.

        Raises
        ------
        ValueError
            For people below zero or not finite.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)  # noqa: N806
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if (y < 0).any():
            raise ValueError("people per bucket must not be negative")
        people, exposure = np.zeros(2 * CELLS_A_DAY), np.zeros(2 * CELLS_A_DAY)
        cell = _cell(X[:, 0])
        np.add.at(people, cell, y * weight)
        np.add.at(exposure, cell, weight)
        return self.fit_cells(people, exposure)

    def fit_cells(self, people: np.ndarray, exposure: np.ndarray) -> Self:
        """Fit on sums by half-hour: 48 of weekdays, then 48 of weekends; exposure in fully covered buckets."""
        self.n_features_in_ = getattr(self, "n_features_in_", 1)
        self.mean_ = (people.sum() + 1e-3) / (exposure.sum() + 1e-3)
        prior = self.prior_people / self.mean_ + 1e-9
        with config_context(assume_finite=True, skip_parameter_validation=True):
            self.regression_ = PoissonRegressor(alpha=self.alpha, solver="newton-cholesky", max_iter=50).fit(
                _CELLS,
                (people / self.mean_ + prior * _PRIOR) / (exposure + prior),
                sample_weight=exposure + prior,
            )
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803  (as above)
        """Give the people to expect in fully covered buckets, by their minutes since the epoch."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)  # noqa: N806
        return self._rate(_design(X[:, 0] % MINUTES_A_DAY, is_weekend(X[:, 0] // MINUTES_A_DAY)))

    def shape(self, step: int) -> np.ndarray:
        """Give the shape by bucket of `step` minutes, 2 x buckets a day (weekday, weekend), averaging 1 over a week."""
        check_is_fitted(self)
        return _averaging_one(self._rate(_grid_design(step)).reshape(2, -1))

    def _rate(self, design: np.ndarray) -> np.ndarray:
        rate: np.ndarray = self.mean_ * np.exp(design @ self.regression_.coef_ + self.regression_.intercept_)
        return rate

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def]
        """Tell scikit-learn that people are never fewer than none."""
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.regressor_tags.poor_score = True  # it looks at the clock alone
        return tags


def prior_shape_by_bucket(step: int) -> np.ndarray:
    """Give the shipped shape by bucket of `step` minutes: 2 x buckets a day."""
    minute = np.arange(step / 2, MINUTES_A_DAY, step)
    return _averaging_one(np.stack([prior_shape(minute, np.array(False)), prior_shape(minute, np.array(True))]))


def _averaging_one(shape: np.ndarray) -> np.ndarray:
    weekday, weekend = shape.mean(axis=1)
    averaged: np.ndarray = shape / ((5 * weekday + 2 * weekend) / 7)
    return averaged


def _cell(minutes: np.ndarray) -> np.ndarray:
    inside = minutes % MINUTES_A_DAY // (MINUTES_A_DAY // CELLS_A_DAY)
    cell: np.ndarray = (inside + CELLS_A_DAY * is_weekend(minutes // MINUTES_A_DAY)).astype(np.int64)
    return cell


def _design(minute: np.ndarray, weekend: np.ndarray) -> np.ndarray:
    """Lay out periodic splines of the time of day, the weekend, and how its day differs."""
    daily = _SPLINE.transform(np.asarray(minute, float).reshape(-1, 1))
    at_weekend = np.asarray(weekend, float).reshape(-1, 1)
    return np.hstack([daily, at_weekend, daily * at_weekend * 0.5])


def _grid_design(step: int) -> np.ndarray:
    minute = np.arange(step / 2, MINUTES_A_DAY, step)
    return _design(np.tile(minute, 2), np.repeat([False, True], len(minute)))


_SPLINE = SplineTransformer(n_knots=KNOTS, degree=3, extrapolation="periodic", include_bias=True).fit(
    np.linspace(0, MINUTES_A_DAY, KNOTS).reshape(-1, 1)
)
_CELLS = _grid_design(MINUTES_A_DAY // CELLS_A_DAY)
_PRIOR = prior_shape_by_bucket(MINUTES_A_DAY // CELLS_A_DAY).ravel()
