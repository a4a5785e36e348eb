"""Is it more than usual? A sequential likelihood ratio per platform, summed over the platforms that are covered.

Per platform three negative-binomial CUSUMs ask after an outage of 2, 5 and 15 times the usual rate; each adds the
log-likelihood ratio of its bucket and never falls below zero. Its sum over platforms is compared with a level that
follows from the false-alarm promise. A CUSUM has the least delay at a given false-alarm rate (Moustakides 1986);
the sum over sources is Mei's rule (2010): it survives one big source that hardly reacts.
"""

import math
from collections.abc import Mapping

import msgspec
import numpy as np
import pandas as pd

RATES = (2.0, 5.0, 15.0)
"""Outage sizes asked after, times the usual rate. Within 1.4 of the least delay for everything from 2 to 30."""

CLIP = 4.0
"""Most evidence one bucket may give, in nats: at least two buckets must agree, so that one storm is no outage."""

FEWEST_PEOPLE = 3
"""People in the trailing hour without whom there is no alarm, whatever the ratio."""

LONG_GAP = 12
"""Uncovered buckets after which a platform's statistic starts at zero again: one hour."""

BUCKETS_PER_4_WEEKS = 8064
_OFFSET = 0.6
_PER_MORE_PLATFORM = 1.2


class Statistic(msgspec.Struct):
    """One platform's CUSUMs: what they come to now, and since which bucket each has been above zero."""

    values: list[float]
    since: list[int]
    uncovered: int = 0

    def reset(self, index: int) -> None:
        """Start again at zero, from bucket `index` on."""
        self.values = [0.0] * len(RATES)
        self.since = [index] * len(RATES)

    def add(self, ratios: np.ndarray, index: int) -> None:
        """Take one covered bucket's evidence in."""
        for k, ratio in enumerate(ratios):
            value = self.values[k] + ratio
            if value <= 0:
                self.values[k], self.since[k] = 0.0, index + 1
            else:
                self.values[k] = value

    @property
    def best(self) -> float:
        """The largest of the CUSUMs."""
        return max(self.values)

    @property
    def onset(self) -> int:
        """The bucket after the last zero of the CUSUM that has risen latest, of those that say at least half as much.

        The one that asks after twice the usual rate remembers every small excess of the hours before; where a
        sharper one explains as much, the outage began where that one left zero.
        """
        return max(since for value, since in zip(self.values, self.since, strict=True) if value >= self.best / 2)


def level(false_alarms_per_4_weeks: float, platforms: int) -> float:
    """Say how much evidence an alarm needs, in nats.

    ln(buckets between two false alarms) - 1.6 holds for one platform with a known mean, at usual rates of 0.05 to 20 a
    bucket; here the mean is learned and people write in bursts, which costs one nat, and each further platform adds
    its own noise to the sum. `tests/bench.py` prints what it really gives.
    """
    between = BUCKETS_PER_4_WEEKS / false_alarms_per_4_weeks
    return max(math.log(between) - _OFFSET, 1.0) + _PER_MORE_PLATFORM * (max(platforms, 1) - 1)


def likelihood_ratios(stream: pd.DataFrame, rate: float | np.ndarray) -> np.ndarray:
    """Compute each bucket's log-likelihood ratio of `rate` times the expectation, clipped to `CLIP`; NaN stays NaN.

    Negative binomial with variance over mean `dispersion` at the usual rate and the same size at the raised one;
    Poisson where the dispersion is 1.
    """
    observed, expected, dispersion = (stream[name].to_numpy(float) for name in ("observed", "expected", "dispersion"))
    size = expected / np.maximum(dispersion - 1, 1e-6)
    shrunk = np.log((size + expected) / (size + rate * expected))
    ratio: np.ndarray = np.minimum(observed * (np.log(rate) + shrunk) + size * shrunk, CLIP)
    return ratio


def evidence(stream: pd.DataFrame) -> np.ndarray:
    """Lay out the ratios of one platform's stream: buckets x `RATES`; NaN where it is not covered or not learned."""
    return np.stack([likelihood_ratios(stream, rate) for rate in RATES], axis=1)


def evidence_of_end(stream: pd.DataFrame) -> np.ndarray:
    """Lay out the evidence that a stream is back: the usual rate against the least that would be an outage.

    That is twice the usual rate, but not less than `FEWEST_PEOPLE` in an hour: where one person an afternoon is
    usual, two quiet hours say more than twice of next to nothing.
    """
    expected = stream["expected"].to_numpy(float)
    least = np.maximum(RATES[0], FEWEST_PEOPLE / 12 / expected)
    back: np.ndarray = np.maximum(-likelihood_ratios(stream, least), -CLIP)
    return back


def people_in_last_hour(streams: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Sum the people of all platforms over the trailing 12 buckets; uncovered ones add none."""
    total = np.sum([stream["observed"].fillna(0.0).to_numpy(float) for stream in streams.values()], axis=0)
    summed: np.ndarray = pd.Series(total).rolling(12, min_periods=1).sum().to_numpy()
    return summed
