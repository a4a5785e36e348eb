"""What each question counts for: the quieter it has been in the stream's own past, the more.

A stream is asked after several sizes of outage at once. Where its usual comes in bursts, some of the questions are
answered yes every other day, and a level that is right for them is far too high for the others. So each is divided by
the level that it would need by itself; the one that needs the least counts fully.
"""

import numpy as np

from detect.detector.learning import BLOCK
from detect.detector.promise import MINUTES_IN_4_WEEKS, ideal_level, quantiles
from detect.detector.tuning import Tuning


class Weighing:
    """The blocks' maxima of each question, and what it counts for: streams x questions, above 0 and at most 1.

    Parameters
    ----------
    wanted
        False alarms promised in four weeks, per stream that of its service.
    step
        Minutes a bucket.
    """

    def __init__(self, wanted: np.ndarray, step: int, tuning: Tuning) -> None:
        self.tuning = tuning
        between = MINUTES_IN_4_WEEKS / step / BLOCK / wanted
        self.beyond = np.log(np.maximum(between * (1 - tuning.high_quantile), 1.0))[:, None]
        self.least = tuning.full_weight * ideal_level(wanted, step)[:, None]
        blocks, questions = tuning.history_days * 1440 // (step * BLOCK), tuning.questions
        self.maxima = np.full((blocks, len(wanted), questions), np.nan)
        self.weights = np.ones((len(wanted), questions))
        self.by_rank = np.arange(questions) >= len(tuning.asked)

    def note(self, index: int, values: np.ndarray, calm: np.ndarray, ranks: np.ndarray) -> None:
        """Keep a block's largest values, buckets x streams x questions, of the streams that were judged and calm.

        `ranks` says which streams are asked by ranks already: of the others that question is not known to be quiet.
        """
        known = calm[:, None] & (ranks[:, None] | ~self.by_rank)
        self.maxima[index % len(self.maxima)] = np.where(known, values.max(axis=0), np.nan)

    def renew(self) -> None:
        """Weigh anew, once a day."""
        tuning, shape = self.tuning, self.weights.shape
        if not tuning.weigh:
            return
        maxima = self.maxima.reshape(len(self.maxima), -1)
        known = (~np.isnan(maxima)).sum(axis=0)
        low, high = quantiles(maxima, known, (tuning.low_quantile, tuning.high_quantile))
        slope = (high - low) / np.log((1 - tuning.low_quantile) / (1 - tuning.high_quantile))
        worth = (known / (known + tuning.prior_blocks)).reshape(shape)
        seen = high.reshape(shape) + slope.reshape(shape) * self.beyond
        prior = tuning.prior_quantile + tuning.prior_slope * self.beyond
        prior = np.where(self.by_rank, tuning.prior_ranked * prior, prior)
        needed = np.maximum(worth * seen + (1 - worth) * prior, self.least)
        self.weights = needed.min(axis=1, keepdims=True) / needed
