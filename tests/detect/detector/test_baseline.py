"""The regression on the clock, as scikit-learn's own checks and as known shapes see it."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from detect.detector.baseline import RateBaseline, is_weekend, prior_shape_by_bucket

MINUTES = np.arange(20_000 * 1440, 20_028 * 1440, 5)


def test_it_is_a_scikit_learn_estimator() -> None:
    """It passes every check of scikit-learn's that applies to a regressor of positive targets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that skip themselves
        results = check_estimator(RateBaseline(), on_fail=None)

    assert [result["check_name"] for result in results if result["status"] == "failed"] == []
    assert sum(result["status"] == "passed" for result in results) > 40
    assert clone(RateBaseline(prior_people=3.0)).get_params() == {"alpha": 1e-3, "prior_people": 3.0}


def test_it_learns_the_hours_and_the_weekend_through_gaps() -> None:
    """Four weeks with a third of them unseen give back a known rhythm within a tenth of its mean."""
    hour, weekend = MINUTES % 1440 / 60, is_weekend(MINUTES // 1440)
    true = 2 * (1 + 0.6 * np.cos((hour - 9) / 24 * 2 * np.pi)) * np.where(weekend, 0.5, 1.0)
    rng = np.random.default_rng(0)
    coverage = rng.choice([0.0, 0.5, 1.0], len(MINUTES))
    people = rng.poisson(true * coverage)
    seen = coverage > 0

    model = RateBaseline().fit(MINUTES[seen, None], people[seen] / coverage[seen], sample_weight=coverage[seen])

    assert np.abs(model.predict(MINUTES[:, None]) - true).mean() < 0.1 * true.mean()


def test_nothing_seen_is_the_shipped_shape_and_less_than_nothing_is_refused() -> None:
    """With no people at all the shape is the prior's; people below zero are an error."""
    none = RateBaseline().fit_cells(np.zeros(96), np.ones(96))

    assert np.abs(none.shape(5) - prior_shape_by_bucket(5)).max() < 0.02
    with pytest.raises(ValueError, match="negative"):
        RateBaseline().fit(MINUTES[:9, None], np.full(9, -1.0))
