"""How much evidence an alarm needs, so that false alarms are as rare as was promised.

An ideal statistic of a known stream exceeds a level once in exp(level) or so; a real one does not. So the level is
read off the service's own past: the largest value of each block (an hour) outside episodes, its high quantiles, and
from them an exponential tail out to the promise. What it really gives is measured by `python -m detect evaluate`.
"""

import numpy as np

from detect.detector.learning import BLOCK
from detect.detector.tuning import Tuning

MINUTES_IN_4_WEEKS = 4 * 7 * 1440

LEAST_LEVEL = 2.0

PER_MORE_STREAM = 1.2
"""What one more covered stream adds to the sum, where that is not yet known from its past."""

_HALF = BLOCK // 2


def ideal_level(false_alarms_per_4_weeks: float | np.ndarray, step: int) -> np.ndarray:
    """Give the level for one stream with a known mean: ln of the buckets between false alarms, less 1.6.

    Holds for usual rates of 0.05 to 20 a bucket, by simulation.
    """
    between = MINUTES_IN_4_WEEKS / step / np.asarray(false_alarms_per_4_weeks, dtype=float)
    level: np.ndarray = np.maximum(np.log(between) - 1.6, LEAST_LEVEL)
    return level


class Promise:
    """The levels of all services, and the blocks' maxima they come from.

    `covered` is a number that stands for a set of covered streams: a level belongs to the streams that are summed.
    """

    def __init__(self, false_alarms_per_4_weeks: np.ndarray, step: int, tuning: Tuning) -> None:
        self.tuning, self.step = tuning, step
        self.wanted = np.asarray(false_alarms_per_4_weeks, dtype=float)
        rows = tuning.history_days * 1440 // (step * BLOCK)
        self.maxima = np.full((rows, len(self.wanted)), np.nan)
        self.covered = np.zeros((rows, len(self.wanted)), dtype=np.int64)
        self.usual = np.zeros(len(self.wanted), dtype=np.int64)
        """The set of streams most lately covered, whose levels are at hand."""
        self.levels = np.full(len(self.wanted), np.inf)
        self.at_hand: dict[tuple[int, int], float] = {}

    def note(self, index: int, maxima: np.ndarray, covered: np.ndarray) -> None:
        """Keep a block's largest values; NaN where there was an episode, or too little was judged."""
        row = index % len(self.maxima)
        self.maxima[row], self.covered[row] = maxima, covered

    def renew(self) -> None:
        """Set the levels anew, once a day."""
        self.at_hand.clear()
        self.levels = self._level(self.maxima, self.usual, np.arange(len(self.wanted)))

    def level_of(self, service: int, covered: int) -> float:
        """Give the level of one service for a set of covered streams."""
        if covered == self.usual[service]:
            return float(self.levels[service])
        if (service, covered) not in self.at_hand:
            one = np.array([service])
            self.at_hand[service, covered] = float(
                self._level(self.maxima[:, one], np.array([covered], dtype=np.int64), one)[0]
            )
        return self.at_hand[service, covered]

    def change(self, service: int, covered: int) -> None:
        """Take another set of streams for the usual one."""
        level = self.level_of(service, covered)
        self.usual[service], self.levels[service] = covered, level

    def _level(self, maxima: np.ndarray, covered: np.ndarray, services: np.ndarray) -> np.ndarray:
        tuning = self.tuning
        known = ~np.isnan(maxima)
        more = np.maximum(np.bitwise_count(covered) - 1, 0) * PER_MORE_STREAM
        quantile = np.full(len(services), tuning.prior_quantile) + more
        slope = np.full(len(services), tuning.prior_slope)
        if tuning.calibrate:
            # First by all blocks, whatever was covered, then by those that were covered alike.
            streams = np.bitwise_count(self.covered[:, services]).astype(float)
            lacking = np.bitwise_count(covered) - _mean(streams, known)
            shift = np.maximum(np.where(known.any(axis=0), lacking, 0.0), 0.0) * PER_MORE_STREAM
            alike = self.covered[:, services] == covered[None, :]
            mixed = (known & ~alike).any(axis=0)
            by_all = self._shrunk(maxima, quantile, slope, shift)
            quantile, slope = (np.where(mixed, *pair) for pair in zip(by_all, (quantile, slope), strict=True))
            quantile, slope = self._shrunk(np.where(alike, maxima, np.nan), quantile, slope, 0.0)
        blocks_between = MINUTES_IN_4_WEEKS / self.step / BLOCK / self.wanted[services]
        beyond = np.log(np.maximum(blocks_between * (1 - tuning.high_quantile), 1e-3))
        level: np.ndarray = np.maximum(quantile + slope * beyond, LEAST_LEVEL)
        return level

    def _shrunk(
        self, maxima: np.ndarray, quantile: np.ndarray, slope: np.ndarray, shift: np.ndarray | float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Shrink a tail's quantile and slope to what was thought before, by how many blocks speak for it."""
        tuning = self.tuning
        blocks = (~np.isnan(maxima)).sum(axis=0)
        low, high = quantiles(maxima, blocks, (tuning.low_quantile, tuning.high_quantile))
        seen = (high - low) / np.log((1 - tuning.low_quantile) / (1 - tuning.high_quantile))
        weight = blocks / (blocks + tuning.prior_blocks)
        return weight * (high + shift) + (1 - weight) * quantile, weight * seen + (1 - weight) * slope


def block_maxima(statistic: np.ndarray) -> np.ndarray:
    """Take each service's largest value of a block, buckets x services; NaN where less than half of it was judged."""
    judged = ~np.isnan(statistic)
    largest = np.max(np.where(judged, statistic, -np.inf), axis=0)
    maxima: np.ndarray = np.where(judged.sum(axis=0) >= _HALF, largest, np.nan)
    return maxima


def _mean(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    mean: np.ndarray = (values * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def quantiles(maxima: np.ndarray, known: np.ndarray, wanted: tuple[float, ...]) -> list[np.ndarray]:
    """Interpolate quantiles of each column's `known` numbers, 0 where there is none; quicker than nanquantile."""
    columns = np.arange(maxima.shape[1])
    ordered = np.sort(maxima, axis=0)  # NaN last
    found = []
    for quantile in wanted:
        place = quantile * np.maximum(known - 1, 0)
        below = place.astype(np.int64)
        above = np.minimum(below + 1, np.maximum(known - 1, 0))
        lower, upper = ordered[below, columns], ordered[above, columns]
        found.append(np.where(known > 0, lower + (place - below) * (upper - lower), 0.0))
    return found
